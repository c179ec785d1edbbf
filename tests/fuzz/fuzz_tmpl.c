/* Templates of any bytes: compiled, and rendered against values of each kind. */
#include "html/tmpl.h"
#include "target.h"

static struct str
echo(void *arg, struct arena *a, struct str text)
{
    (void)arg;
    (void)a;
    return text;
}

FUZZ_TARGET(tmpl)
{
    struct str text = {(const char *)data, size};
    struct arena *a = arena_new(65536);
    struct tmpl_set *t = tmpl_new();
    struct tval *d = tval_obj(a), *l = tval_add_arr(a, d, "l");
    struct buf out;
    char msg[128];

    buf_init_arena(&out, a, 65536);
    tval_set_c(a, tval_push_obj(a, l), "a", "<\n>");
    tval_push(a, l, tval_str(a, STR("t")));
    tval_set(a, d, "f", tval_lambda(a, echo, NULL));
    tval_set_c(a, d, "s", "t");
    if (tmpl_add(t, "t", text, msg, sizeof(msg)) == ERR_OK &&
        tmpl_add(t, "p", STR("  {{>t}}\n{{$b}}\n  x\n{{/b}}"), msg, sizeof(msg)) ==
            ERR_OK &&
        tmpl_render(t, "p", d, a, &out) != ERR_OK)
        buf_clear(&out);
    tmpl_free(t);
    arena_free(a);
    return 0;
}
