/* Writing mails: what the templates of app/web/mail are given. KIND.mustache says in
 * plain text what a mail is about, its first line is the subject; text and html put that,
 * an order's lines and sums, and a link around it, so that both always say the same. */
#include "notify/mail_write.h"

#include "http/field.h"
#include "json/jin.h"
#include "order/order.h"
#include "price/money.h"
#include "web/order_view.h"

#define WORDS_MAX ((size_t)32 << 10)
#define BODY_MAX ((size_t)2 << 20)
#define SUBJECT_MAX 300
#define CONTENTS_MAX ((size_t)16 << 10)

/* One mail on its way to being written. */
struct writing {
    const struct mail_shop *shop;
    struct arena *a;
    struct due *d;
    struct tval *t;
    struct due_mark *m;
};

static void
give_up(struct writing *w, enum due_end end, struct str why)
{
    w->m->end = end;
    w->m->why = notify_why(w->a, why);
}

static void
action(struct writing *w, const char *label, struct str path)
{
    struct tval *v = tval_add_obj(w->a, w->t, "action");

    tval_set_c(w->a, v, "label", label);
    tval_set_fmt(w->a, v, "url", "%s%.*s", w->shop->url, STR_F(path));
}

/* --- orders --- */

/* "2 × Lamp, 1 × Rug"; STR_NULL: about no line. */
static struct str
contents(struct arena *a, const struct order_part *p)
{
    struct buf b;

    if (p->n == 0)
        return STR_NULL;
    buf_init_arena(&b, a, CONTENTS_MAX);
    for (size_t i = 0; i < p->n; i++)
        buf_printf(&b, "%s%lld × %.*s", i > 0 ? ", " : "",
            (long long)p->lines[i].quantity, STR_F(p->lines[i].name));
    return buf_view(&b);
}

/* Of an order's parcels, refunds or returns the one that the event tells of: the last
 * there was by then. They are written with the event, at its time. */
static const struct order_part *
part_of(const struct order_part *p, size_t n, int64_t at_ms)
{
    const struct order_part *found = n > 0 ? &p[0] : NULL;

    for (size_t i = 0; i < n; i++)
        if (p[i].created_at <= at_ms)
            found = &p[i];
    return found;
}

static void
lines(struct arena *a, struct tval *t, const struct order *o)
{
    struct tval *list = tval_add_arr(a, t, "items");

    for (size_t i = 0; i < o->n; i++) {
        struct tval *v = tval_push_obj(a, list);

        tval_set_str(a, v, "name", o->lines[i].name);
        tval_set_i64(a, v, "quantity", o->lines[i].quantity);
        view_money(a, v, "line_total", o->lines[i].line_total, o->currency);
    }
}

static void
parcel(struct writing *w, const struct order *o)
{
    const struct order_history *h = &o->history;
    const struct order_part *p = part_of(h->shipments, h->shipments_n, w->d->ev.at_ms);
    struct tval *v;

    if (p == NULL) {
        view_null(w->a, w->t, "parcel");
        return;
    }
    v = tval_add_obj(w->a, w->t, "parcel");
    tval_set_str(w->a, v, "carrier", p->carrier);
    view_text(w->a, v, "tracking", p->tracking);
    view_text(w->a, v, "contents", contents(w->a, p));
}

static const struct jval *
data_of(struct writing *w)
{
    struct jval *v = NULL;

    if (w->d->ev.data.p == NULL || jin_parse(w->a, w->d->ev.data, &v, NULL) != ERR_OK)
        return NULL;
    return v;
}

/* What came back, money or goods: what the event says, or its own refund or return. */
static void
given_back(struct writing *w, const struct order *o)
{
    const struct jval *said = jin_get_type(data_of(w), "amount", J_OBJECT);
    const struct order_history *h = &o->history;
    const bool goods = str_eq_c(w->d->ev.type, "order.returned");
    const struct order_part *p = goods
                                     ? part_of(h->returns, h->returns_n, w->d->ev.at_ms)
                                     : part_of(h->refunds, h->refunds_n, w->d->ev.at_ms);

    view_text(w->a, w->t, "contents", p != NULL ? contents(w->a, p) : STR_NULL);
    view_money(w->a, w->t, "amount",
        jin_i64(said, "amount", p != NULL ? p->amount : o->total), o->currency);
}

static enum err
order_words(struct writing *w, struct db *db)
{
    struct arena *a = w->a;
    struct tval *t = w->t, *v;
    struct order o;
    enum err e = order_get_plain(db, a, NULL, w->d->ev.subject_id, &o);

    if (e == ERR_NOT_FOUND) {
        give_up(w, DUE_DEAD, STR("there is no such order"));
        return ERR_OK;
    }
    if (e != ERR_OK)
        return e;
    w->d->recipient = o.email;
    tval_set_str(a, t, "hello", o.address.name);
    tval_set_str(a, t, "number", o.number);
    view_money(a, t, "total", o.total, o.currency);
    view_text(a, t, "refunded",
        o.refunded > 0 ? money_format(a, o.refunded, o.currency) : STR_NULL);
    tval_set_bool(a, t, "unpaid", o.status == ORDER_PENDING);
    view_time(a, t, "expires_at", o.expires_at);
    parcel(w, &o);
    given_back(w, &o);
    v = tval_add_obj(a, t, "order");
    tval_set_str(a, v, "number", o.number);
    view_time(a, v, "placed_at", o.created_at);
    lines(a, v, &o);
    view_order_totals(a, v, &o, view_label(a, o.shipping_method));
    view_address(a, t, &o.address);
    action(w, "See your order", arena_printf(a, "/orders/%lld", (long long)o.id));
    tval_set_fmt(a, t, "why",
        "This mail came because of an order placed at %s with this"
        " address.",
        w->shop->name);
    return ERR_OK;
}

