/* Names as parts of addresses: ASCII letters and digits joined by single hyphens.  Latin
 * and Russian letters become their usual ASCII spelling; other scripts leave nothing, and
 * the caller gets a stand-in.  Two names may share a slug: who needs one alone checks. */
#include "base/buf.h"
#include "catalog/catalog.h"
#include "catalog/slug.h"

#define SLUG_MAX 120

/* U+00C0..U+017F; "" for what is no letter. */
/* clang-format off */
static const char latin[][3] = {
    "a", "a", "a", "a", "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i",
    "d", "n", "o", "o", "o", "o", "o", "", "o", "u", "u", "u", "u", "y", "th", "ss",
    "a", "a", "a", "a", "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i",
    "d", "n", "o", "o", "o", "o", "o", "", "o", "u", "u", "u", "u", "y", "th", "y", "a",
    "a", "a", "a", "a", "a", "c", "c", "c", "c", "c", "c", "c", "c", "d", "d", "d", "d",
    "e", "e", "e", "e", "e", "e", "e", "e", "e", "e", "g", "g", "g", "g", "g", "g", "g",
    "g", "h", "h", "h", "h", "i", "i", "i", "i", "i", "i", "i", "i", "i", "i", "ij",
    "ij", "j", "j", "k", "k", "k", "l", "l", "l", "l", "l", "l", "l", "l", "l", "l",
    "n", "n", "n", "n", "n", "n", "n", "ng", "ng", "o", "o", "o", "o", "o", "o", "oe",
    "oe", "r", "r", "r", "r", "r", "r", "s", "s", "s", "s", "s", "s", "s", "s", "t",
    "t", "t", "t", "t", "t", "u", "u", "u", "u", "u", "u", "u", "u", "u", "u", "u", "u",
    "w", "w", "y", "y", "y", "z", "z", "z", "z", "z", "z", "s",
};
/* clang-format on */

/* U+1E00..U+1EFF, one letter each. */
static const char latin_additional[] =
    "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmm"
    "mmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv"
    "wwwwwwwwwwxxxxyyzzzzzzhtwyas  sdaaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee"
    "eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy      ";

/* U+0430..U+044F; the upper case is 32 before. */
/* clang-format off */
static const char cyrillic[][5] = {
    "a", "b", "v", "g", "d", "e", "zh", "z", "i", "y", "k", "l", "m", "n", "o", "p",
    "r", "s", "t", "u", "f", "kh", "ts", "ch", "sh", "shch", "", "y", "", "e", "yu",
    "ya",
};
/* clang-format on */

/* The code point of a well-formed sequence of `n` bytes. */
static uint32_t
code_point(const char *p, size_t n)
{
    static const unsigned char mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t c = (unsigned char)p[0] & mask[n];
    size_t i;

    for (i = 1; i < n; i++)
        c = c << 6 | ((unsigned char)p[i] & 0x3fu);
    return c;
}

/* Marks that belong to the letter before them, and apostrophes: "Children's" is one
 * word. */
static bool
vanishes(uint32_t c)
{
    return c == '\'' || c == 0x2019 || (c >= 0x300 && c <= 0x36f);
}

/* The ASCII spelling of a code point in at most 4 letters; "" for a separator. */
static struct str
spell(uint32_t c, char one[2])
{
    one[0] = '\0';
    one[1] = '\0';
    if (c >= 'A' && c <= 'Z')
        one[0] = (char)(c - 'A' + 'a');
    else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
        one[0] = (char)c;
    else if (c >= 0xc0 && c <= 0x17f)
        return str_c(latin[c - 0xc0]);
    else if (c >= 0x1e00 && c <= 0x1eff && latin_additional[c - 0x1e00] != ' ')
        one[0] = latin_additional[c - 0x1e00];
    else if (c >= 0x410 && c <= 0x44f)
        return str_c(cyrillic[c >= 0x430 ? c - 0x430 : c - 0x410]);
    else if (c == 0x401 || c == 0x451)
        one[0] = 'e';
    return str_c(one);
}

/* Russian's two signs are letters without a sound: nothing, but no break either. */
static bool
is_sign(uint32_t c)
{
    return c == 0x42a || c == 0x42c || c == 0x44a || c == 0x44c;
}

static struct str
slug_or_empty(struct arena *a, struct str s)
{
    bool gap = false;
    struct buf b;
    size_t step;

    buf_init_arena(&b, a, SLUG_MAX);
    for (; s.n > 0 && !b.overflow; s = str_sub(s, step, s.n)) {
        struct str t;
        char one[2];
        uint32_t c;

        step = str_utf8_step(s);
        c = step > 0 ? code_point(s.p, step) : 0;
        step = step > 0 ? step : 1;
        if (vanishes(c) || is_sign(c))
            continue;
        t = spell(c, one);
        /* The hyphen only with what follows it, so that none stands at the end. */
        if (t.n > 0 && b.n + t.n + (gap && b.n > 0) > SLUG_MAX)
            break;
        if (t.n > 0 && gap && b.n > 0)
            buf_char(&b, '-');
        gap = t.n == 0;
        buf_str(&b, t);
    }
    return buf_view(&b);
}

struct str
slugify(struct arena *a, struct str s)
{
    struct str slug = slug_or_empty(a, s);

    return slug.n > 0 ? slug : STR("item");
}

struct str
slug_category(struct arena *a, struct str name)
{
    struct str slug = slug_or_empty(a, name);

    /* Names without an ASCII spelling must not all fall into one category. */
    if (slug.n == 0)
        return arena_printf(a, "c-%08llx", (unsigned long long)(str_hash(name) >> 32));
    slug = str_sub(slug, 0, SLUG_CATEGORY_MAX);
    if (slug.p[slug.n - 1] == '-')
        slug.n--;
    return slug;
}

struct str
slug_product(struct arena *a, struct str name)
{
    struct str slug = slugify(a, name);

    if (slug_valid(slug))
        return slug;
    return arena_printf(a, "item-%.*s", STR_F(str_sub(slug, 0, SLUG_MAX - 5)));
}

bool
slug_valid(struct str s)
{
    bool letter = false;
    size_t i;

    for (i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (c == '-' && (i == 0 || i + 1 == s.n || s.p[i - 1] == '-'))
            return false;
        if (c != '-' && (c < 'a' || c > 'z') && (c < '0' || c > '9'))
            return false;
        letter = letter || c == '-' || (c >= 'a' && c <= 'z');
    }
    return letter && s.n <= SLUG_PRODUCT_MAX;
}
