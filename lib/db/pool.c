/* The pool: a bounded number of connections, the last used first, so that few stay warm
 * and the rest are seldom needed.  It opens them outside of its lock; while the server is
 * down one caller a second tries and all others are refused at once. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/db_priv.h"

#define RETRY_US 1000000

static pthread_once_t library_once = PTHREAD_ONCE_INIT;

static void
library_init(void)
{
    if (mysql_library_init(0, NULL, NULL) != 0)
        abort();
}

static char *
copy(const char *s)
{
    char *p = s != NULL ? strdup(s) : NULL;

    if (s != NULL && p == NULL)
        abort();
    return p;
}

static int
or_default(int v, int def)
{
    return v > 0 ? v : def;
}

struct db_pool *
db_pool_new(const struct db_conf *c)
{
    struct db_pool *p = db_realloc(NULL, 1, sizeof(*p));
    pthread_condattr_t at;

    pthread_once(&library_once, library_init);
    memset(p, 0, sizeof(*p));
    p->conf = *c;
    p->conf.socket = copy(c->socket);
    p->conf.host = copy(c->host);
    p->conf.user = copy(c->user);
    p->conf.password = copy(c->password);
    p->conf.name = copy(c->name);
    p->conf.size = or_default(c->size, 1);
    p->conf.connect_timeout_ms = or_default(c->connect_timeout_ms, 1000);
    p->conf.statement_timeout_ms = or_default(c->statement_timeout_ms, 2000);
    p->conf.wait_timeout_ms = or_default(c->wait_timeout_ms, 1000);
    p->conf.unused_ms = or_default(c->unused_ms, 10000);
    pthread_mutex_init(&p->lock, NULL);
    pthread_condattr_init(&at);
    pthread_condattr_setclock(&at, CLOCK_MONOTONIC);
    pthread_cond_init(&p->freed, &at);
    pthread_condattr_destroy(&at);
    return p;
}

static void
db_free(struct db *db)
{
    db_conn_close(db);
    free(db->par);
    for (size_t i = 0; i < db->col_cap / DB_COLS; i++)
        free(db->col[i]);
    free(db->col);
    free(db->res);
    free(db);
}

static void
drop_text(const char *s)
{
    free((void *)(uintptr_t)s); /* ours, though the configuration says const */
}

void
db_pool_free(struct db_pool *p)
{
    struct db *db;

    if (p == NULL)
        return;
    while ((db = p->idle) != NULL) {
        p->idle = db->next;
        db_free(db);
    }
    pthread_cond_destroy(&p->freed);
    pthread_mutex_destroy(&p->lock);
    if (p->conf.password != NULL)
        explicit_bzero((void *)(uintptr_t)p->conf.password, strlen(p->conf.password));
    drop_text(p->conf.socket);
    drop_text(p->conf.host);
    drop_text(p->conf.user);
    drop_text(p->conf.password);
    drop_text(p->conf.name);
    free(p);
}

static struct timespec
deadline(int ms)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    ts.tv_sec += ms / 1000;
    ts.tv_nsec += (long)(ms % 1000) * 1000000;
    if (ts.tv_nsec >= 1000000000) {
        ts.tv_sec++;
        ts.tv_nsec -= 1000000000;
    }
    return ts;
}

static struct db *
db_new(struct db_pool *p)
{
    struct db *db = db_realloc(NULL, 1, sizeof(*db));

    memset(db, 0, sizeof(*db));
    db->pool = p;
    return db;
}

/* An idle connection, or a new one that is not open yet; NULL when none came free. */
static struct db *
slot_take(struct db_pool *p)
{
    struct timespec until = deadline(p->conf.wait_timeout_ms);
    struct db *db = NULL;
    int64_t since_us = 0;
    int rc = 0;

    pthread_mutex_lock(&p->lock);
    if (p->idle == NULL && p->open >= p->conf.size)
        since_us = clock_mono_us();
    while (p->idle == NULL && p->open >= p->conf.size && rc == 0)
        rc = pthread_cond_timedwait(&p->freed, &p->lock, &until);
    if (p->idle != NULL) {
        db = p->idle;
        p->idle = db->next;
    } else if (p->open < p->conf.size) {
        p->open++;
        db = db_new(p);
    }
    pthread_mutex_unlock(&p->lock);
    if (since_us != 0)
        watch_tell(&p->conf.watch, DB_TOLD_WAIT, clock_mono_us() - since_us);
    return db;
}

/* Parameters of the widest statement so far. */
static void
binds_free(struct db *db)
{
    free(db->par);
    db->par = NULL;
    db->par_cap = 0;
}

