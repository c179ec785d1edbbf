/* What texts may be: e-mail addresses, characters, choices.  No tables here. */
#include "http/field_text.h"

#include <string.h>

static bool
alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* RFC 5322 atext, and UTF-8 (RFC 6531). */
static bool
atext(char c)
{
    return alnum(c) || (unsigned char)c >= 0x80 ||
           (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static bool
local_ok(struct str s)
{
    size_t i;

    if (s.n == 0 || s.n > 64 || s.p[0] == '.' || s.p[s.n - 1] == '.')
        return false;
    for (i = 0; i < s.n; i++)
        if (s.p[i] == '.' ? s.p[i + 1] == '.' : !atext(s.p[i]))
            return false;
    return true;
}

static bool
label_ok(struct str s)
{
    size_t i;

    if (s.n == 0 || s.n > 63 || s.p[0] == '-' || s.p[s.n - 1] == '-')
        return false;
    for (i = 0; i < s.n; i++)
        if (!alnum(s.p[i]) && s.p[i] != '-' && (unsigned char)s.p[i] < 0x80)
            return false;
    return true;
}

/* At least two labels, and a last one that is no number (which would be an address). */
static bool
domain_ok(struct str s)
{
    struct str label = STR_NULL;
    size_t labels = 0;
    int64_t number;

    for (; str_next(&s, '.', &label); labels++)
        if (!label_ok(label))
            return false;
    return labels >= 2 && !str_i64(label, &number);
}

bool
field_email_ok(struct str s)
{
    struct str local, domain;

    if (s.n > 254 || !str_utf8_valid(s) || !field_text_ok(s))
        return false;
    if (!str_cut(s, '@', &local, &domain))
        return false;
    return local_ok(local) && domain_ok(domain);
}

bool
field_text_ok(struct str s)
{
    size_t i;

    for (i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f)
            return false;
        /* U+0080 to U+009F, the other controls, are C2 80 to C2 9F. */
        if (c == 0xc2 && i + 1 < s.n && (unsigned char)s.p[i + 1] < 0xa0)
            return false;
    }
    return true;
}

bool
field_choice_ok(const char *choices, struct str s)
{
    struct str rest = str_c(choices), choice;

    while (str_next(&rest, '|', &choice))
        if (str_eq(choice, s))
            return true;
    return false;
}

bool
field_id_parse(struct str s, int64_t *out)
{
    /* One spelling an id: no sign, no leading zero. */
    return s.n > 0 && s.p[0] >= '1' && s.p[0] <= '9' && str_i64(s, out);
}
