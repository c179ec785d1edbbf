/* Errors as pages: what happened, in words a shopper understands, and where to go next. */
#include "base/log.h"
#include "http/form.h"
#include "web/page.h"

struct message {
    const char *title, *detail;
};

/* What a shopper is told when the fault carries no words of its own. */
static const struct message messages[ERR__MAX] = {
    [ERR_BAD] = {"We could not read that", "The request was damaged on its way. Try again."},
    [ERR_AUTH] = {"Please sign in", "This page is for signed-in customers."},
    [ERR_DECLINED] = {"The payment was declined", "Nothing was charged. Try another way to pay."},
    [ERR_FORBIDDEN] = {"This is not open to you",
        "The form may have been open for long, or the page belongs to somebody else."
        " Go back, reload the page and try again."},
    [ERR_NOT_FOUND] = {"There is no such page", "It may have moved, or it never was here."},
    [ERR_METHOD] = {"That does not work here", "Go back and try another way."},
    [ERR_CONFLICT] = {"That is not possible any more",
        "Something changed since you opened the page. Look again."},
    [ERR_PRECONDITION] = {"Somebody else changed this",
        "Reload the page to see what it looks like now, then make your change again."},
    [ERR_TOO_LARGE] = {"That is too large", "Send less at once."},
    [ERR_MEDIA] = {"We cannot read that kind of file", "Use the form on the page."},
    [ERR_INVALID] = {"Something is not right yet", "Check what you entered and try again."},
    [ERR_NO_CONDITION] = {"Somebody else may have changed this", "Reload the page first."},
    [ERR_LIMIT] = {"Too many at once", "Wait a moment, then try again."},
    [ERR_INTERNAL] = {"We made a mistake", "It is noted. Nothing of yours was lost."},
    [ERR_BUSY] = {"The market is crowded", "Many people are buying right now."},
    [ERR_UPSTREAM] = {"We are closed for a moment",
        "A part of the shop is being restarted. Your orders are safe."},
};

static void
action(struct req *rq, struct tval *list, const char *label, struct str url, bool primary)
{
    struct tval *t = tval_push_obj(rq->arena, list);

    tval_set_c(rq->arena, t, "label", label);
    tval_set_str(rq->arena, t, "url", url);
    tval_set_bool(rq->arena, t, "primary", primary);
}

static void
actions(struct req *rq, struct tval *data, enum err e)
{
    struct tval *list = tval_add_arr(rq->arena, data, "actions");

    if (e == ERR_AUTH) {
        action(rq, list, "Sign in",
            arena_printf(rq->arena, "/login?next=%.*s",
                STR_F(percent_encode(rq->arena, rq->path))),
            true);
        action(rq, list, "Open an account", STR("/register"), false);
    }
    if (rq->method == M_GET && (e == ERR_BUSY || e == ERR_UPSTREAM || e == ERR_LIMIT))
        action(rq, list, "Try again", rq->path, true);
    if (e == ERR_CONFLICT)
        action(rq, list, "Back to the cart", STR("/cart"), true);
    action(rq, list, "To the front page", STR("/"), e == ERR_NOT_FOUND);
}

/* The fault's own words, or the first bad field's. */
static struct str
detail_of(struct req *rq, const struct resp *rs, enum err e)
{
    if (rs->fault.n > 0 && rs->fault.field[0].detail[0] != '\0')
        return arena_str(rq->arena, str_c(rs->fault.field[0].detail));
    if (rs->fault.detail[0] != '\0' && err_status(e) < 500)
        return arena_str(rq->arena, str_c(rs->fault.detail));
    return str_c(messages[e].detail);
}

void
page_error(struct req *rq, struct resp *rs, enum err e)
{
    int status = err_status(e);
    int retry = rs->fault.retry_after;
    struct tval *t = tval_obj(rq->arena);

    if (retry == 0 && (status == 503 || status == 429))
        retry = 1;
    tval_set_c(rq->arena, t, "title", messages[e].title);
    tval_set_i64(rq->arena, t, "status", status);
    tval_set_str(rq->arena, t, "detail", detail_of(rq, rs, e));
    tval_set_str(rq->arena, t, "request_id", rq->id);
    if (retry > 0) /* the router has set the header */
        tval_set_i64(rq->arena, t, "retry_after", retry);
    else
        tval_set_bool(rq->arena, t, "retry_after", false);
    actions(rq, t, e);
    if (page_send(rq, rs, status, "error", t) != ERR_OK)
        resp_bytes(rs, status, "text/plain; charset=utf-8", str_c(messages[e].title));
}
