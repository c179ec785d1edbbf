/* Backups: one file with the database as of one moment, the books of the simulated
 * provider and the keys, made while the shop sells; and the way back, into an empty
 * place. The file is a tar archive whose last member, MANIFEST, says what is in it, with
 * checksums; it appears under its name when it is whole. Whoever reads it has the shop's
 * secrets. */
#ifndef SOUK_BACKUP_BACKUP_H
#define SOUK_BACKUP_BACKUP_H

#include <signal.h>

#include "app.h"

#define BACKUP_PATH_N 1200

struct backup {
    struct app *app;
    struct db *db;
    struct arena *a;
    /* Told now and then what was read and, of a backup, written; may be NULL. */
    void (*progress)(void *arg, const char *what, int64_t done, int64_t of);
    void *arg;
    const volatile sig_atomic_t *ended; /* set: stop, and leave nothing half done */
    char msg[600];               /* why it failed, in one line that says what to do */
    int64_t tables, rows, bytes; /* what it was about */
};

/* Into `target`, a file that is not there yet or a folder, where the file is named after
 * the time. path: what it is called. */
enum err backup_make(
    struct backup *b, const char *target, char path[BACKUP_PATH_N]) MUST_CHECK;
/* From `path`. Nothing is touched before the whole file has been checked. force: what is
 * there goes; the shop must not run all the same. */
enum err backup_restore(struct backup *b, const char *path, bool force) MUST_CHECK;

#endif
