/* SQL of backups: what there is in the database, and its emptying. */
#include <string.h>

#include "backup/backup_parts.h"

/* Last: a database that was loaded in part alone has none, and no program starts on it.
 */
static const char tables_sql[] =
    "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
    " AND table_type = 'BASE TABLE' ORDER BY table_name = 'schema_migration', table_name";
static const char recorded_sql[] =
    "SELECT COUNT(*) FROM information_schema.tables"
    " WHERE table_schema = DATABASE() AND table_name = 'schema_migration'";
static const char version_sql[] = "SELECT COALESCE(MAX(version), 0), COALESCE(SUM(state "
                                  "<> 'done'), 0) FROM schema_migration";
static const char others_sql[] = "SELECT COUNT(*) FROM information_schema.processlist"
                                 " WHERE db = DATABASE() AND id <> CONNECTION_ID()";

enum err
backup_store_tables(struct db *db, struct arena *a, struct db_rows *out)
{
    return db_query(db, tables_sql, NULL, 0, a, out);
}

enum err
backup_store_version(struct db *db, struct arena *a, int64_t *version)
{
    struct db_rows r;
    enum err e = db_row(db, recorded_sql, NULL, 0, a, &r);

    *version = 0;
    if (e == ERR_OK && db_i64(&r, 0, 0) == 0)
        return ERR_NOT_FOUND;
    if (e == ERR_OK)
        e = db_row(db, version_sql, NULL, 0, a, &r);
    if (e != ERR_OK)
        return e;
    *version = db_i64(&r, 0, 0);
    if (db_i64(&r, 0, 1) != 0)
        return ERR_CONFLICT;
    return *version > 0 ? ERR_OK : ERR_NOT_FOUND;
}

enum err
backup_store_others(struct db *db, struct arena *a, int64_t *n)
{
    struct db_rows r;
    enum err e = db_row(db, others_sql, NULL, 0, a, &r);

    *n = e == ERR_OK ? db_i64(&r, 0, 0) : 0;
    return e;
}

/* A name that needs no more than the quotes around it. */
static bool
plain(struct str s)
{
    return s.n > 0 && s.n <= 64 && memchr(s.p, '`', s.n) == NULL;
}

enum err
backup_store_drop(struct db *db, struct arena *a, const struct db_rows *tables)
{
    struct buf b;

    if (tables->n == 0)
        return ERR_OK;
    buf_init_arena(&b, a, (size_t)64 << 10);
    buf_c(&b, "SET FOREIGN_KEY_CHECKS = 0; DROP TABLE ");
    for (size_t i = 0; i < tables->n; i++) {
        struct str name = db_str(tables, i, 0);

        if (!plain(name))
            return ERR_INVALID;
        buf_printf(&b, "%s`%.*s`", i > 0 ? ", " : "", STR_F(name));
    }
    return b.overflow ? ERR_TOO_LARGE : db_script(db, buf_view(&b));
}

enum err
backup_store_count(struct db *db, struct arena *a, struct str table, int64_t *n)
{
    struct db_rows r;
    struct str sql = arena_printf(a, "SELECT COUNT(*) FROM `%.*s`", STR_F(table));
    enum err e = plain(table) ? db_row(db, sql.p, NULL, 0, a, &r) : ERR_INVALID;

    *n = e == ERR_OK ? db_i64(&r, 0, 0) : 0;
    return e;
}
