/* The back office's API of small things that are kept in lists: one set of handlers for
 * all kinds. GET a list, POST one more, GET, PATCH (merge patch, If-Match) and DELETE
 * (If-Match) one. A kind says how its objects are stored and written; its path is
 * /api/v1/admin/<name>. */
#ifndef SOUK_ADMIN_REST_HTTP_H
#define SOUK_ADMIN_REST_HTTP_H

#include "app.h"
#include "routes.h"

struct rest_kind {
    const char *name;         /* "coupons" */
    size_t size;              /* of an object ... */
    size_t id_at, version_at; /* ... and where these stand in it, as int64_t */
    void (*init)(void *obj);  /* what a new one is where nothing is said */
    /* Put the members that are given into the object, and check the whole: ERR_INVALID
     * with every fault. */
    enum err (*read)(struct db *db, struct arena *a, const struct jval *in, void *obj,
        struct fault *flt);
    void (*jout)(struct jout *j, const void *obj);
    enum err (*list)(struct db *db, struct arena *a, int64_t limit, int64_t skip,
        void **out, size_t *n, int64_t *total);
    /* What follows `after` (0: from the beginning) in the order of their ids, or against it
     * where the newest stand first. */
    enum err (*walk)(struct db *db, struct arena *a, int64_t limit, int64_t after,
        void **out, size_t *n);
    enum err (*get)(struct db *db, struct arena *a, int64_t id, bool lock, void *obj);
    /* In the caller's transaction; `add` sets the id. */
    enum err (*add)(struct db *db, struct arena *a, void *obj, struct fault *flt);
    enum err (*change)(struct db *db, struct arena *a, void *obj, struct fault *flt);
    enum err (*remove)(struct db *db, int64_t id, struct fault *flt);
};
/* What their `jout` write. */
extern const struct schema coupon_rest_schema, tax_rate_rest_schema,
    shipping_zone_rest_schema, shipping_method_rest_schema, webhook_endpoint_rest_schema;
extern const struct rest_kind coupon_rest, tax_rate_rest, shipping_zone_rest,
    shipping_method_rest, webhook_endpoint_rest;
extern const struct field coupon_rest_fields[], tax_rate_rest_fields[],
    shipping_zone_rest_fields[], shipping_method_rest_fields[],
    webhook_endpoint_rest_fields[];

/* Sales are kept by pages as the others are; their API is their own. */
extern const struct rest_kind sale_rest;
extern const struct field sale_rest_fields[];

/* A member, if it is given, into *out; null becomes STR_NULL, `none`, -1. */
void rest_str(const struct jval *in, const char *name, struct str *out);
void rest_i64(const struct jval *in, const char *name, int64_t none, int64_t *out);
void rest_bool(const struct jval *in, const char *name, bool *out);
/* ERR_INVALID: no time. */
enum err rest_time(
    const struct jval *in, const char *name, int64_t *out, struct fault *flt) MUST_CHECK;
/* All amounts of an object have one currency: *currency, taken from the first when it is
 * empty. ERR_INVALID currency_mismatch. */
enum err rest_money(const struct jval *in, const char *name, int64_t none,
    int64_t *amount, struct str *currency, struct fault *flt) MUST_CHECK;
/* The object's id, version and times. */
struct rest_head {
    int64_t id, version, created_at, updated_at;
};
void rest_head_jout(struct jout *j, const struct rest_head *h);
void rest_times_jout(struct jout *j, const struct rest_head *h);

#endif