static void
slot_give(struct db_pool *p, struct db *db)
{
    const bool keep = db->my != NULL && !db->dead;
    const bool tidied = keep && db_stmts_tidy(db, db->idle_since_us);

    if (tidied)
        binds_free(db);
    if (!keep)
        db_free(db);
    pthread_mutex_lock(&p->lock);
    p->given_up |= tidied;
    if (keep) {
        db->next = p->idle;
        p->idle = db;
    } else {
        p->open--;
    }
    pthread_cond_signal(&p->freed);
    pthread_mutex_unlock(&p->lock);
}

/* Those that nobody has used for a while, in a list; p->lock is held. The last used stand first. */
static struct db *
take_unused(struct db_pool *p, int64_t now_us)
{
    const int64_t unused_us = (int64_t)p->conf.unused_ms * 1000;
    struct db **at = &p->idle, *unused;

    while (*at != NULL && now_us - (*at)->idle_since_us < unused_us)
        at = &(*at)->next;
    unused = *at;
    *at = NULL;
    for (struct db *db = unused; db != NULL; db = db->next)
        p->open--;
    return unused;
}

void
db_pool_trim(struct db_pool *p)
{
    struct db *unused, *db;
    bool any;

    pthread_mutex_lock(&p->lock);
    unused = take_unused(p, clock_mono_us());
    any = p->given_up || unused != NULL;
    p->given_up = false;
    pthread_mutex_unlock(&p->lock);
    while ((db = unused) != NULL) {
        unused = db->next;
        db_free(db);
    }
    if (any)
        (void)malloc_trim(0);
}

/* While the server is down, is it this caller's turn to try it? */
static bool
may_connect(struct db_pool *p)
{
    int64_t now_us = clock_mono_us();
    bool yes;

    pthread_mutex_lock(&p->lock);
    yes = !p->down || now_us >= p->retry_at_us;
    if (p->down && yes)
        p->retry_at_us = now_us + RETRY_US;
    pthread_mutex_unlock(&p->lock);
    return yes;
}

/* Remember whether the server could be reached; true if that is news. */
static bool
note_reached(struct db_pool *p, bool reached)
{
    bool news;

    pthread_mutex_lock(&p->lock);
    news = p->down == reached;
    p->down = !reached;
    p->retry_at_us = clock_mono_us() + RETRY_US;
    pthread_mutex_unlock(&p->lock);
    if (news)
        watch_tell(&p->conf.watch, DB_TOLD_DOWN, reached ? -1 : 1);
    return news;
}

static enum err
connect_slot(struct db *db)
{
    struct db_pool *p = db->pool;
    char msg[256], text[256];
    unsigned no = 0;

    if (!may_connect(p))
        return ERR_UPSTREAM;
    db->my = db_conn_open(&p->conf, CONN_SERVE, &no, msg, sizeof(msg));
    if (db->my != NULL) {
        if (note_reached(p, true))
            log_info("db", "database reachable again");
        return ERR_OK;
    }
    if (db_err_map(no) == ERR_BUSY)
        return ERR_BUSY; /* it lives, it has no connection left for us */
    db_err_clean(no, msg, text, sizeof(text));
    if (note_reached(p, false))
        log_error("db", "cannot connect, trying once a second: errno=%u message=\"%s\"",
            no, text);
    return ERR_UPSTREAM;
}

enum err
db_probe(struct db_pool *p, char *msg, size_t msg_n)
{
    char text[256];
    unsigned no = 0;
    MYSQL *my = db_conn_open(&p->conf, CONN_SERVE, &no, text, sizeof(text));

    if (my != NULL) {
        mysql_close(my);
        return ERR_OK;
    }
    db_err_clean(no, text, msg, msg_n);
    return db_err_refused(no) ? ERR_FORBIDDEN : ERR_UPSTREAM;
}

enum err
db_acquire(struct db_pool *p, struct db **out)
{
    int64_t t0 = clock_mono_us();
    struct db *db = slot_take(p);
    enum err e = ERR_OK;

    *out = NULL;
    if (db == NULL) {
        trace_add(TRACE_DB, clock_mono_us() - t0);
        return ERR_BUSY;
    }
    db->lent_us = clock_mono_us();
    if (db->my != NULL && !db_conn_alive(db, db->lent_us))
        db_conn_close(db);
    if (db->my == NULL)
        e = connect_slot(db);
    if (e == ERR_OK)
        *out = db;
    else
        slot_give(p, db);
    trace_add(TRACE_DB, clock_mono_us() - t0);
    return e;
}

/* Ours, or one that a plain statement opened. */
static bool
tx_open(const struct db *db)
{
    return db->in_tx || (db->my->server_status & SERVER_STATUS_IN_TRANS) != 0;
}

void
db_release(struct db *db)
{
    if (db == NULL)
        return;
    /* Whatever the roll back meets marks the connection, and it is then closed. */
    if (!db->dead && tx_open(db) && db_command(db, "ROLLBACK") != ERR_OK)
        db->dead = true;
    db->in_tx = db->tx_lost = false;
    db->idle_since_us = clock_mono_us();
    slot_give(db->pool, db);
}
