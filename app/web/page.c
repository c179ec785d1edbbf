/* Sending pages: a template, what every page shows, and this shopper's slots. */
#include "web/page.h"

#include "base/clock.h"
#include "base/log.h"
#include "web/assets.h"
#include "web/page_parts.h"

#define PAGE_MAX ((size_t)2 << 20)
#define NAV_MAX 8
#define HTML_TYPE "text/html; charset=utf-8"

/* "path<TAB>name" lines of the top categories with the most products. */
static enum err
nav_load(void *arg, struct arena *a, struct str *out)
{
    struct req *rq = arg;
    const struct category *top[NAV_MAX];
    struct category *c = NULL;
    struct buf b;
    struct db *db;
    size_t i, n = 0;
    enum err e = app_db(rq, &db);

    if (e == ERR_OK)
        e = catalog_categories(db, a, &c, &n);
    if (e != ERR_OK)
        return e;
    buf_init_arena(&b, a, 64 << 10);
    n = category_top(c, n, top, NAV_MAX);
    for (i = 0; i < n; i++)
        buf_printf(&b, "%.*s\t%.*s\n", STR_F(top[i]->path), STR_F(top[i]->name));
    *out = buf_view(&b);
    return ERR_OK;
}

static void
nav_set(struct req *rq, struct tval *data)
{
    struct tval *nav = tval_add_arr(rq->arena, data, "nav_categories");
    struct str lines, line, path, name;

    if (cache_get(app_of(rq)->cache, rq->arena, STR("nav"), nav_load, rq, &lines) != ERR_OK)
        return;
    while (str_next(&lines, '\n', &line)) {
        struct tval *c;
        struct str url;

        if (!str_cut(line, '\t', &path, &name))
            continue;
        c = tval_push_obj(rq->arena, nav);
        url = arena_printf(rq->arena, "/categories/%.*s", STR_F(path));
        tval_set_str(rq->arena, c, "name", name);
        tval_set_str(rq->arena, c, "url", url);
        tval_set_bool(rq->arena, c, "current", str_starts(rq->path, url));
    }
}

void
page_common(struct req *rq, struct tval *data)
{
    static const char *const names[][2] = {
        {"static_css", "/static/css/souk.css"},
        {"static_admin_css", "/static/css/admin.css"},
        {"static_js", "/static/js/souk.js"},
        {"static_logo", "/static/logo.svg"},
        {"static_hero", "/static/demo/hero.svg"},
        {"static_favicon", "/static/favicon.svg"},
        {"static_icons", "/static/icons.svg"},
    };
    const struct app *app = app_of(rq);
    char now[TIME_RFC3339_N];
    size_t i;

    for (i = 0; i < NELEM(names); i++)
        tval_set_str(rq->arena, data, names[i][0], asset_url(app->assets, str_c(names[i][1])));
    tval_set_c(rq->arena, data, "shop_name", app->set.shop_name);
    tval_set_fmt(rq->arena, data, "year", "%.4s", time_rfc3339(now, clock_ms()));
    nav_set(rq, data);
}

static void
set_slots(struct req *rq, struct tval *data, const struct str slots[SLOT__MAX])
{
    tval_set_str(rq->arena, data, "slot_account", slots[SLOT_ACCOUNT]);
    tval_set_str(rq->arena, data, "slot_cart", slots[SLOT_CART]);
    tval_set_str(rq->arena, data, "slot_flash", slots[SLOT_FLASH]);
    tval_set_str(rq->arena, data, "csrf", slots[SLOT_CSRF]);
}

static enum err
render(struct req *rq, const char *name, const struct tval *data, struct buf *out)
{
    enum err e = tmpl_render(app_of(rq)->tmpl, name, data, rq->arena, out);

    if (e == ERR_OK)
        return ERR_OK;
    log_error("page", "event=render_failed template=%s", name);
    return ERR_INTERNAL;
}

/* Type and caching of a page: private, and asked for anew each time, since the next click
 * must show what the last one did. */
static void
page_head(struct resp *rs, int status)
{
    rs->status = status;
    rs->type = HTML_TYPE;
    if (!resp_has(rs, "Cache-Control")) /* an error page has a stricter one already */
        resp_header(rs, "Cache-Control", "private, no-cache");
}

enum err
page_send(struct req *rq, struct resp *rs, int status, const char *name, struct tval *data)
{
    struct str slots[SLOT__MAX];
    struct buf b;
    enum err e;

    page_common(rq, data);
    page_slots(rq, rs, slots);
    set_slots(rq, data, slots);
    buf_init_arena(&b, rq->arena, PAGE_MAX);
    if ((e = render(rq, name, data, &b)) != ERR_OK)
        return e;
    buf_clear(&rs->body);
    buf_str(&rs->body, buf_view(&b));
    page_head(rs, status);
    return ERR_OK;
}

struct cached {
    struct req *rq;
    const char *name;
    enum err (*fill)(void *arg, struct req *rq, struct tval *data);
    void *arg;
};

/* A page as all shoppers share it, marks where the slots go. */
static enum err
cached_load(void *arg, struct arena *a, struct str *out)
{
    struct cached *c = arg;
    struct tval *data = tval_obj(a);
    struct str marks[SLOT__MAX];
    struct buf b;
    enum err e;
    int i;

    if ((e = c->fill(c->arg, c->rq, data)) != ERR_OK)
        return e;
    page_common(c->rq, data);
    for (i = 0; i < SLOT__MAX; i++)
        marks[i] = page_slot_mark(c->rq, (enum page_slot)i);
    set_slots(c->rq, data, marks);
    buf_init_arena(&b, a, PAGE_MAX);
    if ((e = render(c->rq, c->name, data, &b)) == ERR_OK)
        *out = buf_view(&b);
    return e;
}

enum err
page_send_cached(struct req *rq, struct resp *rs, struct str key, const char *name,
    enum err (*fill)(void *arg, struct req *rq, struct tval *data), void *arg)
{
    struct cached c = {rq, name, fill, arg};
    struct str slots[SLOT__MAX], page;
    enum err e;

    e = key.p != NULL ? cache_get(app_of(rq)->cache, rq->arena, key, cached_load, &c, &page)
                      : cached_load(&c, rq->arena, &page);
    if (e != ERR_OK)
        return e;
    page_slots(rq, rs, slots);
    page_fill_slots(rq, page, slots, &rs->body);
    page_head(rs, 200);
    return ERR_OK;
}
