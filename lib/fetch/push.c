/* Pushing through curl's multi interface. A call is a slot with its handle; connections
 * stay open in the multi handle and are used again. */
#include "fetch/push.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/addr.h"
#include "fetch/fetch_priv.h"

#define HEADERS_MAX ((size_t)32 << 10) /* bytes of an answer's headers */

struct call {
    struct push *p;
    CURL *h;
    struct curl_slist *head;
    size_t got, got_head;
    bool busy, enough, refused;
    void *arg;
    char error[CURL_ERROR_SIZE];
};

struct push {
    struct push_conf c;
    CURLM *m;
    struct call *call;
    int busy;
};

struct push *
push_new(const struct push_conf *c)
{
    struct push *p = calloc(1, sizeof(*p));

    curl_begin();
    if (p == NULL || (p->m = curl_multi_init()) == NULL)
        abort();
    p->c = *c;
    p->call = calloc((size_t)c->calls, sizeof(*p->call));
    if (p->call == NULL)
        abort();
    (void)curl_multi_setopt(p->m, CURLMOPT_MAXCONNECTS, (long)c->calls);
    return p;
}

static void
call_end(struct call *c)
{
    (void)curl_multi_remove_handle(c->p->m, c->h);
    curl_slist_free_all(c->head);
    c->head = NULL;
    c->busy = false;
    c->p->busy--;
}

void
push_free(struct push *p)
{
    if (p == NULL)
        return;
    for (int i = 0; i < p->c.calls; i++) {
        if (p->call[i].busy)
            call_end(&p->call[i]);
        if (p->call[i].h != NULL)
            curl_easy_cleanup(p->call[i].h);
    }
    (void)curl_multi_cleanup(p->m);
    free(p->call);
    free(p);
}

int
push_busy(const struct push *p)
{
    return p->busy;
}

/* Asked for each address that is about to be connected to. */
static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *sa)
{
    struct call *c = arg;

    (void)purpose;
    if (!c->p->c.private_too && !addr_public(&sa->addr, (socklen_t)sa->addrlen)) {
        c->refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(sa->family, sa->socktype | SOCK_CLOEXEC, sa->protocol);
}

static size_t
receive(char *data, size_t size, size_t n, void *arg)
{
    struct call *c = arg;

    (void)data;
    c->got += size * n;
    c->enough = c->got > c->p->c.answer_max;
    return c->enough ? 0 : size * n;
}

static size_t
receive_head(char *data, size_t size, size_t n, void *arg)
{
    struct call *c = arg;

    (void)data;
    c->got_head += size * n;
    return c->got_head > HEADERS_MAX ? 0 : size * n;
}

static struct curl_slist *
headers(const struct push_call *call)
{
    struct curl_slist *l = curl_slist_append(NULL, "Expect:");

    for (size_t i = 0; i < PUSH_HEADERS_MAX && call->header[i] != NULL; i++)
        l = curl_slist_append(l, call->header[i]);
    if (l == NULL)
        abort();
    return l;
}

/* curl_easy_setopt() fails only for options this libcurl does not know. */
static void
prepare(struct call *c, const struct push_call *call)
{
    const struct push_conf *k = &c->p->c;
    CURL *h = c->h;

    curl_easy_reset(h);
    (void)curl_easy_setopt(h, CURLOPT_URL, call->url);
    (void)curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(h, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, (long)k->connect_ms);
    (void)curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)k->total_ms);
    (void)curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    (void)curl_easy_setopt(h, CURLOPT_OPENSOCKETDATA, c);
    (void)curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, receive);
    (void)curl_easy_setopt(h, CURLOPT_WRITEDATA, c);
    (void)curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, receive_head);
    (void)curl_easy_setopt(h, CURLOPT_HEADERDATA, c);
    (void)curl_easy_setopt(h, CURLOPT_ERRORBUFFER, c->error);
    (void)curl_easy_setopt(h, CURLOPT_PRIVATE, c);
    (void)curl_easy_setopt(h, CURLOPT_HTTPHEADER, c->head);
    (void)curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.n);
    (void)curl_easy_setopt(h, CURLOPT_POSTFIELDS, call->body.p);
}

enum err
push_start(struct push *p, const struct push_call *call)
{
    struct call *c = NULL;

    for (int i = 0; i < p->c.calls && c == NULL; i++)
        if (!p->call[i].busy)
            c = &p->call[i];
    if (c == NULL)
        return ERR_BUSY;
    if (c->h == NULL && (c->h = curl_easy_init()) == NULL)
        abort();
    *c = (struct call){.p = p, .h = c->h, .arg = call->arg, .busy = true};
    c->head = headers(call);
    prepare(c, call);
    p->busy++;
    if (curl_multi_add_handle(p->m, c->h) == CURLM_OK)
        return ERR_OK;
    call_end(c);
    return ERR_INTERNAL;
}

/* An answer that is longer than we read is an answer. */
static void
judge(struct call *c, CURLcode rc, struct push_end *end)
{
    long status = 0;

    *end = (struct push_end){.arg = c->arg};
    (void)curl_easy_getinfo(c->h, CURLINFO_RESPONSE_CODE, &status);
    if (rc == CURLE_OK || (rc == CURLE_WRITE_ERROR && c->enough)) {
        end->status = (int)status;
        return;
    }
    if (c->refused)
        (void)snprintf(end->why, sizeof(end->why), "the address is not a public one");
    else
        (void)snprintf(end->why, sizeof(end->why), "%s",
            c->error[0] != '\0' ? c->error : curl_easy_strerror(rc));
}

size_t
push_wait(struct push *p, int wait_ms, struct push_end *end, size_t max)
{
    int running = 0, left = 0;
    size_t n = 0;
    CURLMsg *msg;

    (void)curl_multi_perform(p->m, &running);
    if (running == p->busy) {
        (void)curl_multi_poll(p->m, NULL, 0, wait_ms, NULL);
        (void)curl_multi_perform(p->m, &running);
    }
    while (n < max && (msg = curl_multi_info_read(p->m, &left)) != NULL) {
        struct call *c = NULL;

        if (msg->msg != CURLMSG_DONE)
            continue;
        (void)curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (char **)&c);
        judge(c, msg->data.result, &end[n++]);
        call_end(c);
    }
    return n;
}
