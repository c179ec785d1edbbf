/* souk verify: the invariants that make a shop honest, a line each; with --watch again and
 * again, a line a round. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/rand.h"
#include "price/money.h"
#include "tool.h"
#include "verify/verify.h"

#define EVERY_S 5
#define EVERY_MAX_S 86400
/* Where a full round takes longer than a second, the next begins when ten times that has
 * passed: watching a large shop costs it a tenth of a connection. The rounds between are
 * quick ones. */
#define FULL_SHARE 10
#define FULL_CHEAP_US 1000000
/* A quick round looks back this long before the last one: transactions that were open then,
 * clocks of other machines that are behind. */
#define LOOK_BACK_MS INT64_C(60000)

struct showing {
    struct arena *a;
    bool watching; /* only what is broken has a line of its own */
    bool progress;
    int64_t shown_us;
};

/* Set by SIGINT and SIGTERM while watching. */
static volatile sig_atomic_t ended;

static void
on_signal(int sig)
{
    (void)sig;
    ended = 1;
}

static void
clear_progress(struct showing *sh)
{
    if (sh->progress && sh->shown_us != 0)
        (void)fprintf(stderr, "\r%60s\r", "");
    sh->shown_us = 0;
}

static bool
go_on(void *arg, int64_t done, int64_t total)
{
    struct showing *sh = arg;
    int64_t now = clock_mono_us();

    if (sh->progress && now - sh->shown_us > 200000) {
        (void)fprintf(stderr, "\r%" PRId64 " of %" PRId64 " orders read", done, total);
        sh->shown_us = now;
    }
    return ended == 0;
}

static void
print_sum(struct arena *a, const struct verify_line *l)
{
    struct str unit = str_c(l->unit), money;

    if (l->unit[0] == '\0')
        return;
    if (currency_digits(unit) >= 0) {
        money = money_format(a, l->sum, unit);
        (void)printf("  %.*s", STR_F(money));
    } else if (strcmp(l->unit, "-") == 0) {
        (void)printf("  in several currencies");
    } else {
        (void)printf("  %" PRId64 " %s", l->sum, l->unit);
    }
}

static void
line(void *arg, const struct verify_line *l)
{
    struct showing *sh = arg;

    clear_progress(sh);
    if (sh->watching && l->broken == 0)
        return;
    (void)printf("%-7s %-71s %12" PRId64, l->broken == 0 ? "ok" : "BROKEN", l->name,
        l->looked);
    print_sum(sh->a, l);
    if (l->broken > 0)
        (void)printf("  broken: %" PRId64 ", first: id %" PRId64, l->broken, l->first_id);
    (void)putchar('\n');
}

/* For the alert that tells of broken books: counted with the shop that is looked at, if this
 * is its machine and its version. */
static void
count_round(struct tool *t, enum err e, const struct verify_told *told)
{
    struct shop_meter sm = {.metrics = NULL};
    size_t as = VERIFY_FAILED;

    if (e == ERR_OK)
        as = told->all_ok ? VERIFY_RIGHT : VERIFY_BROKEN;
    if (shop_meter_look(&sm, t->app->set.state_dir) == ERR_OK) {
        shop_meter_close(&sm);
        if (shop_meter_open(&sm, t->app->set.state_dir) == ERR_OK)
            metric_add(sm.metrics, METRIC_VERIFY, as, 1);
    }
    shop_meter_close(&sm);
}

static int
once(struct tool *t, struct db *db, struct showing *sh)
{
    const struct verify_how how = {.line = line, .go_on = go_on, .arg = sh};
    int64_t t0 = clock_mono_us();
    struct verify_told told;
    const enum err e = verify_run(db, &how, &told);

    if (e != ERR_OK || !told.stopped)
        count_round(t, e, &told);
    if (e != ERR_OK)
        return tool_fail("the books could not be read; see the log above");
    if (!told.all_ok)
        return tool_fail("the books are broken: see the lines marked BROKEN");
    (void)printf("the books are right: %" PRId64 " orders read in %.1f s\n", told.orders,
        (double)(clock_mono_us() - t0) / 1e6);
    return EXIT_SUCCESS;
}

/* --- watching --- */

struct watching {
    struct showing sh;
    int64_t round, last_ms; /* when the last one that was read began */
    int64_t full_us, full_at_us; /* how long the last full one took, when it ended */
    bool broken, failed;
};

