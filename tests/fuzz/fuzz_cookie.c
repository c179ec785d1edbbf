/* Cookie headers: what is found lies inside the header. */
#include <stdlib.h>

#include "http/form.h"
#include "target.h"

FUZZ_TARGET(cookie)
{
    struct arena *a = arena_new(4096);
    struct str in = arena_str(a, (struct str){(const char *)data, size});
    struct str v = cookie_find(in, "s");

    if (v.p != NULL &&
        (v.p < in.p || v.p + v.n > in.p + in.n || str_chr(v, ';') != SIZE_MAX))
        abort();
    arena_free(a);
    return 0;
}
