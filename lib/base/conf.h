/* Configuration from one table: defaults, then a file (name = value, '#' comments),
 * then the environment (PREFIX_NAME), then flags (--name value, --name=value; '_'
 * may be written '-').  An unknown name in the file or the flags, a value of the
 * wrong type or out of its bounds: refused, and the message names the setting. */
#ifndef SOUK_BASE_CONF_H
#define SOUK_BASE_CONF_H

#include <stdio.h>

#include "base/err.h"

enum conf_type { CONF_STR, CONF_INT, CONF_BOOL, CONF_ENUM };

struct conf_def {
    const char *name; /* snake_case */
    enum conf_type type;
    size_t offset;           /* of a `char *`, an int64_t or a bool in the struct */
    int64_t min, max;        /* of the number, or of the length of the text */
    const char *def;         /* the default, as text */
    const char *choices;     /* CONF_ENUM: "a|b|c"; the field is a char * */
    bool secret;             /* never printed; NAME_FILE in the environment or file
                              * names a file that holds it */
    const char *help;        /* one line */
};

/* Fill `base` from all four sources. argv[0] is skipped; words that do not start
 * with "--" and all after "--" are left, in order, in argv[1..*rest_n].
 * `file` may be NULL; a named file that cannot be read is an error.  On ERR_INVALID
 * msg[msg_n] holds one line that names the setting, what it was and what is allowed.
 * Strings are malloc'ed and live until conf_free(). */
enum err conf_load(const struct conf_def *defs, size_t n, void *base, const char *prefix,
    const char *file, int argc, char **argv, int *rest_n, char *msg, size_t msg_n) MUST_CHECK;
void conf_free(const struct conf_def *defs, size_t n, void *base);
/* Every setting with default, bounds and help, as a table for --help. */
void conf_help(const struct conf_def *defs, size_t n, const char *prefix, FILE *out);
/* The same as a table in Markdown. */
void conf_markdown(const struct conf_def *defs, size_t n, FILE *out);

#endif