static void
tell_round(struct watching *w, const char *kind, const struct verify_told *told, int64_t us)
{
    char at[TIME_RFC3339_N];

    (void)printf("%s round %" PRId64 " %s: %" PRId64 " orders in %.1f s, %s\n",
        time_rfc3339(at, clock_ms()), w->round, kind, told->orders, (double)us / 1e6,
        told->all_ok ? "the books are right" : "BROKEN");
    (void)fflush(stdout);
}

/* One round. A database that is away is waited for: the next round tries again. */
static void
watch_round(struct tool *t, struct watching *w)
{
    int64_t t0 = clock_mono_us(), began = clock_ms();
    bool full = w->last_ms == 0 || w->full_us < FULL_CHEAP_US ||
                t0 - w->full_at_us >= FULL_SHARE * w->full_us;
    struct verify_how how = {.line = line, .go_on = go_on, .arg = &w->sh};
    struct verify_told told = {.stopped = true};
    struct db *db = NULL;
    enum err e = db_acquire(t->app->db, &db);

    if (!full)
        how.since_id = id_at_ms(w->last_ms - LOOK_BACK_MS);
    if (e == ERR_OK)
        e = verify_run(db, &how, &told);
    if (e == ERR_OK && told.too_many) {
        full = true;
        how.since_id = 0;
        e = verify_run(db, &how, &told);
    }
    db_release(db);
    clear_progress(&w->sh);
    if (e != ERR_OK)
        (void)tool_fail("round %" PRId64 " could not read the books", w->round);
    if (e != ERR_OK || !told.stopped)
        count_round(t, e, &told);
    if (e != ERR_OK || told.stopped)
        return;
    w->last_ms = began;
    if (full) {
        w->full_at_us = clock_mono_us();
        w->full_us = w->full_at_us - t0;
    }
    w->broken = w->broken || !told.all_ok;
    tell_round(w, full ? "full" : "quick", &told, clock_mono_us() - t0);
}

static int
watch(struct tool *t, struct showing sh, int64_t every_s)
{
    /* A second signal ends it at once. */
    struct sigaction sa = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    struct watching w = {.sh = sh};

    w.sh.watching = true;
    (void)sigaction(SIGINT, &sa, NULL);
    (void)sigaction(SIGTERM, &sa, NULL);
    while (ended == 0) {
        int64_t next = clock_mono_us() + every_s * 1000000, left;

        w.round++;
        watch_round(t, &w);
        arena_reset(w.sh.a);
        while (ended == 0 && (left = next - clock_mono_us()) > 0)
            clock_sleep_ms(left / 1000 < 200 ? left / 1000 + 1 : 200);
    }
    return w.broken ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* "--watch" and "--every S"; false after saying what is wrong. */
static bool
read_options(struct tool *t, bool *watching, int64_t *every_s)
{
    *watching = false;
    *every_s = EVERY_S;
    for (int i = 1; i < t->argc; i++) {
        if (strcmp(t->argv[i], "--watch") == 0) {
            *watching = true;
        } else if (strcmp(t->argv[i], "--every") == 0 && i + 1 < t->argc) {
            i++;
            if (!str_i64(str_c(t->argv[i]), every_s) || *every_s < 1 ||
                *every_s > EVERY_MAX_S) {
                (void)tool_fail("--every is %s; it must be a number of seconds from 1 to %d",
                    t->argv[i], EVERY_MAX_S);
                return false;
            }
        } else {
            (void)tool_fail("verify does not know %s; see souk --help", t->argv[i]);
            return false;
        }
    }
    return true;
}

int
tool_verify(struct tool *t)
{
    struct showing sh = {.progress = isatty(STDERR_FILENO) != 0};
    int64_t every_s;
    bool watching;
    struct db *db;
    int rc;

    if (!read_options(t, &watching, &every_s))
        return EXIT_FAILURE;
    rc = tool_open(t, 0, &db, &sh.a);
    if (rc == EXIT_SUCCESS && watching) {
        db_release(db);
        db = NULL;
        rc = watch(t, sh, every_s);
    } else if (rc == EXIT_SUCCESS) {
        rc = once(t, db, &sh);
    }
    tool_close(t, db, sh.a);
    return rc;
}
