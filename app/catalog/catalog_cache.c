/* What caches hold of the catalogue, and when it must go.  Call after COMMIT only:
 * before, a reader would put the old state back. */
#include <inttypes.h>
#include <stdio.h>

#include "catalog/catalog.h"

#define SLUG_KEY_N 200

void
catalog_changed(struct cache *c, int64_t product_id)
{
    static const char *const prefix[] = {"p", "h"};
    char key[32];
    size_t i;
    int n;

    for (i = 0; c != NULL && i < NELEM(prefix); i++) {
        n = snprintf(key, sizeof(key), "%s:%" PRId64, prefix[i], product_id);
        cache_drop(c, (struct str){key, (size_t)n});
    }
}

void
catalog_nav_changed(struct cache *c)
{
    if (c == NULL)
        return;
    cache_drop(c, STR("nav"));
    cache_drop(c, STR("c:tree"));
    cache_drop(c, STR("home"));
}

void
catalog_slug_changed(struct cache *c, struct str slug)
{
    char key[SLUG_KEY_N];
    int n = snprintf(key, sizeof(key), "s:%.*s", STR_F(slug));

    if (c != NULL && n > 0 && (size_t)n < sizeof(key))
        cache_drop(c, (struct str){key, (size_t)n});
}
