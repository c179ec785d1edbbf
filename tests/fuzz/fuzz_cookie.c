/* Cookie headers: what is found lies inside the header. */
#include <stdint.h>
#include <stdlib.h>

#include "http/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
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
