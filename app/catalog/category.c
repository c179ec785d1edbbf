/* Choosing categories to show. */
#include "catalog/catalog.h"

size_t
category_top(const struct category *c, size_t n, const struct category **out, size_t max)
{
    size_t i, k, held = 0;

    for (i = 0; i < n; i++) {
        size_t least = 0;

        if (c[i].depth != 1 || c[i].count == 0)
            continue;
        if (held < max) {
            out[held++] = &c[i];
            continue;
        }
        for (k = 1; k < held; k++)
            if (out[k]->count <= out[least]->count)
                least = k;
        if (max == 0 || out[least]->count >= c[i].count)
            continue;
        for (k = least; k + 1 < held; k++)
            out[k] = out[k + 1];
        out[held - 1] = &c[i];
    }
    return held;
}
