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
    out->url = arena_printf(a, "/admin/payments/%.*s", STR_F(jin_str(o, "id")));
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

/* --- news --- */

static void
cell_when(struct arena *a, const struct jval *o, struct watch_cell *out)
{
    out->text = watch_when(a, o, "created_at");
}

/* An order's page, where the event is of an order. */
static void
cell_event(struct arena *a, const struct jval *o, struct watch_cell *out)
{
    out->text = jin_str(o, "type");
    if (str_starts(out->text, STR("order.")))
        out->url = arena_printf(a, "/admin/orders/%.*s", STR_F(jin_str(o, "subject_id")));
}

static void
cell_mail(struct arena *a, const struct jval *o, struct watch_cell *out)
{
    struct str subject = jin_str(o, "subject");

    out->text = subject.n > 0 ? subject : STR("Not written yet");
    out->note = jin_str(o, "recipient");
    out->url = arena_printf(a, "/admin/mails/%.*s", STR_F(jin_str(o, "id")));
}

static void
cell_webhook(struct arena *a, const struct jval *o, struct watch_cell *out)
{
    out->text = jin_str(o, "url");
    out->url = arena_printf(a, "/admin/webhook-deliveries/%.*s", STR_F(jin_str(o, "id")));
}

/* "3 tries", what the last one came to, and when the next one is due. */
static void
cell_tries(struct arena *a, const struct jval *o, struct watch_cell *out)
{
    const int64_t code = jin_i64(o, "last_code", 0);
    struct str why = jin_str(o, "last_error"), next = watch_when(a, o, "next_at");

    out->text = admin_count(a, jin_i64(o, "tries", 0), "try", "tries");
    if (why.n > 0)
        out->note =
            code > 0 ? arena_printf(a, "%lld: %.*s", (long long)code, STR_F(why)) : why;
    else if (next.n > 0)
        out->note = arena_printf(a, "due %.*s", STR_F(next));
}

static void
cell_dead(struct arena *a, const struct jval *o, struct watch_cell *out)
{
    struct str kind = jin_str(o, "kind"), to = jin_str(o, "to");

    out->text = to.n > 0 ? to : view_label(a, kind);
    if (to.n > 0)
        out->note = view_label(a, kind);
    if (str_eq_c(kind, "mail"))
        out->url = arena_printf(a, "/admin/mails/%.*s", STR_F(jin_str(o, "id")));
    if (str_eq_c(kind, "webhook"))
        out->url =
            arena_printf(a, "/admin/webhook-deliveries/%.*s", STR_F(jin_str(o, "id")));
}

static void
cell_reason(struct arena *a, const struct jval *o, struct watch_cell *out)
{
    out->text = jin_str(o, "reason");
    out->note = admin_count(a, jin_i64(o, "tries", 0), "try", "tries");
}

static const struct watch_column mail_columns[] = {
    {"Mail", false, cell_mail},
    {"Event", false, cell_event},
    {"When", false, cell_when},
    {"State", false, watch_status_cell},
    {"Tries", false, cell_tries},
    {.label = NULL},
};
static const struct watch_column delivery_columns[] = {
    {"To", false, cell_webhook},
    {"Event", false, cell_event},
    {"When", false, cell_when},
    {"State", false, watch_status_cell},
    {"Tries", false, cell_tries},
    {.label = NULL},
};
static const struct watch_column dead_columns[] = {
    {"For", false, cell_dead},
    {"Event", false, cell_event},
    {"When", false, cell_when},
    {"Why not", false, cell_reason},
    {.label = NULL},
};
static const struct watch_text mail_texts[] = {
    {"text", "What it says", false},
    {"html", "Its HTML, as it was sent", true},
    {.member = NULL},
};
static const struct watch_text delivery_texts[] = {
    {"body", "Its body", false},
    {.member = NULL},
};

static const struct watch_page pages[] = {
    {&payment_watch, "Payments", "Payment",
        "Each attempt to pay an order. A mismatch, where the provider took another sum "
        "than"
        " was asked, waits for a person.",
        "No payment has been tried.", payment_columns, NULL, NULL, false},
    {&mail_watch, "Mails", "Mail",
        "What the shop wrote to people. A failed one is tried again, for three days.",
        "No mail was written.", mail_columns, mail_texts, NULL, true},
    {&delivery_watch, "Webhooks", "Webhook",
        "What the shop told other programs. A failed one is tried again, for three days.",
        "Nothing was told.", delivery_columns, delivery_texts, NULL, true},
    {&dead_watch, "Dead letters", "Dead letter",
        "What could not be done in three days, and what cannot be done as it is. Try it"
        " again when the reason is gone.",
        "Everything got through.", dead_columns, NULL, "Try again", true},
};

const struct watch_page *
watch_page_at(size_t i)
{
    return i < NELEM(pages) ? &pages[i] : NULL;
}
