/* A tree that was read, written again. */
#include "json/jin.h"
#include "json/jout.h"

static void
members(struct jout *j, const struct jval *v)
{
    for (size_t i = 0; i < v->n; i++) {
        if (v->type == J_OBJECT)
            jout_key_str(j, v->key[i]);
        jin_write(j, &v->v[i]);
    }
}

/* No deeper than JIN_DEPTH_MAX: what was read is bounded. */
void
jin_write(struct jout *j, const struct jval *v) /* NOLINT(misc-no-recursion) */
{
    switch (v->type) {
    case J_NULL:
        jout_null(j);
        break;
    case J_BOOL:
        jout_bool(j, v->b);
        break;
    case J_INT:
    case J_REAL:
        jout_raw(j, v->s);
        break;
    case J_STR:
        jout_str(j, v->s);
        break;
    case J_ARRAY:
        jout_arr(j);
        members(j, v);
        jout_arr_end(j);
        break;
    case J_OBJECT:
        jout_obj(j);
        members(j, v);
        jout_obj_end(j);
        break;
    }
}
