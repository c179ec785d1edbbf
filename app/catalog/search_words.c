/* What a shopper types, as terms of the full-text index.  InnoDB's index holds words of
 * three characters and more that are no stop words; the others are looked for with LIKE.
 * No character that means something to either comes through. */
#include <string.h>

#include "catalog/catalog_query.h"

#define WORD_MIN 3  /* innodb_ft_min_token_size */
#define WORD_MAX 80 /* bytes; below innodb_ft_max_token_size */
#define TEXT_MAX 2048
#define LIKE_TEXT_MAX 300

/* InnoDB's own list (INFORMATION_SCHEMA.INNODB_FT_DEFAULT_STOPWORD). */
static const char stop_words[] = " a about an are as at be by com de en for from how i "
                                 "in is it la of on or that the this"
                                 " to was what when where who will with und the www ";

/* Bytes of the word character that `s` begins with, 0 for anything between words. */
static size_t
word_step(struct str s)
{
    unsigned char c = (unsigned char)s.p[0];
    size_t n = str_utf8_step(s);

    if (n == 1)
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
               (c >= 'A' && c <= 'Z') || c == '_';
    /* U+0080..U+00BF, U+2000..U+206F: signs and general punctuation. */
    if (n == 2 && c == 0xc2)
        return 0;
    if (n == 3 && c == 0xe2 && ((unsigned char)s.p[1] & 0xfe) == 0x80)
        return 0;
    return n;
}

/* The next word of *s, moved behind it. */
static bool
next_word(struct str *s, struct str *word)
{
    size_t n;

    while (s->n > 0 && word_step(*s) == 0)
        *s = str_sub(*s, 1, s->n);
    *word = str_sub(*s, 0, 0);
    while (s->n > 0 && (n = word_step(*s)) > 0) {
        word->n += n;
        *s = str_sub(*s, n, s->n);
    }
    return word->n > 0;
}

static struct str
lower(struct arena *a, struct str s)
{
    char *p = arena_cstr(a, s);
    size_t i;

    for (i = 0; i < s.n; i++)
        if (p[i] >= 'A' && p[i] <= 'Z')
            p[i] = (char)(p[i] - 'A' + 'a');
    return (struct str){p, s.n};
}

static bool
is_stop_word(struct str w)
{
    char padded[16] = " ";

    if (w.n + 3 > sizeof(padded))
        return false;
    memcpy(padded + 1, w.p, w.n);
    memcpy(padded + 1 + w.n, " ", 2);
    return strstr(stop_words, padded) != NULL;
}

/* Scripts without spaces between words (from U+3000 on) are no words to the index. */
static bool
is_unspaced(struct str w)
{
    size_t i;

    for (i = 0; i < w.n; i++)
        if ((unsigned char)w.p[i] >= 0xe3)
            return true;
    return false;
}

static void
add_like(struct arena *a, struct search_words *out, struct str w)
{
    struct buf b;
    size_t i;

    if (out->like_n == SEARCH_WORDS_MAX)
        return;
    buf_init_arena(&b, a, TEXT_MAX);
    buf_char(&b, '%');
    for (i = 0; i < w.n; i++) {
        if (w.p[i] == '%' || w.p[i] == '_' || w.p[i] == '!')
            buf_char(&b, '!');
        buf_char(&b, w.p[i]);
    }
    buf_char(&b, '%');
    out->plain[out->like_n] = w;
    out->like[out->like_n++] = buf_view(&b);
}

/* The term for a word: its beginning is enough, and a plural finds its singular too. */
static void
add_term(struct buf *all, struct buf *any, struct str w)
{
    w = str_utf8_cut(w, WORD_MAX);
    if (w.n >= 5 && w.p[w.n - 1] == 's' && w.p[w.n - 2] != 's')
        w.n--;
    buf_c(all, all->n > 0 ? " +" : "+");
    buf_str(all, w);
    buf_char(all, '*');
    buf_c(any, any->n > 0 ? " " : "");
    buf_str(any, w);
    buf_char(any, '*');
}

static bool
is_ascii(struct str w)
{
    size_t i;

    for (i = 0; i < w.n; i++)
        if ((unsigned char)w.p[i] >= 0x80)
            return false;
    return true;
}

/* What the terms of the index ask, asked of one text: each word begins so somewhere. A word is
 * letters, digits and '_' alone, so that nothing in it means something to REGEXP. */
static void
add_regexps(struct arena *a, struct search_words *out)
{
    struct str rest = out->any, term;

    while (str_next(&rest, ' ', &term)) {
        if (!is_ascii(term)) {
            out->regexp_n = 0;
            return;
        }
        out->regexp[out->regexp_n++] =
            arena_printf(a, "\\b%.*s", (int)(term.n - 1), term.p);
    }
}

void
search_words(struct arena *a, struct str q, struct search_words *out)
{
    struct str rest = lower(a, q), word, stopped = STR_NULL;
    struct buf all, any;
    size_t n = 0;

    *out = (struct search_words){.like_n = 0};
    buf_init_arena(&all, a, TEXT_MAX);
    buf_init_arena(&any, a, TEXT_MAX);
    while (n < SEARCH_WORDS_MAX && next_word(&rest, &word)) {
        n++;
        if (is_stop_word(word))
            stopped = word;
        else if (str_utf8_count(word) < WORD_MIN || is_unspaced(word))
            add_like(a, out, word);
        else
            add_term(&all, &any, word);
    }
    if (all.n > 0) {
        out->all = buf_view(&all);
        out->any = buf_view(&any);
        add_regexps(a, out);
    } else if (out->like_n == 0) {
        /* Nothing but stop words or signs: look for them as they stand. */
        add_like(a, out, stopped.p != NULL ? stopped : str_utf8_cut(q, LIKE_TEXT_MAX));
    }
}
