/* The day at a glance: four figures, two weeks of revenue, what runs low, what came in.
 */
#include "admin/admin_page.h"
#include "admin/admin_store.h"
#include "base/clock.h"
#include "order/order.h"
#include "payment/payment.h"
#include "price/money.h"

#define DAYS 14
#define RECENT 8
#define LOW 12
/* The sheet the chart is drawn on; the template says where. */
#define Y_ZERO 170
#define Y_TOP 10
#define X_FIRST 62
#define X_STEP 47

struct home {
    struct arena *a;
    struct str currency;
    int64_t today;              /* as a day since 1970 */
    struct admin_day day[DAYS]; /* the last is today */
    int64_t placed, placed_before, waiting, low_n;
};

static enum err
days_load(struct home *h, struct db *db)
{
    struct admin_day *got;
    size_t i, n;
    enum err e = admin_store_days(db, h->a, h->today - DAYS + 1, h->currency, &got, &n);

    if (e != ERR_OK)
        return e;
    for (i = 0; i < DAYS; i++)
        h->day[i].day = h->today - DAYS + 1 + (int64_t)i;
    for (i = 0; i < n; i++) {
        int64_t at = got[i].day - h->day[0].day;

        if (at >= 0 && at < DAYS)
            h->day[at] = got[i];
    }
    return ERR_OK;
}

static enum err
home_load(struct home *h, struct db *db)
{
    enum err e =
        admin_store_placed(db, h->a, h->today * DAY_MS, &h->placed_before, &h->placed);

    if (e == ERR_OK)
        e = days_load(h, db);
    if (e == ERR_OK)
        e = admin_store_waiting(db, h->a, &h->waiting);
    return e == ERR_OK ? admin_store_low_count(db, h->a, &h->low_n) : e;
}

static void
figure(struct arena *a, struct tval *list, const char *label, struct str value,
    struct str note)
{
    struct tval *t = tval_push_obj(a, list);

    tval_set_c(a, t, "label", label);
    tval_set_str(a, t, "value", value);
    view_text(a, t, "note", note);
}

static void
figures_fill(const struct home *h, struct tval *t)
{
    struct tval *list = tval_add_arr(h->a, t, "figures");
    const struct admin_day *now = &h->day[DAYS - 1], *before = &h->day[DAYS - 2];

    figure(h->a, list, "Orders today", arena_printf(h->a, "%lld", (long long)h->placed),
        arena_printf(h->a, "yesterday %lld", (long long)h->placed_before));
    figure(h->a, list, "Revenue today", money_format(h->a, now->revenue, h->currency),
        arena_printf(h->a, "yesterday %.*s",
            STR_F(money_format(h->a, before->revenue, h->currency))));
    figure(
        h->a, list, "To ship", admin_capped(h->a, h->waiting), STR("paid, not yet sent"));
    figure(h->a, list, "Running low", admin_capped(h->a, h->low_n), STR("SKUs"));
}

/* "$1,000.00" -> "$1,000": the scale has little room. */
static struct str
whole_money(const struct home *h, int64_t amount)
{
    struct str s = money_format(h->a, amount, h->currency);
    size_t dot = str_chr(s, '.'), i;

    if (dot == SIZE_MAX)
        return s;
    for (i = dot + 1; i < s.n; i++)
        if (s.p[i] != '0')
            return s;
    return str_sub(s, 0, dot);
}

/* The scale's end: 10, 20, 50, 100 ... in whole units of the currency. */
static int64_t
scale_top(const struct home *h, int64_t max)
{
    int64_t top = 10;
    int i;

    for (i = currency_digits(h->currency); i > 0; i--)
        top *= 10;
    if (max > INT64_MAX / 8)
        return max;
    for (i = 0; top < max; i++)
        top = i % 3 == 1 ? top / 2 * 5 : top * 2;
    return top;
}

static void
bar_fill(const struct home *h, struct tval *list, size_t i, int64_t top)
{
    const struct admin_day *d = &h->day[i];
    struct tval *t = tval_push_obj(h->a, list);
    int64_t height = d->revenue * (Y_ZERO - Y_TOP) / top;

    if (d->revenue > 0 && height == 0)
        height = 1;
    tval_set_i64(h->a, t, "x", X_FIRST + X_STEP * (int64_t)i);
    tval_set_i64(h->a, t, "y", Y_ZERO - height);
    tval_set_i64(h->a, t, "h", height);
    tval_set_str(h->a, t, "label", admin_day_text(h->a, d->day * DAY_MS));
    view_money(h->a, t, "value", d->revenue, h->currency);
    tval_set_i64(h->a, t, "orders", d->orders);
    tval_set_bool(h->a, t, "last", i == DAYS - 1);
    tval_set_bool(h->a, t, "show_label", (DAYS - 1 - i) % 3 == 0);
}

static void
rule_fill(const struct home *h, struct tval *list, int64_t y, int64_t amount)
{
    struct tval *t = tval_push_obj(h->a, list);

    tval_set_i64(h->a, t, "y", y);
    tval_set_str(h->a, t, "label", whole_money(h, amount));
}

