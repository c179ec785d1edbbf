/* What a backup says of itself: a word and its values a line, for people too. The last
 * line is the checksum of those before it. Refuses what is not exactly that. */
#include <string.h>

#include "backup/backup_parts.h"

#define FORM "souk-backup 1"

void
manifest_write(struct arena *a, const struct manifest *m, struct buf *out)
{
    unsigned char sum[SHA256_N];
    struct str text;

    buf_printf(out, FORM "\nprogram %.*s\nmade %.*s\nmigration %lld\n", STR_F(m->program),
        STR_F(m->made), (long long)m->migration);
    for (size_t i = 0; i < m->table_n; i++)
        buf_printf(out, "rows %lld %.*s\n", (long long)m->table[i].rows,
            STR_F(m->table[i].name));
    for (size_t i = 0; i < m->file_n; i++)
        buf_printf(out, "file %lld %.*s %.*s\n", (long long)m->file[i].size,
            STR_F(m->file[i].sha256), STR_F(m->file[i].name));
    sha256(out->p, out->n, sum);
    text = hex(a, sum, sizeof(sum));
    buf_printf(out, "end %.*s\n", STR_F(text));
}

static bool
name_ok(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (strchr("abcdefghijklmnopqrstuvwxyz0123456789_-.", s.p[i]) == NULL)
            return false;
    return s.n > 0 && s.n < TAR_NAME_MAX && s.p[0] != '.';
}

static bool
table_read(struct manifest *m, struct str value)
{
    struct manifest_table *t = &m->table[m->table_n];
    struct str n;

    return m->table_n++ < BACKUP_TABLES_MAX && str_cut(value, ' ', &n, &t->name) &&
           str_i64(n, &t->rows) && t->rows >= -1 && name_ok(t->name);
}

static bool
file_read(struct manifest *m, struct str value)
{
    struct manifest_file *f = &m->file[m->file_n];
    struct str n, rest;

    return m->file_n++ < BACKUP_FILES_MAX && str_cut(value, ' ', &n, &rest) &&
           str_i64(n, &f->size) && f->size >= 0 &&
           str_cut(rest, ' ', &f->sha256, &f->name) &&
           f->sha256.n == 2 * (size_t)SHA256_N && name_ok(f->name);
}

static bool
line_read(struct manifest *m, struct str line)
{
    struct str word, value;

    (void)str_cut(line, ' ', &word, &value);
    if (str_eq_c(word, "program"))
        m->program = value;
    else if (str_eq_c(word, "made"))
        m->made = value;
    else if (str_eq_c(word, "migration"))
        return str_i64(value, &m->migration) && m->migration > 0;
    else if (str_eq_c(word, "rows"))
        return table_read(m, value);
    else if (str_eq_c(word, "file"))
        return file_read(m, value);
    else
        return false;
    return true;
}

/* The text before the line "end SHA256", if that is right. */
static bool
unseal(struct arena *a, struct str text, struct str *inside)
{
    const size_t end_n = sizeof("end \n") - 1 + 2 * (size_t)SHA256_N;
    unsigned char sum[SHA256_N];
    struct str end;

    if (text.n < end_n)
        return false;
    *inside = str_sub(text, 0, text.n - end_n);
    end = str_sub(text, text.n - end_n, end_n);
    sha256(inside->p, inside->n, sum);
    return str_eq(end, arena_printf(a, "end %.*s\n", STR_F(hex(a, sum, sizeof(sum)))));
}

enum err
manifest_read(struct arena *a, struct str text, struct manifest *m)
{
    struct str line, rest;

    *m = (struct manifest){.table_n = 0};
    if (!str_starts(text, STR("souk-backup ")) || !unseal(a, text, &rest))
        return ERR_BAD;
    (void)str_next(&rest, '\n', &line);
    if (!str_eq_c(line, FORM))
        return ERR_CONFLICT;
    while (str_next(&rest, '\n', &line))
        if (line.n > 0 && !line_read(m, line))
            return ERR_BAD;
    return m->migration > 0 && manifest_file(m, BACKUP_DATABASE) != NULL ? ERR_OK
                                                                         : ERR_BAD;
}

const struct manifest_file *
manifest_file(const struct manifest *m, const char *name)
{
    for (size_t i = 0; i < m->file_n; i++)
        if (str_eq_c(m->file[i].name, name))
            return &m->file[i];
    return NULL;
}
