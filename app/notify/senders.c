/* Two threads, so that neither waits for the other: one for mails, one for webhooks. Each
 * works while something is due and looks every half second when nothing is. */
#include "notify/senders.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/field.h"
#include "notify/hooks.h"
#include "notify/mailer.h"
#include "shop_metrics.h"

#define IDLE_MS 500
#define HOOKS_MS 250
#define ARENA_CHUNK ((size_t)256 << 10)
#define PATH_N 600

struct senders {
    struct app *app;
    struct tmpl_set *tmpl;
    struct mailer *mailer;
    struct hooks *hooks;
    char folder[PATH_N];
    pthread_t mail_thread, hook_thread;
    pthread_mutex_t mu;
    pthread_cond_t wake;
    atomic_bool stop;
};

/* One line when an outage begins, one when it is over. */
static void
note(const char *what, enum err e, bool *failing)
{
    if (e == ERR_BUSY) /* no connection was free, or a row was locked */
        return;
    if (e != ERR_OK && !*failing)
        log_error("notify", "event=failing sender=%s status=%d", what, err_status(e));
    if (e == ERR_OK && *failing)
        log_info("notify", "event=recovered sender=%s", what);
    *failing = e != ERR_OK;
}

/* CLOCK_REALTIME is what a condition waits by; a jump of it costs one pause. */
static void
rest(struct senders *s, int64_t ms)
{
    struct timespec until;

    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += (long)ms * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&s->mu);
    if (!s->stop)
        (void)pthread_cond_timedwait(&s->wake, &s->mu, &until);
    pthread_mutex_unlock(&s->mu);
}

static enum err
mail_round(struct senders *s, struct arena *a, bool *more)
{
    struct metrics *m = s->app->metrics;
    struct mailer_did did = {.more = false};
    struct db *db = NULL;
    enum err e = db_acquire(s->app->db, &db);

    if (e == ERR_OK)
        e = mailer_run(s->mailer, db, a, clock_ms(), &did);
    db_release(db);
    metric_add(m, METRIC_MAILS, NOTIFY_SENT, did.sent);
    metric_add(m, METRIC_MAILS, NOTIFY_FAILED, did.failed);
    metric_add(m, METRIC_MAILS, NOTIFY_DEAD, did.dead);
    *more = did.more;
    return e;
}

static void *
mail_main(void *arg)
{
    struct arena *a = arena_new(ARENA_CHUNK);
    struct senders *s = arg;
    bool failing = false, more;

    while (!s->stop) {
        enum err e = mail_round(s, a, &more);

        arena_reset(a);
        note("mail", e, &failing);
        if (e != ERR_OK || !more)
            rest(s, IDLE_MS);
    }
    arena_free(a);
    return NULL;
}

static void *
hook_main(void *arg)
{
    struct arena *a = arena_new(ARENA_CHUNK);
    struct senders *s = arg;
    struct metrics *m = s->app->metrics;
    bool failing = false;

    while (!s->stop) {
        struct hooks_did did;
        enum err e = hooks_run(s->hooks, s->app->db, a, clock_ms(), HOOKS_MS, &did);

        arena_reset(a);
        metric_add(m, METRIC_DELIVERIES, NOTIFY_SENT, did.sent);
        metric_add(m, METRIC_DELIVERIES, NOTIFY_FAILED, did.failed);
        metric_add(m, METRIC_DELIVERIES, NOTIFY_DEAD, did.dead);
        note("webhook", e, &failing);
        if (e != ERR_OK)
            rest(s, IDLE_MS);
    }
    arena_free(a);
    return NULL;
}

static enum smtp_tls
tls_of(const char *s)
{
    if (strcmp(s, "never") == 0)
        return SMTP_TLS_NEVER;
    return strcmp(s, "try") == 0 ? SMTP_TLS_TRY : SMTP_TLS_REQUIRED;
}

static bool
refused(const char *setting, const char *why)
{
    (void)fprintf(stderr, "souk: %s: %s\n", setting, why);
    return true;
}

/* What would make every mail a dead letter is said at the start. */
static bool
cannot_send(const struct settings *c)
{
    const char *u = c->smtp_url;
    size_t n = strlen(c->public_url);

    if (!field_email_ok(str_c(c->mail_from)))
        return refused("mail_from", "not an e-mail address");
    if (c->staff_email[0] != '\0' && !field_email_ok(str_c(c->staff_email)))
        return refused("staff_email", "not an e-mail address");
    if (u[0] != '\0' && strncmp(u, "smtp://", 7) != 0 && strncmp(u, "smtps://", 8) != 0)
        return refused("smtp_url", "must begin with smtp:// or smtps://");
    if (u[0] != '\0' && str_ends(str_c(c->mail_from), STR(".invalid")))
        return refused("mail_from", "must be set when mails go to a server");
    if (n > 0 && c->public_url[n - 1] == '/')
        return refused("public_url", "must not end in a slash");
    return false;
}

static struct mailer *
make_mailer(struct senders *s)
{
    const struct settings *c = &s->app->set;
    const struct mailer_conf m = {.shop = {.tmpl = s->tmpl,
                                      .name = c->shop_name,
                                      .url = c->public_url,
                                      .staff = c->staff_email},
        .from = c->mail_from,
        .folder = s->folder,
        .smtp = {.url = c->smtp_url,
            .user = c->smtp_user,
            .password = c->smtp_password,
            .tls = tls_of(c->smtp_starttls)},
        .rate = c->mail_rate,
        .retry_ms = c->notify_retry_ms};

    return mailer_new(&m);
}

static bool
open_parts(struct senders *s)
{
    const struct settings *c = &s->app->set;
    const struct hooks_conf h = {
        .private_too = c->webhook_private, .retry_ms = c->notify_retry_ms};
    char path[PATH_N], msg[512] = "";

    (void)snprintf(s->folder, sizeof(s->folder), "%s/mail", c->state_dir);
    (void)snprintf(path, sizeof(path), "%s/app/web/mail", c->share_dir);
    if (cannot_send(c))
        return false;
    if (tmpl_load(&s->tmpl, path, msg, sizeof(msg)) != ERR_OK)
        return !refused("share", msg);
    s->mailer = make_mailer(s);
    s->hooks = hooks_new(&h);
    return true;
}

static void
senders_free(struct senders *s)
{
    mailer_free(s->mailer);
    hooks_free(s->hooks);
    tmpl_free(s->tmpl);
    pthread_cond_destroy(&s->wake);
    pthread_mutex_destroy(&s->mu);
    free(s);
}

struct senders *
senders_start(struct app *app)
{
    struct senders *s = calloc(1, sizeof(*s));

    if (s == NULL)
        abort();
    s->app = app;
    pthread_mutex_init(&s->mu, NULL);
    pthread_cond_init(&s->wake, NULL);
    if (!open_parts(s)) {
        senders_free(s);
        return NULL;
    }
    if (pthread_create(&s->mail_thread, NULL, mail_main, s) != 0 ||
        pthread_create(&s->hook_thread, NULL, hook_main, s) != 0)
        abort(); /* at the start of a program that has no other use for them */
    return s;
}

void
senders_stop(struct senders *s)
{
    if (s == NULL)
        return;
    pthread_mutex_lock(&s->mu);
    s->stop = true;
    pthread_cond_broadcast(&s->wake);
    pthread_mutex_unlock(&s->mu);
    (void)pthread_join(s->mail_thread, NULL);
    (void)pthread_join(s->hook_thread, NULL);
    senders_free(s);
}
