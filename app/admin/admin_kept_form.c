/* From what is stored, as the API's JSON, to a form: how people read a value.
 * admin_kept_body.c goes the other way. */
#include <inttypes.h>
#include <string.h>

#include "admin/admin_kept.h"
#include "base/clock.h"
#include "catalog/catalog.h"
#include "price/money.h"

#define JSON_MAX ((size_t)1 << 20)

static struct arena *
arena_of(const struct kept *c)
{
    return c->rq->arena;
}

enum err
kept_json(struct arena *a, const struct rest_kind *k, const void *obj, struct jval **out)
{
    struct fault flt;
    struct jout j;
    struct buf b;

    buf_init_arena(&b, a, JSON_MAX);
    jout_init(&j, &b);
    k->jout(&j, obj);
    fault_clear(&flt);
    return jin_parse(a, buf_view(&b), out, &flt);
}

/* 75000 as "7.5". */
static struct str
percent_text(struct arena *a, int64_t ppm)
{
    struct str s = view_rate(a, ppm);

    return str_sub(s, 0, s.n - 2);
}

/* "2026-11-22T20:30:00.000Z" as browsers write it in a field: without what is zero. */
static struct str
time_text(struct str s)
{
    static const char *const tails[] = {"Z", ".000", ":00"};

    for (size_t i = 0; i < NELEM(tails); i++)
        if (str_ends(s, str_c(tails[i])))
            s.n -= strlen(tails[i]);
        else
            break;
    return s;
}

static struct str
minutes_text(struct arena *a, int64_t s)
{
    if (s % 60 == 0)
        return arena_printf(a, "%" PRId64, s / 60);
    return arena_printf(a, "%" PRId64 ":%02" PRId64, s / 60, s % 60);
}

/* Products by the SKUs that they are listed under. */
static enum err
skus_text(struct kept *c, const struct jval *ids, struct str *out)
{
    struct product p;
    struct buf b;
    int64_t id;
    enum err e;

    buf_init_arena(&b, arena_of(c), JSON_MAX);
    for (size_t i = 0; i < ids->n; i++) {
        if (!str_i64(ids->v[i].s, &id))
            continue;
        e = catalog_get(c->db, arena_of(c), id, &p);
        if (e != ERR_OK && e != ERR_NOT_FOUND)
            return e;
        if (e == ERR_OK && p.skus_n > 0)
            buf_printf(&b, "%.*s\n", STR_F(p.skus[0].sku));
    }
    *out = buf_view(&b);
    return ERR_OK;
}

static struct str
currency_of(const struct kept *c, const struct jval *o)
{
    for (const struct kept_field *f = c->k->fields; f->name != NULL; f++) {
        const struct jval *m = jin_get_type(o, f->name, J_OBJECT);

        if (f->input == IN_MONEY && m != NULL)
            return jin_str(m, "currency");
    }
    return STR_NULL;
}

static enum err
to_text(struct kept *c, const struct kept_field *f, const struct jval *o,
    const struct jval *v, struct str *out)
{
    struct arena *a = arena_of(c);

    if (f->input == IN_MONEY)
        *out = money_decimal(a, jin_i64(v, "amount", 0), jin_str(v, "currency"));
    else if (f->input == IN_CURRENCY)
        *out = currency_of(c, o);
    else if (f->input == IN_PERCENT)
        *out = percent_text(a, v->i);
    else if (f->input == IN_TIME)
        *out = time_text(v->s);
    else if (f->input == IN_MINUTES)
        *out = minutes_text(a, v->i);
    else if (f->input == IN_CHECK)
        *out = v->b ? STR("1") : STR_NULL;
    else if (f->input == IN_SKUS)
        return skus_text(c, v, out);
    else
        *out = v->s; /* of numbers the digits */
    return ERR_OK;
}

enum err
kept_form(struct kept *c, const struct jval *o, struct jval **out)
{
    *out = jin_new_object(arena_of(c), KEPT_MEMBERS_MAX);
    for (const struct kept_field *f = c->k->fields; f->name != NULL; f++) {
        const struct jval *v = jin_get(o, f->name);
        struct str s = STR_NULL;
        enum err e;

        if (f->input != IN_CURRENCY && (v == NULL || v->type == J_NULL))
            continue;
        if (v != NULL && v->type == J_INT && v->i < 0) /* a new one's: not said yet */
            continue;
        if (v != NULL && kept_has_boxes(f)) {
            jin_add(*out, str_c(f->name), v);
            continue;
        }
        if ((e = to_text(c, f, o, v, &s)) != ERR_OK)
            return e;
        if (s.n > 0)
            jin_add_str(*out, str_c(f->name), s);
    }
    return ERR_OK;
}
