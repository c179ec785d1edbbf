/* Migration files as migrate_files.c reads them; private to lib/db. */
#ifndef SOUK_DB_MIGRATE_PRIV_H
#define SOUK_DB_MIGRATE_PRIV_H

#include "db/db_priv.h"

struct migration {
    int64_t version;
    struct str name; /* of the file */
    struct str text;
    struct str sha256; /* hex; filled in by migrate.c */
};

/* The files of `dir`, 1..n without a gap; ERR_INVALID and msg if they are not. */
enum err migrations_read(struct arena *a, const char *dir, struct migration **out,
    size_t *n, char *msg, size_t msg_n);

#endif
