/* The small forms that several pages share. */
#include "web/view.h"

#include <string.h>
#include <time.h>

#include "price/money.h"

#define LOW_STOCK 5

void
view_null(struct arena *a, struct tval *t, const char *name)
{
    tval_set_bool(a, t, name, false);
}

void
view_text(struct arena *a, struct tval *t, const char *name, struct str s)
{
    if (s.n == 0)
        view_null(a, t, name);
    else
        tval_set_str(a, t, name, s);
}

void
view_money(struct arena *a, struct tval *t, const char *name, int64_t amount,
    struct str currency)
{
    tval_set_str(a, t, name, money_format(a, amount, currency));
}

struct str
view_rate(struct arena *a, int64_t ppm)
{
    struct str s = arena_printf(
        a, "%lld.%04lld", (long long)(ppm / 10000), (long long)(ppm % 10000));

    while (s.p[s.n - 1] == '0')
        s.n--;
    if (s.p[s.n - 1] == '.')
        s.n--;
    return arena_printf(a, "%.*s %%", STR_F(s));
}

struct str
view_time_text(struct arena *a, int64_t ms)
{
    static const char *const months[] = {"January", "February", "March", "April", "May",
        "June", "July", "August", "September", "October", "November", "December"};
    time_t s = (time_t)(ms / 1000);
    struct tm tm;

    if (gmtime_r(&s, &tm) == NULL)
        return STR("");
    return arena_printf(a, "%d %s %d, %02d:%02d UTC", tm.tm_mday, months[tm.tm_mon],
        tm.tm_year + 1900, tm.tm_hour, tm.tm_min);
}

void
view_time(struct arena *a, struct tval *t, const char *name, int64_t ms)
{
    tval_set_str(a, t, name, view_time_text(a, ms));
}

struct str
view_label(struct arena *a, struct str status)
{
    char *p = arena_cstr(a, status);
    size_t i;

    for (i = 0; i < status.n; i++)
        if (p[i] == '_')
            p[i] = ' ';
    if (p[0] >= 'a' && p[0] <= 'z')
        p[0] = (char)(p[0] - ('a' - 'A'));
    return (struct str){p, status.n};
}

void
view_image(struct arena *a, struct tval *t, const char *name, const struct assets *as,
    struct str url)
{
    view_text(a, t, name, url.n > 0 ? asset_url(as, url) : url);
}

const char *
view_stock_level(int64_t stock)
{
    if (stock <= 0)
        return "out";
    return stock <= LOW_STOCK ? "low" : "in";
}

struct str
view_stock_text(struct arena *a, int64_t stock)
{
    if (stock <= 0)
        return STR("Sold out");
    if (stock <= LOW_STOCK)
        return arena_printf(a, "Only %lld left", (long long)stock);
    return STR("In stock");
}

void
view_card(struct arena *a, struct tval *t, const struct assets *as,
    const struct product_card *c)
{
    bool low = c->stock > 0 && c->stock <= LOW_STOCK;

    tval_set_fmt(a, t, "url", "/products/%.*s", STR_F(c->slug));
    tval_set_str(a, t, "name", c->name);
    view_text(a, t, "brand", c->brand);
    view_image(a, t, "image", as, c->image);
    view_money(a, t, "price", c->price, c->currency);
    tval_set_bool(a, t, "price_from", c->price_max > c->price);
    view_null(a, t, "old_price");
    view_null(a, t, "badge");
    view_null(a, t, "sale");
    tval_set_bool(a, t, "in_stock", c->stock > 0);
    view_text(a, t, "low_text", low ? view_stock_text(a, c->stock) : STR_NULL);
}

void
view_cards(struct arena *a, struct tval *data, const char *name, const struct assets *as,
    const struct product_card *c, size_t n)
{
    struct tval *list = tval_add_arr(a, data, name);
    size_t i;

    for (i = 0; i < n; i++)
        view_card(a, tval_push_obj(a, list), as, &c[i]);
}

static void
page_link(struct arena *a, struct tval *pages, struct str base, int64_t number, bool current)
{
    struct tval *p = tval_push_obj(a, pages);

    tval_set_i64(a, p, "number", number);
    tval_set_bool(a, p, "gap", false);
    tval_set_bool(a, p, "current", current);
    tval_set_fmt(a, p, "url", "%.*spage=%lld", STR_F(base), (long long)number);
}

static void
page_step(struct arena *a, struct tval *t, const char *name, struct str base, int64_t number,
    bool there)
{
    if (there)
        tval_set_fmt(a, t, name, "%.*spage=%lld", STR_F(base), (long long)number);
    else
        view_null(a, t, name);
}

void
view_pager(struct arena *a, struct tval *data, struct str base, struct paging pg,
    int64_t total)
{
    int64_t last = paging_last(pg, total), shown = 0, i;
    struct tval *t, *pages;

    if (last <= 1) {
        view_null(a, data, "pager");
        return;
    }
    t = tval_add_obj(a, data, "pager");
    page_step(a, t, "prev_url", base, pg.page - 1, pg.page > 1);
    page_step(a, t, "next_url", base, pg.page + 1, pg.page < last);
    tval_set_fmt(a, t, "summary", "Page %lld of %lld", (long long)pg.page, (long long)last);
    pages = tval_add_arr(a, t, "pages");
    /* The first, the last, and two on either side of this one. */
    for (i = 1; i <= last; i++) {
        if (i > 1 && i < pg.page - 2)
            i = pg.page - 2;
        if (i > pg.page + 2 && i < last)
            i = last;
        if (i - shown > 1)
            tval_set_bool(a, tval_push_obj(a, pages), "gap", true);
        page_link(a, pages, base, i, i == pg.page);
        shown = i;
    }
}

struct str
view_fault(const struct fault *flt, const char *name)
{
    size_t i;

    for (i = 0; i < flt->n; i++) {
        const char *slash = strrchr(flt->field[i].pointer, '/');

        if (slash != NULL && strcmp(slash + 1, name) == 0)
            return str_c(flt->field[i].detail);
    }
    return STR_NULL;
}

void
view_errors(struct arena *a, struct tval *data, const struct fault *flt,
    const char *const *names)
{
    struct tval *t = tval_add_obj(a, data, "errors");
    bool named = false;
    size_t i;

    for (i = 0; names[i] != NULL; i++) {
        struct str detail = arena_str(a, view_fault(flt, names[i]));

        named = named || detail.n > 0;
        view_text(a, t, names[i], detail);
    }
    if (named || (flt->detail[0] == '\0' && flt->n == 0))
        view_null(a, data, "form_error");
    else
        view_text(a, data, "form_error",
            arena_str(a, str_c(flt->detail[0] != '\0' ? flt->detail : flt->field[0].detail)));
}