/* --- accounts and stock --- */

static void
account_words(struct writing *w)
{
    const struct jval *in = data_of(w);
    const bool verify = str_eq_c(w->d->ev.type, "account.verify");
    struct str path = jin_str(in, "path");

    w->d->recipient = jin_str(in, "email");
    view_text(w->a, w->t, "hello", jin_str(in, "name"));
    view_text(w->a, w->t, "what", jin_str(in, "what"));
    /* Only to ourselves: a path, not what a browser would take for another's address. */
    if (path.n > 0 && path.p[0] == '/' && !str_starts(path, STR("//")))
        action(w, verify ? "Confirm this address" : "Choose a new password", path);
    else if (path.n > 0)
        give_up(w, DUE_DEAD, STR("its link is not a path of the shop"));
    tval_set_fmt(w->a, w->t, "why",
        "This mail came because of an account at %s with this"
        " address.",
        w->shop->name);
}

static void
stock_words(struct writing *w)
{
    const struct jval *in = data_of(w);

    w->d->recipient = str_c(w->shop->staff);
    if (w->d->recipient.n == 0)
        give_up(w, DUE_SKIPPED, STR("no staff_email is set"));
    view_text(w->a, w->t, "name", jin_str(in, "name"));
    tval_set_str(w->a, w->t, "sku",
        jin_str(in, "sku").n > 0
            ? jin_str(in, "sku")
            : arena_printf(w->a, "%lld", (long long)w->d->ev.subject_id));
    tval_set_i64(w->a, w->t, "available", jin_i64(in, "available", 0));
    tval_set_fmt(w->a, w->t, "why", "%s sends this to its staff.", w->shop->name);
}

/* --- the whole --- */

/* What KIND.mustache says: its first line, and the paragraphs after it. */
static void
take_words(struct arena *a, struct tval *t, struct str words, struct due *d)
{
    struct str subject, rest, line;
    struct tval *list;
    struct buf b;

    (void)str_cut(words, '\n', &subject, &rest);
    d->subject = str_utf8_cut(arena_str(a, str_trim(subject)), SUBJECT_MAX);
    tval_set_str(a, t, "subject", d->subject);
    list = tval_add_arr(a, t, "paragraphs");
    buf_init_arena(&b, a, WORDS_MAX);
    for (bool more = true; more;) {
        more = str_next(&rest, '\n', &line);
        line = more ? str_trim(line) : STR_NULL;
        if (line.n > 0) {
            buf_c(&b, b.n > 0 ? " " : "");
            buf_str(&b, line);
        } else if (b.n > 0) {
            tval_set_str(a, tval_push_obj(a, list), "text", buf_view(&b));
            buf_clear(&b);
        }
    }
}

enum err
mail_render(const struct mail_shop *shop, struct arena *a, struct tval *t, struct due *d)
{
    const struct tmpl_set *set = shop->tmpl;
    struct buf words, text, html;
    enum err e;

    tval_set_c(a, t, "shop_name", shop->name);
    tval_set_c(a, t, "shop_url", shop->url);
    buf_init_arena(&words, a, WORDS_MAX);
    buf_init_arena(&text, a, BODY_MAX);
    buf_init_arena(&html, a, BODY_MAX);
    e = tmpl_render(set, arena_cstr(a, d->ev.type), t, a, &words);
    if (e != ERR_OK)
        return e;
    take_words(a, t, buf_view(&words), d);
    if ((e = tmpl_render(set, "text", t, a, &text)) == ERR_OK)
        e = tmpl_render(set, "html", t, a, &html);
    d->text = buf_view(&text);
    d->html = buf_view(&html);
    return e;
}

enum err
mail_write(const struct mail_shop *shop, struct db *db, struct arena *a, struct due *d,
    struct due_mark *m)
{
    const struct event_kind *k = event_kind_of(d->ev.type);
    struct writing w = {.shop = shop, .a = a, .d = d, .t = tval_obj(a), .m = m};
    enum err e = ERR_OK;

    *m = (struct due_mark){.end = DUE_SENT};
    if (k == NULL)
        give_up(&w, DUE_DEAD, STR("unknown type of event"));
    else if (k->about == ABOUT_ORDER)
        e = order_words(&w, db);
    else if (k->about == ABOUT_ACCOUNT)
        account_words(&w);
    else
        stock_words(&w);
    if (e != ERR_OK || m->end != DUE_SENT)
        return e;
    if (!field_email_ok(d->recipient))
        give_up(&w, DUE_DEAD,
            arena_printf(a, "an address that cannot be: \"%.*s\"", STR_F(d->recipient)));
    else if (mail_render(shop, a, w.t, d) != ERR_OK)
        give_up(&w, DUE_DEAD, STR("its template cannot be rendered"));
    return ERR_OK;
}