static void
chart_fill(const struct home *h, struct tval *data)
{
    struct tval *t = tval_add_obj(h->a, data, "chart"), *list;
    int64_t min = h->day[0].revenue, max = min, sum = 0, top;
    size_t i;

    for (i = 0; i < DAYS; i++) {
        min = h->day[i].revenue < min ? h->day[i].revenue : min;
        max = h->day[i].revenue > max ? h->day[i].revenue : max;
        sum += h->day[i].revenue;
    }
    top = scale_top(h, max);
    view_money(h->a, t, "total", sum, h->currency);
    tval_set_fmt(h->a, t, "summary",
        "Revenue of the last %d days, from %.*s to %.*s a day", DAYS,
        STR_F(money_format(h->a, min, h->currency)),
        STR_F(money_format(h->a, max, h->currency)));
    list = tval_add_arr(h->a, t, "rules");
    rule_fill(h, list, Y_ZERO, 0);
    rule_fill(h, list, (Y_ZERO + Y_TOP) / 2, top / 2);
    rule_fill(h, list, Y_TOP, top);
    list = tval_add_arr(h->a, t, "bars");
    for (i = 0; i < DAYS; i++)
        bar_fill(h, list, i, top);
}

static enum err
low_fill(struct arena *a, struct db *db, struct tval *data)
{
    struct tval *list = tval_add_arr(a, data, "low_stock");
    struct admin_low *low;
    size_t i, n;
    enum err e = admin_store_low(db, a, LOW, &low, &n);

    if (e != ERR_OK)
        return e;
    for (i = 0; i < n; i++) {
        struct tval *t = tval_push_obj(a, list);

        tval_set_str(a, t, "sku", low[i].sku);
        tval_set_fmt(a, t, "name", low[i].variant.n > 0 ? "%.*s, %.*s" : "%.*s%.*s",
            STR_F(low[i].name), STR_F(low[i].variant));
        tval_set_fmt(a, t, "url", "/admin/products/%lld", (long long)low[i].product_id);
        tval_set_i64(a, t, "available", low[i].available);
        tval_set_bool(a, t, "out", low[i].available == 0);
    }
    tval_set_bool(a, data, "has_low_stock", n > 0);
    return ERR_OK;
}

static enum err
recent_fill(struct arena *a, struct db *db, struct tval *data)
{
    const struct order_filter f = {.status = STR_NULL, .page = 1, .per_page = RECENT};
    struct tval *list = tval_add_arr(a, data, "recent");
    struct order *o;
    int64_t total;
    size_t i, n;
    enum err e = order_list(db, a, &f, &o, &n, &total);

    if (e != ERR_OK)
        return e;
    for (i = 0; i < n; i++) {
        struct tval *t = tval_push_obj(a, list);
        struct str status = str_c(order_status_text(o[i].status));

        tval_set_str(a, t, "number", o[i].number);
        tval_set_fmt(a, t, "url", "/admin/orders/%lld", (long long)o[i].id);
        admin_time(a, t, "placed_at", o[i].created_at);
        tval_set_str(a, t, "customer", o[i].address.name);
        view_money(a, t, "total", o[i].total, o[i].currency);
        tval_set_str(a, t, "status", status);
        tval_set_str(a, t, "status_label", view_label(a, status));
    }
    tval_set_bool(a, data, "has_recent", n > 0);
    return ERR_OK;
}

/* Staff cannot open the payments, but may tell somebody who can. */
static enum err
needy_fill(struct arena *a, struct db *db, struct tval *t)
{
    struct tval *v;
    int64_t n;
    enum err e = payment_needy(db, a, &n);

    if (e != ERR_OK || n == 0) {
        view_null(a, t, "needy");
        return e;
    }
    v = tval_add_obj(a, t, "needy");
    tval_set_fmt(a, v, "text", n == 1 ? "%lld payment needs a person." : "%lld payments need a person.",
        (long long)n);
    tval_set_c(a, v, "url", "/admin/payments?status=" PAYMENT_NEEDY);
    return ERR_OK;
}

enum err
admin_home_get(struct req *rq, struct resp *rs)
{
    struct home h = {.a = rq->arena,
        .currency = str_c(app_of(rq)->set.currency),
        .today = clock_ms() / DAY_MS};
    struct tval *t = tval_obj(rq->arena);
    struct db *db;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = home_load(&h, db);
    if (e == ERR_OK)
        e = low_fill(rq->arena, db, t);
    if (e == ERR_OK)
        e = recent_fill(rq->arena, db, t);
    if (e == ERR_OK)
        e = needy_fill(rq->arena, db, t);
    if (e != ERR_OK)
        return e;
    tval_set_c(rq->arena, t, "title", "Today");
    tval_set_bool(rq->arena, t, "can_change", admin_may_change(rq));
    figures_fill(&h, t);
    chart_fill(&h, t);
    return admin_send(rq, rs, 200, "admin_home", t);
}
