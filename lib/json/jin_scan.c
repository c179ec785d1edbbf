/* What json-c 0.16 lets pass even when strict: NaN and Infinity, numbers such as "-" or
 * "1.", control characters and NUL in strings, lone surrogates, '...' strings, odd white
 * space.  Seen token by token, with what may follow each; builds nothing. */
#include "json/jin_scan.h"

#include <string.h>

#include "json/jin.h"

/* What the next token may be. */
enum { VALUE = 1, KEY = 2, COLON = 4, COMMA = 8, END = 16 };

struct scan {
    struct str text;
    size_t at;
    size_t values;
    unsigned expect;
    int depth;
    char close[JIN_DEPTH_MAX];
};

static size_t
digits(struct str s, size_t from)
{
    size_t i = from;

    while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
        i++;
    return i - from;
}

static size_t
number_len(struct str s)
{
    size_t i = s.p[0] == '-', n;

    if ((n = digits(s, i)) == 0)
        return 0;
    i += s.p[i] == '0' ? 1 : n; /* "01" is two tokens, and so refused */
    if (i < s.n && s.p[i] == '.') {
        if ((n = digits(s, i + 1)) == 0)
            return 0;
        i += 1 + n;
    }
    if (i < s.n && (s.p[i] == 'e' || s.p[i] == 'E')) {
        i++;
        if (i < s.n && (s.p[i] == '+' || s.p[i] == '-'))
            i++;
        if ((n = digits(s, i)) == 0)
            return 0;
        i += n;
    }
    return i;
}

/* The code unit of a "\uXXXX" that `s` begins with, or -1. */
static int
unit(struct str s)
{
    static const char hex[] = "0123456789abcdef0123456789ABCDEF";
    int v = 0;
    size_t i;

    if (s.n < 6 || s.p[0] != '\\' || s.p[1] != 'u')
        return -1;
    for (i = 2; i < 6; i++) {
        const char *at = memchr(hex, s.p[i], sizeof(hex) - 1);

        if (at == NULL)
            return -1;
        v = v * 16 + (int)((at - hex) % 16);
    }
    return v;
}

static size_t
escape_len(struct str s)
{
    int low, u;

    if (s.n >= 2 && s.p[1] != '\0' && strchr("\"\\/bfnrt", s.p[1]) != NULL)
        return 2;
    u = unit(s);
    if (u <= 0 || (u >= 0xDC00 && u <= 0xDFFF))
        return 0;
    if (u < 0xD800 || u > 0xDFFF)
        return 6;
    low = unit(str_sub(s, 6, s.n));
    return low >= 0xDC00 && low <= 0xDFFF ? 12 : 0;
}

static size_t
string_len(struct str s)
{
    size_t i = 1, n;

    while (i < s.n) {
        if (s.p[i] == '"')
            return i + 1;
        if ((unsigned char)s.p[i] < 0x20)
            return 0;
        n = s.p[i] == '\\' ? escape_len(str_sub(s, i, s.n)) : 1;
        if (n == 0)
            return 0;
        i += n;
    }
    return 0;
}

size_t
jin_scan_token(struct str s)
{
    static const struct str words[] = {
        STR_INIT("null"), STR_INIT("true"), STR_INIT("false")};
    size_t i;

    if (s.n == 0)
        return 0;
    if (s.p[0] == '"')
        return string_len(s);
    for (i = 0; i < NELEM(words); i++)
        if (str_starts(s, words[i]))
            return words[i].n;
    return number_len(s);
}

static void
value_done(struct scan *s)
{
    s->expect = s->depth > 0 ? COMMA | END : 0;
}

static const char *
open_bracket(struct scan *s, char c)
{
    if (!(s->expect & VALUE))
        return "a value out of place";
    if (s->depth == JIN_DEPTH_MAX)
        return "nested too deep";
    s->close[s->depth++] = c == '{' ? '}' : ']';
    s->expect = (c == '{' ? KEY : VALUE) | END;
    s->at++;
    return NULL;
}

static const char *
close_bracket(struct scan *s, char c)
{
    if (!(s->expect & END) || s->close[s->depth - 1] != c)
        return "a bracket out of place";
    s->depth--;
    value_done(s);
    s->at++;
    return NULL;
}

static const char *
punctuation(struct scan *s, char c)
{
    if (!(s->expect & (c == ',' ? COMMA : COLON)))
        return "a comma or colon out of place";
    s->expect = c == ',' && s->close[s->depth - 1] == '}' ? KEY : VALUE;
    s->at++;
    return NULL;
}

static const char *
token(struct scan *s, char c)
{
    size_t n = jin_scan_token(str_sub(s->text, s->at, s->text.n));

    if (n == 0)
        return c == '"' ? "a string that is not well-formed" : "not JSON";
    if (c == '"' && (s->expect & KEY))
        s->expect = COLON;
    else if (s->expect & VALUE)
        value_done(s);
    else
        return "a value out of place";
    s->at += n;
    return NULL;
}

static const char *
step(struct scan *s)
{
    char c = s->text.p[s->at];

    switch (c) {
    case ' ':
    case '\t':
    case '\r':
    case '\n':
        s->at++;
        return NULL;
    case '{':
    case '[':
        s->values++;
        return open_bracket(s, c);
    case '}':
    case ']':
        return close_bracket(s, c);
    case ',':
    case ':':
        return punctuation(s, c);
    default:
        s->values++;
        return token(s, c);
    }
}

static size_t
utf8_prefix(struct str s)
{
    size_t i = 0, n;

    while ((n = str_utf8_step(str_sub(s, i, s.n))) > 0 && s.p[i] != '\0')
        i += n;
    return i;
}

const char *
jin_scan(struct str text, size_t *at)
{
    struct scan s = {.text = text, .expect = VALUE};
    const char *what = NULL;

    if (!str_utf8_valid(text)) {
        *at = utf8_prefix(text);
        return "not UTF-8, or a NUL byte";
    }
    while (what == NULL && s.at < text.n) {
        what = step(&s);
        if (what == NULL && s.values > JIN_TOKENS_MAX)
            what = "too many values";
    }
    if (what == NULL && s.expect != 0)
        what = "the text ends too early";
    *at = s.at;
    return what;
}
