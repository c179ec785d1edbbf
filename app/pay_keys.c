/* Reading the keys of payments. Refuses what others may read and what is too short to be a
 * secret; makes none. */
#include "pay_keys.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define KEY_MIN 32
#define FILE_MAX 1024

static bool
printable(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] > '~')
            return false;
    return s.n >= KEY_MIN && s.n <= PAY_KEY_MAX;
}

static bool
line(struct pay_keys *k, struct str text)
{
    struct str name, value;
    char *at;

    if (!str_cut(text, ' ', &name, &value) || !printable(value))
        return false;
    if (str_eq_c(name, "api"))
        at = k->api;
    else if (str_eq_c(name, "webhook"))
        at = k->webhook;
    else
        return false;
    memcpy(at, value.p, value.n);
    at[value.n] = '\0';
    return true;
}

static bool
read_all(struct pay_keys *k, FILE *f)
{
    char text[FILE_MAX];
    struct str rest = {text, fread(text, 1, sizeof(text), f)}, one;
    bool ok = rest.n < sizeof(text);

    while (ok && str_next(&rest, '\n', &one))
        ok = one.n == 0 || line(k, str_trim(one));
    explicit_bzero(text, sizeof(text));
    return ok && k->api[0] != '\0' && k->webhook[0] != '\0';
}

enum err
pay_keys_load(struct pay_keys *k, const char *path, char *msg, size_t msg_n)
{
    struct stat st;
    const char *why = NULL;
    FILE *f = fopen(path, "re");

    memset(k, 0, sizeof(*k));
    if (f == NULL)
        why = "cannot be read";
    else if (fstat(fileno(f), &st) != 0 || (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        why = "may be read by others: chmod 600 it";
    else if (!read_all(k, f))
        why = "is not \"api KEY\" and \"webhook KEY\", a line each, of 32 to 128 characters";
    if (f != NULL)
        (void)fclose(f);
    if (why == NULL)
        return ERR_OK;
    (void)snprintf(msg, msg_n, "%s %s", path, why);
    return ERR_INVALID;
}
