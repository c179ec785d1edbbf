/* Writing JSON straight into a buffer; commas and escaping are its care, balance is
 * the caller's (asserted). Depth at most JOUT_DEPTH_MAX. Invalid UTF-8 in strings
 * comes out as U+FFFD, so the output is always valid. */
#ifndef SOUK_JSON_JOUT_H
#define SOUK_JSON_JOUT_H

#include "base/buf.h"

#define JOUT_DEPTH_MAX 32

struct jout {
    struct buf *b;
    int depth;
    bool first[JOUT_DEPTH_MAX + 1];
    bool after_key;
};

void jout_init(struct jout *j, struct buf *b);
void jout_obj(struct jout *j);
void jout_obj_end(struct jout *j);
void jout_arr(struct jout *j);
void jout_arr_end(struct jout *j);
void jout_key(struct jout *j, const char *name);
/* A member name that comes from data (escaped). */
void jout_key_str(struct jout *j, struct str name);
void jout_str(struct jout *j, struct str s); /* STR_NULL writes null */
void jout_i64(struct jout *j, int64_t v);
void jout_bool(struct jout *j, bool v);
void jout_null(struct jout *j);
/* A value that is JSON already. */
void jout_raw(struct jout *j, struct str json);
/* Name and value at once. */
void jout_kstr(struct jout *j, const char *name, struct str s);
void jout_kc(struct jout *j, const char *name, const char *s);
void jout_ki64(struct jout *j, const char *name, int64_t v);
void jout_kbool(struct jout *j, const char *name, bool v);
/* An id: a 64-bit integer as a string; 0 writes null. */
void jout_kid(struct jout *j, const char *name, int64_t id);
/* RFC 3339 with milliseconds; a negative time writes null. */
void jout_ktime(struct jout *j, const char *name, int64_t ms);
/* A string's escaped bytes without quotes, appended to b. */
void jout_escape(struct buf *b, struct str s);

#endif
