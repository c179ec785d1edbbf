/* The SQL that mariadb-dump writes, as far as it is read here: how many rows of each
 * table it has, and whether it has its end. Text has no line ends in it, so a row is a
 * line. */
#include <string.h>

#include "backup/backup_parts.h"

static struct manifest_table *
table_of(struct manifest *m, struct str name)
{
    for (size_t i = 0; i < m->table_n; i++)
        if (str_eq(m->table[i].name, name))
            return &m->table[i];
    return NULL;
}

static void
line_ended(struct dump_count *c)
{
    const struct str insert = STR("INSERT INTO `"), line = {c->line, c->line_n};
    struct str name, rest;

    if (c->table != NULL && line.n > 0 && line.p[0] == '(') {
        c->table->rows += c->table->rows >= 0 ? 1 : 0;
        return;
    }
    c->table = NULL;
    c->whole = str_starts(line, STR("-- Dump completed")) || (c->whole && line.n == 0);
    if (!str_starts(line, insert))
        return;
    (void)str_cut(str_sub(line, insert.n, line.n), '`', &name, &rest);
    c->table = table_of(c->m, name);
    /* Rows that stand on the line itself cannot be told apart. */
    if (c->table != NULL && c->last != 'S')
        c->table->rows = -1;
}

void
dump_count(struct dump_count *c, const char *p, size_t n)
{
    while (n > 0) {
        const char *nl = memchr(p, '\n', n);
        size_t take = nl != NULL ? (size_t)(nl - p) : n;
        size_t keep = sizeof(c->line) - c->line_n;

        keep = take < keep ? take : keep;
        memcpy(c->line + c->line_n, p, keep);
        c->line_n += keep;
        if (take > 0)
            c->last = p[take - 1];
        if (nl == NULL)
            return;
        line_ended(c);
        c->line_n = 0;
        p += take + 1;
        n -= take + 1;
    }
}
