/* The provider's page, where a buyer decides. The reference in its address is the secret that
 * lets one see it: no cookie, and so no form token. */
#include "base/log.h"
#include "html/tmpl.h"
#include "price/money.h"
#include "provider/provider.h"

#define PAGE_MAX ((size_t)64 << 10)

static struct provider *
provider_of(const struct req *rq)
{
    return rq->app;
}

static enum err
show(struct req *rq, struct resp *rs, const struct prov_payment *p, const char *note)
{
    struct arena *a = rq->arena;
    struct tval *t = tval_obj(a);
    bool pending = p->status == PROV_PENDING;
    struct buf b;
    enum err e;

    tval_set_str(a, t, "reference", p->reference);
    tval_set_str(a, t, "amount", money_format(a, p->amount, p->currency));
    tval_set_str(a, t, "return_to", p->return_to.n > 0 ? p->return_to : STR_NULL);
    tval_set_bool(a, t, "choose", pending && p->code.p == NULL);
    tval_set_str(a, t, "code", pending ? p->code : STR_NULL);
    tval_set_c(a, t, "note", note);
    tval_set_c(a, t, "ended", pending ? NULL : prov_status_text(p->status));
    buf_init_arena(&b, a, PAGE_MAX);
    if ((e = tmpl_render(provider_of(rq)->tmpl, "pay", t, a, &b)) != ERR_OK)
        return e;
    resp_header(rs, "Cache-Control", "no-store");
    resp_bytes(rs, 200, "text/html; charset=utf-8", buf_view(&b));
    return ERR_OK;
}

/* On to the shop, or, of a payment made without an address to return to, to this page. */
static void
leave(struct resp *rs, const struct prov_payment *p)
{
    if (p->return_to.n > 0)
        resp_redirect(rs, "%.*s", STR_F(p->return_to));
    else
        resp_redirect(rs, PROVIDER_PAGES "%.*s", STR_F(p->reference));
}

static enum err
page(struct req *rq, struct resp *rs)
{
    struct prov_payment p;
    enum err e = prov_get(provider_of(rq), rq->arena, rq->param[0], &p);

    return e == ERR_OK ? show(rq, rs, &p, NULL) : e;
}

static enum err
decide(struct req *rq, struct resp *rs)
{
    struct str action = jin_str(rq->in, "action"), ref = rq->param[0];
    struct provider *pv = provider_of(rq);
    struct prov_payment p;
    enum err e;

    if (str_eq_c(action, "approve"))
        e = prov_end(pv, rq->arena, ref, PROV_SUCCEEDED, &p);
    else if (str_eq_c(action, "decline"))
        e = prov_end(pv, rq->arena, ref, PROV_DECLINED, &p);
    else if (str_eq_c(action, "step"))
        e = prov_step(pv, rq->arena, ref, &p);
    else if (str_eq_c(action, "code"))
        e = prov_code(pv, rq->arena, ref, jin_str(rq->in, "code"), &p);
    else
        e = prov_get(pv, rq->arena, ref, &p); /* nothing: only back to the shop */
    if (e != ERR_OK)
        return e;
    if (p.status == PROV_PENDING && p.code.p != NULL && !str_eq_c(action, "nothing"))
        return show(rq, rs, &p,
            str_eq_c(action, "code") ? "That is not the code. Look again." : NULL);
    leave(rs, &p);
    return ERR_OK;
}

static const struct field decide_fields[] = {
    {.name = "action",
        .type = F_ENUM,
        .flags = FIELD_REQUIRED,
        .choices = "approve|decline|step|code|nothing"},
    {.name = "code", .type = F_STR, .flags = FIELD_TRIM, .max = 20},
    {.name = NULL},
};

const struct route provider_page_routes[] = {
    {M_GET, PROVIDER_PAGES "{reference}", page, AUTH_NONE, ROUTE_PAGE, NULL, NULL, "page",
        "Where a buyer pays"},
    {M_POST, PROVIDER_PAGES "{reference}", decide, AUTH_NONE, ROUTE_PAGE | ROUTE_NO_CSRF,
        NULL, decide_fields, "decide", "What the buyer decided"},
    {.pattern = NULL},
};
