/* What the files of app/backup share. */
#ifndef SOUK_BACKUP_BACKUP_PARTS_H
#define SOUK_BACKUP_BACKUP_PARTS_H

#include "auth/token.h"
#include "backup/backup.h"
#include "base/buf.h"
#include "base/proc.h"
#include "pack/tar.h"

#define BACKUP_DATABASE "database.sql.zst"
#define BACKUP_BOOKS "pay.db.zst"
#define BACKUP_MANIFEST "MANIFEST"
#define BACKUP_TABLES_MAX 200
#define BACKUP_FILES_MAX 16
#define BACKUP_MANIFEST_MAX ((size_t)64 << 10)

/* fail(b, ERR_..., "..."): the line; returns the error. The first one stays. */
enum err backup_fail(struct backup *b, enum err e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* --- manifest.c --- */

struct manifest_table {
    struct str name;
    int64_t rows; /* -1: not counted */
};
struct manifest_file {
    struct str name;
    int64_t size;
    struct str sha256; /* hex */
};
struct manifest {
    struct str program, made;
    int64_t migration;
    size_t table_n, file_n;
    struct manifest_table table[BACKUP_TABLES_MAX];
    struct manifest_file file[BACKUP_FILES_MAX];
};

void manifest_write(struct arena *a, const struct manifest *m, struct buf *out);
/* ERR_BAD: none, altered or cut off; ERR_CONFLICT: of a form this program does not know.
 * What it says borrows from `text`. */
enum err manifest_read(struct arena *a, struct str text, struct manifest *m) MUST_CHECK;
/* NULL: it is not in it. */
const struct manifest_file *manifest_file(const struct manifest *m, const char *name);

/* --- files of the state that go with the database --- */

struct backup_file {
    const char *name; /* in the archive */
    char path[BACKUP_PATH_N];
};
#define BACKUP_PLAIN_N 5
/* Keys, the admin's file, address lists: where they are in this place. */
void backup_plain(const struct settings *s, struct backup_file f[BACKUP_PLAIN_N]);
void backup_books_path(const struct settings *s, char path[BACKUP_PATH_N]);

/* --- backup_client.c: MariaDB's own tools --- */

/* mariadb-dump of these tables, in this order, into `out`. */
enum err client_dump(
    struct backup *b, const struct db_rows *tables, int out, struct proc *p) MUST_CHECK;
/* mariadb, which reads statements from `in`. */
enum err client_load(struct backup *b, int in, struct proc *p) MUST_CHECK;

/* --- backup_dump_store.c --- */

/* Counting rows in what mariadb-dump writes: one a line. */
struct dump_count {
    struct manifest *m; /* has the tables' names */
    char line[96];      /* how the current one begins */
    size_t line_n;
    char last;                    /* byte before */
    struct manifest_table *table; /* whose rows follow; NULL: none do */
    bool whole;                   /* its closing line was seen */
};
void dump_count(struct dump_count *c, const char *p, size_t n);

/* --- backup_read.c --- */

/* Open and check all of it: members, sizes, checksums. *fd is the caller's to close. */
enum err backup_open(
    struct backup *b, const char *path, int *fd, struct manifest *m) MUST_CHECK;
/* Where a member stands; it is there. */
enum err backup_member(int fd, const char *name, struct tar_member *m) MUST_CHECK;

/* --- backup_store.c --- */

/* Names of all tables, schema_migration last. */
enum err backup_store_tables(
    struct db *db, struct arena *a, struct db_rows *out) MUST_CHECK;
/* The version the database is at. ERR_CONFLICT: a migration is not done. ERR_NOT_FOUND:
 * no migration was ever recorded. */
enum err backup_store_version(
    struct db *db, struct arena *a, int64_t *version) MUST_CHECK;
/* Other connections to this database. */
enum err backup_store_others(struct db *db, struct arena *a, int64_t *n) MUST_CHECK;
enum err backup_store_drop(
    struct db *db, struct arena *a, const struct db_rows *tables) MUST_CHECK;
/* `table` must be a name that backup_store_tables() gave. */
enum err backup_store_count(
    struct db *db, struct arena *a, struct str table, int64_t *n) MUST_CHECK;

#endif
