/* Reading the key file.  Refuses what others may read, short keys, and anything it does
 * not understand: a shop with half of its keys would log everybody out. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/token.h"

#define KEY_FILE_MAX 4096

static enum err refuse(char *msg, size_t msg_n, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static enum err
refuse(char *msg, size_t msg_n, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(msg, msg_n, fmt, ap);
    va_end(ap);
    return ERR_INVALID;
}

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool
hex_read(struct str s, unsigned char *out, size_t max, size_t *n)
{
    size_t i;

    *n = s.n / 2;
    if (s.n % 2 != 0 || *n < TOKEN_KEY_MIN || *n > max)
        return false;
    for (i = 0; i < *n; i++) {
        int hi = hex_digit(s.p[2 * i]), lo = hex_digit(s.p[2 * i + 1]);

        if (hi < 0 || lo < 0)
            return false;
        out[i] = (unsigned char)(hi * 16 + lo);
    }
    return true;
}

static bool
kid_ok(struct str s, size_t max)
{
    size_t i;

    for (i = 0; i < s.n; i++) {
        if (!isalnum((unsigned char)s.p[i]) && s.p[i] != '-' && s.p[i] != '_')
            return false;
    }
    return s.n > 0 && s.n < max;
}

/* A line "kid hex" into the next free place. */
static enum err
line_read(struct token_keys *k, struct str line, int no, char *msg, size_t msg_n)
{
    struct str kid, key;
    size_t i;

    if (k->n == TOKEN_KEYS_MAX)
        return refuse(msg, msg_n, "line %d: more than %d keys", no, TOKEN_KEYS_MAX);
    if (!str_cut(line, ' ', &kid, &key))
        return refuse(msg, msg_n, "line %d: not \"kid hex-key\"", no);
    if (!kid_ok(kid, sizeof(k->k[0].kid)))
        return refuse(
            msg, msg_n, "line %d: a kid is 1 to 16 letters, digits, - or _", no);
    for (i = 0; i < k->n; i++) {
        if (str_eq_c(kid, k->k[i].kid))
            return refuse(msg, msg_n, "line %d: the kid is there twice", no);
    }
    if (!hex_read(str_trim(key), k->k[k->n].key, sizeof(k->k[0].key), &k->k[k->n].n))
        return refuse(msg, msg_n, "line %d: a key is %d to %zu bytes in hex", no,
            TOKEN_KEY_MIN, sizeof(k->k[0].key));
    memcpy(k->k[k->n].kid, kid.p, kid.n);
    k->k[k->n].kid[kid.n] = '\0';
    k->n++;
    return ERR_OK;
}

static enum err
text_read(struct token_keys *k, struct str text, char *msg, size_t msg_n)
{
    struct str line;
    enum err e = ERR_OK;
    int no;

    for (no = 1; e == ERR_OK && str_next(&text, '\n', &line); no++) {
        line = str_trim(line);
        if (line.n > 0 && line.p[0] != '#')
            e = line_read(k, line, no, msg, msg_n);
    }
    if (e == ERR_OK && k->n == 0)
        return refuse(msg, msg_n, "no key in the key file");
    return e;
}

/* The file's bytes into p[KEY_FILE_MAX + 1]. */
static enum err
file_read(const char *path, char *p, size_t *n, char *msg, size_t msg_n)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    ssize_t got = -1;
    enum err e = ERR_OK;

    *n = 0;
    if (fd < 0)
        return refuse(msg, msg_n, "%s: %s", path, strerrordesc_np(errno));
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        e = refuse(msg, msg_n, "%s: not a file", path);
    else if ((st.st_mode & (S_IROTH | S_IWOTH | S_IWGRP)) != 0)
        e = refuse(msg, msg_n, "%s: others may read or write it (mode %04o, want 0600)",
            path, (unsigned)(st.st_mode & 07777));
    while (e == ERR_OK && *n <= KEY_FILE_MAX &&
           (got = read(fd, p + *n, KEY_FILE_MAX + 1 - *n)) > 0)
        *n += (size_t)got;
    if (e == ERR_OK && got < 0)
        e = refuse(msg, msg_n, "%s: %s", path, strerrordesc_np(errno));
    if (e == ERR_OK && *n > KEY_FILE_MAX)
        e = refuse(msg, msg_n, "%s: larger than %d bytes", path, KEY_FILE_MAX);
    (void)close(fd);
    return e;
}

enum err
token_keys_load(struct token_keys *k, const char *path, char *msg, size_t msg_n)
{
    char text[KEY_FILE_MAX + 1], why[128];
    enum err e;
    size_t n;

    k->n = 0;
    e = file_read(path, text, &n, msg, msg_n);
    if (e == ERR_OK) {
        e = text_read(k, (struct str){text, n}, why, sizeof(why));
        if (e != ERR_OK)
            (void)snprintf(msg, msg_n, "%s: %s", path, why);
    }
    if (e != ERR_OK) {
        explicit_bzero(k->k, sizeof(k->k));
        k->n = 0;
    }
    explicit_bzero(text, sizeof(text));
    return e;
}
