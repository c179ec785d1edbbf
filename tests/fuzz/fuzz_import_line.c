/* Lines of an import: whatever stands in one, it is a product that the catalogue may have,
 * or refused with a reason that a terminal can show. */
#include <stdlib.h>

#include "catalog/import_priv.h"
#include "target.h"

FUZZ_TARGET(import_line)
{
    struct arena *a = arena_new((size_t)64 << 10);
    struct import_line l = {.number = 1};
    struct str in = arena_str(a, (struct str){(const char *)data, size});

    if (import_line_read(a, in, STR("USD"), &l)) {
        if (l.d.p.skus_n == 0 || l.d.p.name.n == 0 || !str_utf8_valid(l.d.p.name))
            abort();
    } else {
        if (l.reason[0] == '\0')
            abort();
        for (const char *p = l.reason; *p != '\0'; p++)
            if ((unsigned char)*p < 0x20)
                abort();
    }
    arena_free(a);
    return 0;
}
