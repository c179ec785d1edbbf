/* Pages of what the shop's people keep in lists: coupons, sales, tax rates, delivery
 * zones and methods, endpoints of webhooks. One engine over rest_kind: a form becomes the JSON that the API
 * takes, is checked by the same rules, and what is stored becomes a form by the JSON that
 * the API gives. A kind adds what people need besides: labels, hints, how a value is
 * typed, what a list shows of it. Only the admin_kept_*.c include it. */
#ifndef SOUK_ADMIN_ADMIN_KEPT_H
#define SOUK_ADMIN_ADMIN_KEPT_H

#include "admin/admin_page.h"
#include "admin/rest_http.h"

/* How a person types a member, and what it is in JSON. */
enum kept_input {
    IN_TEXT,
    IN_CODE,       /* text that machines read */
    IN_MONEY,      /* "12.50", money in the form's currency */
    IN_CURRENCY,   /* of all the form's amounts; no member of its own */
    IN_PERCENT,    /* "7.5", parts per million */
    IN_TIME,       /* "2026-11-22T20:30", UTC */
    IN_COUNT,      /* a whole number */
    IN_MINUTES,    /* "5" or "1:30", seconds */
    IN_CHECK,      /* a box: true or false */
    IN_CHOICE,     /* one of `choices` */
    IN_COUNTRY,    /* one of all */
    IN_ZONE,       /* one of the delivery zones */
    IN_CATEGORY,   /* a path or none */
    IN_COUNTRIES,  /* boxes */
    IN_CATEGORIES, /* boxes */
    IN_EVENTS,     /* boxes */
    IN_SKUS,       /* SKUs, one a line: ids of their products */
};
#define KEPT_OPTIONAL 1u
#define KEPT_WIDE 2u
#define KEPT_STORED 4u /* not asked of a new one */

struct kept_field {
    const char *name; /* the API's member, and the form's field */
    const char *label;
    const char *hint; /* NULL: none */
    enum kept_input input;
    unsigned flags;
    int max;             /* characters, 0: the input's own */
    const char *choices; /* "percent=A share|fixed=An amount" */
    const char *when;    /* the member is sent only when `kind` is this */
};

struct kept_kind;
struct kept_zone {
    struct str id, name;
};
/* One request's work on a kind. */
struct kept {
    struct req *rq;
    struct db *db;
    const struct kept_kind *k;
    /* Read when they are first wanted. */
    struct category *cats;
    struct kept_zone *zones;
    size_t cats_n, zones_n;
    bool has_cats, has_zones;
};

/* What stands in a row of the list. */
struct kept_cell {
    struct str text, note; /* note STR_NULL: none */
    const char *badge;     /* a class for the text, NULL: plain */
};
struct kept_column {
    const char *label;
    bool num;
    enum err (*cell)(struct kept *c, const struct jval *o, struct kept_cell *out);
};

enum kept_group { KEPT_OFFERS, KEPT_CHARGES, KEPT_NEWS };
struct kept_kind {
    const struct rest_kind *rest;
    const struct field *in;               /* of its JSON */
    void (*changed)(struct cache *cache); /* after COMMIT; NULL: nobody keeps it */
    enum kept_group group;
    const char *title, *one, *many;    /* "Tax rates", "tax rate", "tax rates" */
    const char *intro;                 /* what they do, for who sees the first one */
    const char *name;                  /* the member it is called by */
    const struct kept_field *fields;   /* ended by a NULL name */
    const struct kept_column *columns; /* ended by a NULL label; the first one links */
};

/* Is it typed by boxes, and a list in JSON? */
bool kept_has_boxes(const struct kept_field *f);

/* admin_kept_hooks.c: endpoints of webhooks */
extern const struct kept_field kept_endpoint_fields[];
extern const struct kept_column kept_endpoint_columns[];

/* admin_kept_kinds.c: the i-th kind, NULL past the end. */
const struct kept_kind *kept_kind_at(size_t i);

/* A form is an object of strings and arrays of strings, as a browser sends it, with at most
 * so many members. */
#define KEPT_MEMBERS_MAX 24
/* admin_kept_form.c: what is stored (NULL: what a new one begins with) as a form. */
enum err kept_form(struct kept *c, const struct jval *o, struct jval **out) MUST_CHECK;
/* An object's JSON as the API gives it. */
enum err kept_json(struct arena *a, const struct rest_kind *k, const void *obj,
    struct jval **out) MUST_CHECK;
/* admin_kept_body.c: a form as the API's JSON, checked by its table; members that are empty
 * in the form are null. ERR_INVALID with every fault. */
enum err kept_body(struct kept *c, const struct jval *form, struct jval **out,
    struct fault *flt) MUST_CHECK;
/* Must something be typed? */
bool kept_required(const struct kept_field *f);
/* admin_kept_fault.c: let the API's faults point at the form's fields, in words for people. */
void kept_faults(struct kept *c, const struct jval *form, struct fault *flt);

/* admin_kept_view.c: the list "fields" of the template. */
enum err kept_fields_fill(struct kept *c, struct tval *data, const struct jval *form,
    bool stored, const struct fault *flt) MUST_CHECK;

/* admin_kept.c */
/* Which kind a request is about, by its path, and a connection to work on it. */
enum err kept_open(struct kept *c, struct req *rq) MUST_CHECK;
/* The form, with the faults of `rs`. `id` 0: of a new one. `typed` NULL: as it is stored. */
enum err kept_form_show(struct kept *c, struct resp *rs, int status, int64_t id,
    struct jval *typed) MUST_CHECK;
/* The number at rest_kind's id_at or version_at. */
int64_t kept_number_at(const void *obj, size_t at);
enum err kept_cats(struct kept *c) MUST_CHECK;
enum err kept_zones(struct kept *c) MUST_CHECK;
/* "Name of the zone", or its id when there is none. */
enum err kept_zone_name(struct kept *c, struct str id, struct str *out) MUST_CHECK;

/* admin_kept_change.c */
enum err kept_create_form(struct req *rq, struct resp *rs) MUST_CHECK;
enum err kept_save_form(struct req *rq, struct resp *rs) MUST_CHECK;
enum err kept_delete_form(struct req *rq, struct resp *rs) MUST_CHECK;

#endif
