/* The sweep: every rule in turn, none skipped because another is broken. What is read
 * whole comes first, while the snapshot is young and the busiest rows' old versions are
 * near; then slice after slice of the ids, all rules over each. */
#include "verify/verify.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/rand.h"
#include "verify/verify_store.h"

#define SLICE_N 10000
#define SCRATCH ((size_t)256 << 10)
/* A quick round reads at most so many old orders, each with what was made about then: its
 * lines and their movements. */
#define TOUCHED_MAX 1000
#define ABOUT (2000 * ID_PER_MS)

struct sweep {
    struct db *db;
    struct arena *a, *keep; /* a statement's, the sweep's */
    const struct verify_how *how;
    struct verify_told *told;
    struct verify_line *lines; /* one a rule */
    struct verify_walk *walk;
    int64_t total; /* orders there are */
};

static bool
go_on(struct sweep *s)
{
    const struct verify_how *h = s->how;

    if (h->go_on != NULL && !h->go_on(h->arg, s->told->orders, s->total))
        s->told->stopped = true;
    return !s->told->stopped;
}

static enum err
check(struct sweep *s, size_t i, int64_t lo, int64_t hi)
{
    struct verify_result r;
    enum err e = verify_store_run(s->db, s->a, &verify_rules[i], lo, hi, &r);

    if (e != ERR_OK) {
        log_error("verify", "event=not_checked invariant=\"%s\"", verify_rules[i].name);
        return e;
    }
    verify_add(&s->lines[i], &r);
    arena_reset(s->a);
    return ERR_OK;
}

/* The rules with SQL that are read whole, or those that are read in slices, over one. */
static enum err
check_all(struct sweep *s, bool sliced, int64_t lo, int64_t hi)
{
    enum err e = ERR_OK;

    for (size_t i = 0; i < RULE__MAX && e == ERR_OK && go_on(s); i++)
        if (verify_rules[i].sql != NULL && verify_rule_sliced(&verify_rules[i]) == sliced)
            e = check(s, i, lo, hi);
    return e;
}

/* All ids above `lo` up to `hi`, slice after slice. */
static enum err
check_range(struct sweep *s, int64_t lo, int64_t hi)
{
    enum err e = ERR_OK;
    int64_t orders, to;

    for (; lo < hi && e == ERR_OK && go_on(s); lo = to) {
        if ((e = verify_walk_orders(s->walk, lo, hi, &to, &orders)) != ERR_OK)
            return e;
        if ((e = verify_walk_lines(s->walk, lo, to)) == ERR_OK)
            e = check_all(s, true, lo, to);
        s->told->orders += orders;
    }
    return e;
}

static enum err
full_round(struct sweep *s)
{
    enum err e = check_all(s, false, 0, 0);

    return e == ERR_OK ? check_range(s, INT64_MIN, INT64_MAX) : e;
}

/* What was made since, and the older orders that something happened to since; those that
 * stand close together are read as one. */
static enum err
quick_round(struct sweep *s)
{
    int64_t since = s->how->since_id, lo, hi;
    int64_t *ids;
    size_t n;
    enum err e = verify_store_touched(s->db, s->keep, since, TOUCHED_MAX + 1, &ids, &n);

    if (e != ERR_OK)
        return e;
    s->told->too_many = n > TOUCHED_MAX;
    if (s->told->too_many)
        return ERR_OK;
    for (size_t i = 0; i < n && e == ERR_OK; i++) {
        lo = ids[i] - ABOUT;
        for (hi = ids[i] + ABOUT; i + 1 < n && ids[i + 1] - ABOUT <= hi; i++)
            hi = ids[i + 1] + ABOUT;
        e = check_range(s, lo, hi < since ? hi : since);
    }
    return e == ERR_OK ? check_range(s, since, INT64_MAX) : e;
}

static enum err
sweep(struct db *db, void *arg)
{
    struct sweep *s = arg;
    int64_t n = s->how->slice_n > 0 ? s->how->slice_n : SLICE_N;
    enum err e;

    s->db = db;
    s->walk = verify_walk_new(s->keep, db, (size_t)n, s->lines);
    if ((e = verify_store_orders(db, s->a, &s->total)) != ERR_OK)
        return e;
    return s->how->since_id != 0 ? quick_round(s) : full_round(s);
}

static void
tell(const struct sweep *s)
{
    for (size_t i = 0; i < RULE__MAX; i++) {
        s->told->all_ok = s->told->all_ok && s->lines[i].broken == 0;
        s->how->line(s->how->arg, &s->lines[i]);
    }
}

enum err
verify_run(struct db *db, const struct verify_how *how, struct verify_told *told)
{
    struct sweep s = {.how = how,
        .told = told,
        .a = arena_new(SCRATCH),
        .keep = arena_new(SCRATCH)};
    enum err e;

    *told = (struct verify_told){.all_ok = true};
    s.lines = arena_calloc(s.keep, RULE__MAX, sizeof(*s.lines));
    for (size_t i = 0; i < RULE__MAX; i++)
        s.lines[i].name = verify_rules[i].name;
    e = db_in_tx(db) ? sweep(db, &s) : db_snapshot(db, sweep, &s);
    if (e == ERR_OK && !told->stopped && !told->too_many)
        tell(&s);
    told->all_ok = told->all_ok && e == ERR_OK;
    arena_free(s.a);
    arena_free(s.keep);
    return e;
}
