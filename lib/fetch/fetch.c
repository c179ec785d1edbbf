/* A pool of curl handles to one server. A handle keeps its connection; the one used last is
 * taken first, so that few connections are kept warm. Refuses to follow anything, to speak
 * anything but HTTP, and to keep more of an answer than it was told. */
#include "fetch/fetch.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"

/* How long a server that did not answer is left alone. */
#define REST_US INT64_C(500000)
#define URL_MAX 2048

struct fetch {
    struct fetch_conf c;
    char *base, *socket;
    pthread_mutex_t mu;
    pthread_cond_t freed;
    CURL **idle;
    int idle_n, busy;
    int64_t rest_until_us;
    bool down; /* so that an outage is one line in the log */
};

struct sink {
    struct buf b;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
init_curl(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        abort();
}

static char *
copy(const char *s)
{
    char *p = strdup(s != NULL ? s : "");

    if (p == NULL)
        abort();
    return p;
}

struct fetch *
fetch_new(const struct fetch_conf *c)
{
    struct fetch *f = calloc(1, sizeof(*f));

    (void)pthread_once(&once, init_curl);
    if (f == NULL)
        abort();
    f->c = *c;
    f->base = copy(c->base);
    f->socket = copy(c->socket);
    f->idle = calloc((size_t)c->calls, sizeof(*f->idle));
    if (f->idle == NULL)
        abort();
    pthread_mutex_init(&f->mu, NULL);
    pthread_cond_init(&f->freed, NULL);
    return f;
}

void
fetch_free(struct fetch *f)
{
    if (f == NULL)
        return;
    for (int i = 0; i < f->idle_n; i++)
        curl_easy_cleanup(f->idle[i]);
    pthread_cond_destroy(&f->freed);
    pthread_mutex_destroy(&f->mu);
    free(f->idle);
    free(f->base);
    free(f->socket);
    free(f);
}

static bool
resting(const struct fetch *f)
{
    return clock_mono_us() < f->rest_until_us;
}

/* A handle of our own until put(); for one that comes free we wait as long as for a
 * connection. */
static enum err
take(struct fetch *f, CURL **out)
{
    struct timespec until;
    enum err e = ERR_OK;

    *out = NULL;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += f->c.connect_ms / 1000;
    until.tv_nsec += f->c.connect_ms % 1000 * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&f->mu);
    while (e == ERR_OK && !resting(f) && f->busy >= f->c.calls)
        if (pthread_cond_timedwait(&f->freed, &f->mu, &until) != 0)
            e = ERR_BUSY;
    if (resting(f))
        e = ERR_UPSTREAM;
    if (e == ERR_OK)
        f->busy++;
    if (e == ERR_OK && f->idle_n > 0)
        *out = f->idle[--f->idle_n];
    pthread_mutex_unlock(&f->mu);
    if (e != ERR_OK || *out != NULL)
        return e;
    *out = curl_easy_init();
    if (*out == NULL)
        abort();
    return ERR_OK;
}

/* Back into the pool; a server that answered nothing is left alone for a moment. */
static void
put(struct fetch *f, CURL *h, CURLcode rc)
{
    bool quiet = rc == CURLE_OPERATION_TIMEDOUT || rc == CURLE_COULDNT_CONNECT;
    bool news;

    pthread_mutex_lock(&f->mu);
    f->busy--;
    f->idle[f->idle_n++] = h;
    news = f->down != (rc != CURLE_OK);
    f->down = rc != CURLE_OK;
    f->rest_until_us = quiet ? clock_mono_us() + REST_US : 0;
    if (quiet)
        pthread_cond_broadcast(&f->freed); /* nobody waits for a server that is away */
    else
        pthread_cond_signal(&f->freed);
    pthread_mutex_unlock(&f->mu);
    if (news && rc != CURLE_OK)
        log_warn("fetch", "event=away server=%s%s why=\"%s\"", f->base, f->socket,
            curl_easy_strerror(rc));
    else if (news)
        log_info("fetch", "event=back server=%s%s", f->base, f->socket);
}

static size_t
receive(char *p, size_t size, size_t n, void *arg)
{
    struct sink *s = arg;

    buf_put(&s->b, p, size * n);
    return s->b.overflow ? 0 : size * n;
}

static struct curl_slist *
headers(const struct fetch_call *call)
{
    /* Not asking first whether a body is welcome: it is small. */
    struct curl_slist *l = curl_slist_append(NULL, "Expect:");

    for (size_t i = 0; i < FETCH_HEADERS_MAX && call->header[i] != NULL; i++)
        l = curl_slist_append(l, call->header[i]);
    if (l == NULL)
        abort();
    return l;
}

/* curl_easy_setopt() fails only for options this libcurl does not know. */
static void
prepare(const struct fetch *f, CURL *h, const struct fetch_call *call, const char *url,
    struct curl_slist *head, struct sink *s)
{
    curl_easy_reset(h);
    (void)curl_easy_setopt(h, CURLOPT_URL, url);
    (void)curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(h, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, (long)f->c.connect_ms);
    (void)curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)f->c.total_ms);
    (void)curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, receive);
    (void)curl_easy_setopt(h, CURLOPT_WRITEDATA, s);
    (void)curl_easy_setopt(h, CURLOPT_HTTPHEADER, head);
    (void)curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, call->method);
    if (f->socket[0] != '\0')
        (void)curl_easy_setopt(h, CURLOPT_UNIX_SOCKET_PATH, f->socket);
    if (call->body.p == NULL)
        return;
    (void)curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.n);
    (void)curl_easy_setopt(h, CURLOPT_POSTFIELDS, call->body.p);
}

enum err
fetch_do(struct fetch *f, struct arena *a, const struct fetch_call *call,
    struct fetch_answer *out)
{
    struct str url = arena_printf(a, "%s%s", f->base, call->path);
    struct curl_slist *head;
    struct sink s;
    long status = 0;
    CURLcode rc;
    CURL *h;
    enum err e;

    *out = (struct fetch_answer){.status = 0};
    if (url.n > URL_MAX)
        return ERR_INTERNAL;
    if ((e = take(f, &h)) != ERR_OK)
        return e;
    buf_init_arena(&s.b, a, f->c.body_max);
    head = headers(call);
    prepare(f, h, call, url.p, head, &s);
    rc = curl_easy_perform(h);
    (void)curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(head);
    put(f, h, rc);
    if (rc != CURLE_OK)
        return ERR_UPSTREAM;
    *out = (struct fetch_answer){.status = (int)status, .body = buf_view(&s.b)};
    return ERR_OK;
}
