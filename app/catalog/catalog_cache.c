/* What caches hold of the catalogue, and when it must go.  Call after COMMIT only:
 * before, a reader would put the old state back. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/token.h"
#include "base/rand.h"
#include "catalog/catalog.h"

#define LISTS_KEY "lists"
#define LISTS_TOKEN_BYTES 12
#define SLUG_KEY_N 200
#define STEP 64 /* products told of at once */

void
catalog_changed(struct cache *c, int64_t product_id)
{
    catalog_changed_many(c, &product_id, 1);
}

static int
by_id(const void *x, const void *y)
{
    const int64_t *a = x, *b = y;

    return (*a > *b) - (*a < *b);
}

void
catalog_changed_many(struct cache *c, const int64_t *product_id, size_t n)
{
    /* "so": what orders know to be sold out. */
    static const char *const prefix[] = {"so", "p", "h"};
    struct str keys[STEP * NELEM(prefix) + 1];
    char text[STEP * NELEM(prefix)][32];
    int64_t ids[STEP];
    size_t i, k, step, at, keys_n;
    int len;

    for (at = 0; c != NULL && at < n; at += step) {
        step = n - at < STEP ? n - at : STEP;
        memcpy(ids, product_id + at, step * sizeof(*ids));
        qsort(ids, step, sizeof(*ids), by_id);
        for (i = keys_n = 0; i < step; i++) {
            for (k = 0; (i == 0 || ids[i] != ids[i - 1]) && k < NELEM(prefix); k++) {
                len = snprintf(text[keys_n], sizeof(text[0]), "%s:%" PRId64, prefix[k],
                    ids[i]);
                keys[keys_n] = (struct str){text[keys_n], (size_t)len};
                keys_n++;
            }
        }
        keys[keys_n++] = STR(LISTS_KEY);
        cache_drop_many(c, keys, keys_n);
    }
}

/* A new random name for the catalogue as it is from now on. */
static enum err
lists_token(void *arg, struct arena *a, struct str *out)
{
    char text[RAND_TOKEN_N(LISTS_TOKEN_BYTES)];

    (void)arg;
    *out = arena_str(a, rand_token(text, sizeof(text), LISTS_TOKEN_BYTES));
    return ERR_OK;
}

enum err
catalog_list_key(struct cache *c, struct arena *a, struct str what, struct str *key)
{
    unsigned char sum[SHA256_N];
    struct str token;
    enum err e = cache_get(c, a, STR(LISTS_KEY), lists_token, NULL, &token);

    if (e != ERR_OK)
        return e;
    sha256(what.p, what.n, sum);
    *key = arena_printf(a, "l:%.*s:%.*s", STR_F(token), STR_F(hex(a, sum, sizeof(sum))));
    return ERR_OK;
}

void
catalog_nav_changed(struct cache *c)
{
    if (c == NULL)
        return;
    cache_drop(c, STR("nav"));
    cache_drop(c, STR("c:tree"));
    cache_drop(c, STR(LISTS_KEY));
}

void
catalog_slug_changed(struct cache *c, struct str slug)
{
    char key[SLUG_KEY_N];
    int n = snprintf(key, sizeof(key), "s:%.*s", STR_F(slug));

    if (c != NULL && n > 0 && (size_t)n < sizeof(key))
        cache_drop(c, (struct str){key, (size_t)n});
}
