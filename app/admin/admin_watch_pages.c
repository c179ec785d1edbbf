/* What the lists of payments and news show, and in which words. */
#include "admin/admin_watch.h"
#include "base/clock.h"
#include "price/money.h"

/* What became of it, and how that looks. */
const char *
watch_badge(struct str status)
{
    static const char *const looks[][2] = {
        {"succeeded", "paid"},
        {"sent", "paid"},
        {"declined", "cancelled"},
        {"mismatch", "cancelled"},
        {"dead", "cancelled"},
        {"failed", "draft"},
        {"late", "draft"},
        {"skipped", "archived"},
    };

    for (size_t i = 0; i < NELEM(looks); i++)
        if (str_eq_c(status, looks[i][0]))
            return looks[i][1];
    return "pending";
}

struct str
watch_when(struct arena *a, const struct jval *o, const char *member)
{
    int64_t ms;

    return time_rfc3339_parse(jin_str(o, member), &ms) ? view_time_text(a, ms) : STR_NULL;
}

void
watch_status_cell(struct arena *a, const struct jval *o, struct watch_cell *out)
{
    out->text = view_label(a, jin_str(o, "status"));
    out->badge = watch_badge(jin_str(o, "status"));
}

static struct str
money_of(struct arena *a, const struct jval *o, const char *member)
{
    const struct jval *m = jin_get(o, member);

    return money_format(a, jin_i64(m, "amount", 0), jin_str(m, "currency"));
}

/* --- payments --- */

static void
cell_payment(struct arena *a, const struct jval *o, struct watch_cell *out)
{
    out->text = watch_when(a, o, "created_at");
    out->url =
        arena_printf(a, "/admin/payments/%.*s", STR_F(jin_str(o, "id")));
}

static void
cell_order(struct arena *a, const struct jval *o, struct watch_cell *out)
{
    out->text = STR("Its order");
    out->url = arena_printf(a, "/admin/orders/%.*s", STR_F(jin_str(o, "order_id")));
}

static void
cell_provider(struct arena *a, const struct jval *o, struct watch_cell *out)
{
    (void)a;
    out->text = jin_str(o, "provider");
    out->note = jin_str(o, "reference");
}

static void
cell_amount(struct arena *a, const struct jval *o, struct watch_cell *out)
{
    out->text = money_of(a, o, "amount");
    if (jin_i64(jin_get(o, "refunded"), "amount", 0) > 0)
        out->note = arena_printf(a, "%.*s given back", STR_F(money_of(a, o, "refunded")));
}

static const struct watch_column payment_columns[] = {
    {"Tried", false, cell_payment},
    {"Order", false, cell_order},
    {"Provider", false, cell_provider},
    {"Result", false, watch_status_cell},
    {"Amount", true, cell_amount},
    {.label = NULL},
};

static const struct watch_page pages[] = {
    {&payment_watch, "Payments", "Payment",
        "Each attempt to pay an order. A mismatch, where the provider took another sum than"
        " was asked, waits for a person.",
        "No payment has been tried.", payment_columns, NULL, NULL, false},
};

const struct watch_page *
watch_page_at(size_t i)
{
    return i < NELEM(pages) ? &pages[i] : NULL;
}
