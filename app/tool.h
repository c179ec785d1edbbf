/* The operator's commands; souk.c picks one. */
#ifndef SOUK_TOOL_H
#define SOUK_TOOL_H

#include "app.h"

/* What is left of the command line: argv[0] the command, flags and settings taken out. */
struct tool {
    struct app *app;
    int argc;
    char **argv;
};

/* Each returns the exit status and has said on stderr why it failed. */
int tool_migrate(struct tool *t);
int tool_keys(struct tool *t);   /* keys rotate */
int tool_admin(struct tool *t);  /* admin create EMAIL, admin password EMAIL */
int tool_import(struct tool *t); /* import [--if-empty] FILE */
int tool_export(struct tool *t);
int tool_verify(struct tool *t);
int tool_ready(struct tool *t); /* ready [SOCKET] */

/* One line "souk: ..." on stderr; returns 1. */
int tool_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A connection and a scratch arena; 0, or 1 after saying why not. */
int tool_open(struct tool *t, unsigned parts, struct db **db, struct arena **a);
void tool_close(struct tool *t, struct db *db, struct arena *a);

#endif
