/* A file of products from the browser: what `souk import` does, for who has no shell, and
 * as large as a request may be. Larger files are the command's. */
#include <stdio.h>

#include "admin/admin_page.h"
#include "base/log.h"
#include "catalog/import.h"
#include "http/multipart.h"

#define BAD_LINES_SHOWN 50

const struct field admin_import_in[] = {
    {.name = "set_stock", .type = F_BOOL},
    {.name = NULL},
};

/* The lines that were refused, as they are shown. */
struct refused {
    struct arena *arena;
    struct tval *list;
    int64_t n;
};

static bool
ticked(const struct req *rq)
{
    const struct jval *v = jin_get_type(rq->in, "set_stock", J_BOOL);

    return v != NULL && v->b;
}

static void
bad_line(void *arg, int64_t line, const char *reason)
{
    struct refused *r = arg;
    struct tval *t;

    if (r->n++ >= BAD_LINES_SHOWN)
        return;
    t = tval_push_obj(r->arena, r->list);
    tval_set_i64(r->arena, t, "line", line);
    tval_set_str(r->arena, t, "reason",
        admin_sentence(r->arena, arena_str(r->arena, str_c(reason))));
}

/* The page: `t` has what an import came to, if there was one. */
static enum err
show(struct req *rq, struct resp *rs, int status, struct tval *t, bool done)
{
    static const char *const names[] = {"file", NULL};
    const int64_t max = app_of(rq)->set.body_max;

    tval_set_c(rq->arena, t, "title", "Import products");
    tval_set_bool(rq->arena, t, "done", done);
    tval_set_bool(rq->arena, t, "set_stock", ticked(rq));
    if (max >= 1 << 20)
        tval_set_fmt(rq->arena, t, "max", "%lld MB", (long long)(max >> 20));
    else
        tval_set_fmt(rq->arena, t, "max", "%lld kB", (long long)(max >> 10));
    tval_set_str(rq->arena, t, "currency", str_c(app_of(rq)->set.currency));
    view_errors(rq->arena, t, &rs->fault, names);
    return admin_send(rq, rs, status, "admin_import", t);
}

enum err
admin_import_get(struct req *rq, struct resp *rs)
{
    return show(rq, rs, 200, tval_obj(rq->arena), false);
}

static void
report_fill(struct arena *a, struct tval *t, const struct import_report *r,
    const struct refused *bad, const struct part *file)
{
    tval_set_str(a, t, "filename", str_utf8_cut(file->filename, 100));
    tval_set_str(a, t, "lines", admin_count(a, r->lines, "line", "lines"));
    tval_set_i64(a, t, "created", r->created);
    tval_set_i64(a, t, "updated", r->updated);
    tval_set_i64(a, t, "unchanged", r->unchanged);
    tval_set_i64(a, t, "bad", r->bad);
    tval_set_bool(a, t, "has_bad", r->bad > 0);
    tval_set_i64(
        a, t, "bad_more", bad->n > BAD_LINES_SHOWN ? bad->n - BAD_LINES_SHOWN : 0);
    tval_set_bool(a, t, "has_bad_more", bad->n > BAD_LINES_SHOWN);
}

static enum err
import(
    struct req *rq, const struct part *file, struct refused *bad, struct import_report *r)
{
    const struct import_options o = {.currency = str_c(app_of(rq)->set.currency),
        .set_stock = ticked(rq),
        .actor = app_actor(rq),
        .bad_line = bad_line,
        .arg = bad};
    struct db *db;
    enum err e = app_db(rq, &db);
    FILE *in;

    if (e != ERR_OK)
        return e;
    /* Read only: the cast takes away nothing that is needed. */
    in = fmemopen((void *)(uintptr_t)file->data.p, file->data.n, "r");
    if (in == NULL)
        return ERR_INTERNAL;
    e = import_file(db, app_of(rq)->cache, in, &o, r);
    (void)fclose(in);
    return e;
}

/* POST /admin/products/import: 200 with what became of each line; 422 without a file. */
enum err
admin_import_form(struct req *rq, struct resp *rs)
{
    const struct part *file = req_file(rq, "file");
    struct tval *t = tval_obj(rq->arena);
    struct refused bad = {.arena = rq->arena};
    struct import_report r = {.lines = 0};
    enum err e;

    if (file == NULL || file->data.n == 0) {
        e = fault_field(
            &rs->fault, "/file", "required", "Choose a file with products in it.");
        return show(rq, rs, err_status(e), t, false);
    }
    bad.list = tval_add_arr(rq->arena, t, "bad_lines");
    if ((e = import(rq, file, &bad, &r)) != ERR_OK)
        return e;
    log_info("admin", "event=import lines=%lld created=%lld updated=%lld bad=%lld",
        (long long)r.lines, (long long)r.created, (long long)r.updated, (long long)r.bad);
    report_fill(rq->arena, t, &r, &bad, file);
    return show(rq, rs, 200, t, true);
}
