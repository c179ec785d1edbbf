/* Writing JSON into a buffer as it is said: no tree, no second pass.  Commas are kept by
 * depth; what the caller forgot to close or name is a programmer's error and asserted. */
#include "json/jout.h"

#include <assert.h>

#include "base/clock.h"

void
jout_init(struct jout *j, struct buf *b)
{
    *j = (struct jout){.b = b};
    j->first[0] = true;
}

/* Before a value or a member name: the comma, unless a name stands before it. */
static void
separate(struct jout *j)
{
    if (j->after_key) {
        j->after_key = false;
        return;
    }
    if (!j->first[j->depth])
        buf_char(j->b, ',');
    j->first[j->depth] = false;
}

static void
open_with(struct jout *j, char c)
{
    assert(j->depth < JOUT_DEPTH_MAX);
    separate(j);
    buf_char(j->b, c);
    j->first[++j->depth] = true;
}

static void
close_with(struct jout *j, char c)
{
    assert(j->depth > 0 && !j->after_key);
    j->depth--;
    buf_char(j->b, c);
}

void
jout_obj(struct jout *j)
{
    open_with(j, '{');
}

void
jout_obj_end(struct jout *j)
{
    close_with(j, '}');
}

void
jout_arr(struct jout *j)
{
    open_with(j, '[');
}

void
jout_arr_end(struct jout *j)
{
    close_with(j, ']');
}

void
jout_key(struct jout *j, const char *name)
{
    jout_key_str(j, str_c(name));
}

void
jout_key_str(struct jout *j, struct str name)
{
    assert(!j->after_key);
    separate(j);
    buf_char(j->b, '"');
    buf_json(j->b, name);
    buf_put(j->b, "\":", 2);
    j->after_key = true;
}

void
jout_str(struct jout *j, struct str s)
{
    if (s.p == NULL) {
        jout_null(j);
        return;
    }
    separate(j);
    buf_char(j->b, '"');
    buf_json(j->b, s);
    buf_char(j->b, '"');
}

void
jout_i64(struct jout *j, int64_t v)
{
    separate(j);
    buf_i64(j->b, v);
}

void
jout_bool(struct jout *j, bool v)
{
    jout_raw(j, v ? STR("true") : STR("false"));
}

void
jout_null(struct jout *j)
{
    jout_raw(j, STR("null"));
}

void
jout_raw(struct jout *j, struct str json)
{
    separate(j);
    buf_str(j->b, json);
}

void
jout_kstr(struct jout *j, const char *name, struct str s)
{
    jout_key(j, name);
    jout_str(j, s);
}

void
jout_kc(struct jout *j, const char *name, const char *s)
{
    jout_kstr(j, name, str_c(s));
}

void
jout_ki64(struct jout *j, const char *name, int64_t v)
{
    jout_key(j, name);
    jout_i64(j, v);
}

void
jout_kbool(struct jout *j, const char *name, bool v)
{
    jout_key(j, name);
    jout_bool(j, v);
}

void
jout_kid(struct jout *j, const char *name, int64_t id)
{
    jout_key(j, name);
    if (id == 0) {
        jout_null(j);
        return;
    }
    separate(j);
    buf_char(j->b, '"');
    buf_i64(j->b, id);
    buf_char(j->b, '"');
}

void
jout_ktime(struct jout *j, const char *name, int64_t ms)
{
    char text[TIME_RFC3339_N];

    jout_kstr(j, name, ms < 0 ? STR_NULL : str_c(time_rfc3339(text, ms)));
}

void
jout_escape(struct buf *b, struct str s)
{
    buf_json(b, s);
}
