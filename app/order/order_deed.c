/* What shipping, refunding and taking back have in common: one transaction that claims
 * the key, locks the order and its lines, finds the items asked for, lets the work be
 * done, writes the lines' counters, and keeps the answer for repeats. */
#include "order/order_parts.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/crash.h"
#include "order/order_json.h"

#define ANSWER_MAX ((size_t)1 << 20)

static size_t
line_of(const struct deed *d, struct str sku)
{
    size_t i;

    for (i = 0; i < d->o.n; i++)
        if (str_eq(d->o.lines[i].sku, sku))
            break;
    return i;
}

/* The items as numbers beside the lines; every fault is named. */
static enum err
items_find(struct deed *d)
{
    enum err e = ERR_OK;
    char at[64];

    for (size_t k = 0; k < d->in->n; k++) {
        const struct order_item *it = &d->in->items[k];
        size_t i = line_of(d, it->sku);

        (void)snprintf(at, sizeof(at), "/items/%zu/sku", k);
        if (i == d->o.n)
            e = fault_field(d->flt, at, "unknown_sku", "not in this order");
        else if (d->units[i] != 0)
            e = fault_field(d->flt, at, "duplicate", "named twice");
        if (i == d->o.n || d->units[i] != 0)
            continue;
        d->units[i] = it->quantity;
        d->amount[i] = it->amount;
        if (it->quantity >= 1)
            continue;
        (void)snprintf(at, sizeof(at), "/items/%zu/quantity", k);
        e = fault_field(d->flt, at, "out_of_range", "at least 1");
    }
    return e;
}

enum err
order_deed_fault(const struct deed *d, size_t i, const char *member, const char *code,
    const char *detail, int64_t left)
{
    enum err e = ERR_INVALID;
    char at[64];

    for (size_t k = 0; k < d->in->n; k++) {
        if (!str_eq(d->in->items[k].sku, d->o.lines[i].sku))
            continue;
        (void)snprintf(at, sizeof(at), "/items/%zu/%s", k, member);
        e = fault_field(d->flt, at, code, "%s", detail);
        fault_extra_str(d->flt, "sku", d->o.lines[i].sku);
        fault_extra_i64(d->flt, "left", left);
    }
    return e;
}

enum err
order_deed_within(
    const struct deed *d, int64_t (*limit)(const struct order_line *l), const char *slug)
{
    bool over = false;

    for (size_t i = 0; i < d->o.n; i++) {
        int64_t left = limit(&d->o.lines[i]);

        if (d->units[i] <= left)
            continue;
        over = true;
        (void)order_deed_fault(
            d, i, "quantity", "out_of_range", "more than is left of it", left);
    }
    if (!over)
        return ERR_OK;
    return fault_set(
        d->flt, ERR_CONFLICT, slug, "That is more of a line than is left of it.");
}

enum err
order_deed_restock(
    struct db *db, struct deed *d, size_t i, int64_t units, int64_t cause_id)
{
    const struct order_line *l = &d->o.lines[i];

    if (units == 0)
        return ERR_OK;
    d->back[d->back_n++] = *l;
    return stock_return(db, l->sku_id, units, l->id, cause_id, d->in->actor);
}

static enum err
lines_save(struct db *db, const struct deed *d)
{
    enum err e = ERR_OK;

    for (size_t i = 0; i < d->o.n && e == ERR_OK; i++)
        if (d->units[i] != 0 ||
            order_line_open(&d->o.lines[i]) != order_line_open(&d->was[i]))
            e = order_store_line_save(db, &d->was[i], &d->o.lines[i]);
    return e;
}

static enum err
answer(struct db *db, const struct deed *d)
{
    struct order_full f;
    struct jout j;
    struct buf b;
    enum err e = order_get_full(db, d->a, d->in->id, &f);

    if (e != ERR_OK)
        return e;
    buf_init_arena(&b, d->a, ANSWER_MAX);
    jout_init(&j, &b);
    order_admin_jout(&j, &f);
    if (b.overflow)
        return ERR_TOO_LARGE;
    *d->out = (struct order_answer){
        .order_id = d->in->id, .http_status = 200, .body = buf_view(&b)};
    return order_idem_answer(db, &d->in->once, d->out);
}

static enum err
open_order(struct db *db, struct deed *d)
{
    struct order *o = &d->o;
    enum err e = order_store_lock(db, d->a, NULL, d->in->id, o);

    if (e == ERR_OK)
        e = order_store_lines(db, d->a, o->id, &o->lines, &o->n);
    if (e != ERR_OK)
        return e;
    d->now = clock_ms();
    d->was = arena_calloc(d->a, o->n + 1, sizeof(*d->was));
    memcpy(d->was, o->lines, o->n * sizeof(*d->was));
    d->units = arena_calloc(d->a, o->n + 1, sizeof(*d->units));
    d->amount = arena_calloc(d->a, o->n + 1, sizeof(*d->amount));
    d->back = arena_calloc(d->a, 2 * o->n + 1, sizeof(*d->back));
    d->back_n = 0;
    return items_find(d);
}

static enum err
deed_tx(struct db *db, void *arg)
{
    struct deed *d = arg;
    enum err e;

    fault_clear(d->flt);
    e = order_idem_claim(db, d->a, &d->in->once, d->in->id, d->out, d->flt);
    if (e != ERR_OK || d->out->replayed)
        return e;
    CRASH_POINT("order.deed.key");
    if ((e = open_order(db, d)) != ERR_OK)
        return e;
    if ((e = d->work(db, d)) != ERR_OK)
        return e;
    CRASH_POINT("order.deed.work");
    if ((e = lines_save(db, d)) != ERR_OK)
        return e;
    e = answer(db, d);
    CRASH_POINT("order.deed.before_commit");
    return e;
}

enum err
order_deed_do(struct db *db, struct deed *d)
{
    enum err e = db_tx(db, deed_tx, d);

    CRASH_POINT("order.deed.committed");
    if (e == ERR_OK && !d->out->replayed)
        order_products_changed(d->in->cache, d->back, d->back_n);
    return e;
}
