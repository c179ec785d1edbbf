/* The relay of the tests: one thread, one connection at a time; no tests here. */
#include "it_proxy.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define POLL_MS 20
/* Of the client/server protocol: the byte that says "a query", then its text. */
#define COMMIT_TEXT "\x03" "COMMIT"
#define COMMIT_N 7

struct proxy {
    struct sockaddr_un at, to;
    int fd;
    atomic_int loss, lost;
    atomic_bool stop;
    pthread_t thread;
};

static void
must(bool ok, const char *what)
{
    if (ok)
        return;
    perror(what);
    abort();
}

static int
dial(const struct proxy *p)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    must(fd >= 0, "socket");
    if (connect(fd, (const struct sockaddr *)&p->to, sizeof(p->to)) == 0)
        return fd;
    close(fd);
    return -1;
}

/* One piece from one end to the other; false when the connection is over. */
static bool
relay(struct proxy *p, int from, int to, bool by_client)
{
    char b[1 << 16];
    ssize_t n = read(from, b, sizeof(b));
    int loss = PROXY_PASS;

    if (n <= 0)
        return false;
    if (by_client && memmem(b, (size_t)n, COMMIT_TEXT, COMMIT_N) != NULL)
        loss = atomic_exchange(&p->loss, PROXY_PASS);
    if (loss != PROXY_LOSE_COMMIT)
        for (ssize_t at = 0, k; at < n; at += k)
            if ((k = write(to, b + at, (size_t)(n - at))) <= 0)
                return false;
    if (loss == PROXY_PASS)
        return true;
    if (loss == PROXY_LOSE_ANSWER)
        (void)!read(to, b, sizeof(b));
    atomic_fetch_add(&p->lost, 1);
    return false;
}

static void
serve(struct proxy *p, int client)
{
    int server = dial(p);
    struct pollfd f[2] = {
        {.fd = client, .events = POLLIN}, {.fd = server, .events = POLLIN}};
    bool on = server >= 0;

    while (on && !atomic_load(&p->stop)) {
        if (poll(f, 2, POLL_MS) <= 0)
            continue;
        if (f[0].revents != 0)
            on = relay(p, client, server, true);
        if (on && f[1].revents != 0)
            on = relay(p, server, client, false);
    }
    if (server >= 0)
        close(server);
    close(client);
}

static void *
run(void *arg)
{
    struct proxy *p = arg;

    while (!atomic_load(&p->stop)) {
        struct pollfd f = {.fd = p->fd, .events = POLLIN};
        int client;

        if (poll(&f, 1, POLL_MS) > 0 && (client = accept(p->fd, NULL, NULL)) >= 0)
            serve(p, client);
    }
    return NULL;
}

static void
address(struct sockaddr_un *a, const char *path)
{
    a->sun_family = AF_UNIX;
    must(snprintf(a->sun_path, sizeof(a->sun_path), "%s", path) <
             (int)sizeof(a->sun_path), "path");
}

struct proxy *
proxy_start(const char *path, const char *to)
{
    struct proxy *p = calloc(1, sizeof(*p));

    must(p != NULL, "memory");
    address(&p->at, path);
    address(&p->to, to);
    unlink(path);
    p->fd = socket(AF_UNIX, SOCK_STREAM, 0);
    must(p->fd >= 0, "socket");
    must(bind(p->fd, (const struct sockaddr *)&p->at, sizeof(p->at)) == 0, "bind");
    must(listen(p->fd, 16) == 0, "listen");
    must(pthread_create(&p->thread, NULL, run, p) == 0, "thread");
    return p;
}

void
proxy_lose(struct proxy *p, enum proxy_loss what)
{
    atomic_store(&p->loss, (int)what);
}

int
proxy_lost(struct proxy *p)
{
    return atomic_load(&p->lost);
}

void
proxy_stop(struct proxy *p)
{
    atomic_store(&p->stop, true);
    pthread_join(p->thread, NULL);
    close(p->fd);
    unlink(p->at.sun_path);
    free(p);
}
