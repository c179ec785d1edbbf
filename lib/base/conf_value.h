/* One value of the configuration: checked against its row of the table and stored.
 * Only for conf.c, which knows where values come from. */
#ifndef SOUK_BASE_CONF_VALUE_H
#define SOUK_BASE_CONF_VALUE_H

#include "base/conf.h"

struct conf_loader {
    const struct conf_def *defs;
    size_t n;
    char *base;
    const char *prefix;
    char *msg;
    size_t msg_n;
};

/* Where a value comes from, for messages. */
struct conf_origin {
    const char *where; /* a path, a variable's name, "the flags" */
    size_t line;       /* 0: none */
};

/* Write the one line of the refusal; returns ERR_INVALID. */
enum err conf_refuse(const struct conf_loader *l, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Check and store; the message names the setting, the value and what is allowed. */
enum err conf_set(const struct conf_loader *l, const struct conf_def *d, struct str v,
    struct conf_origin o) MUST_CHECK;
/* The field of a CONF_STR or CONF_ENUM, and storing a copy in it unchecked. */
char **conf_text(const struct conf_loader *l, const struct conf_def *d);
void conf_set_text(const struct conf_loader *l, const struct conf_def *d, struct str v);

#endif
