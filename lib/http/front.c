/* The front's connections.  One epoll set holds the listening socket, every kept
 * connection (one-shot: whoever gets the event owns it until it is armed again) and the
 * eventfd that a signal writes to.  A connection is either armed and marked idle, or in
 * the hands of one thread, or closed.  Knows nothing of FastCGI (front_serve.c does) and
 * not how many threads there are to be (front_threads.c does). */
#include "http/front.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/front_priv.h"

#define EVENTS_MAX 64
#define TRIM_EVERY_MS 10000
/* How long a stopping front still serves with all its threads, what waits to be accepted
 * too: a socket that has lost its name to another's has nobody else to take that. */
#define LINGER_MS 200
#define LINGER_STEP_MS 5
/* And how long one thread more waits for nginx to close the connections it was asked to
 * let go of.  It does so at once; who does not is not nginx, or is stuck. */
#define DISMISS_MS 1000

/* Where the signal handler writes; the one thing it can reach.  Made once and never
 * closed: a handler that is late must not write into what has the number next. */
static atomic_int wake_fd = -1;

static void
on_signal(int signo)
{
    const uint64_t one = 1;
    int saved_errno = errno;
    ssize_t n = write(atomic_load(&wake_fd), &one, sizeof(one));

    /* A full counter has woken everyone already. */
    (void)n;
    (void)signo;
    errno = saved_errno;
}

bool
front_watch(const struct front *f, int op, int fd, uint32_t events)
{
    struct epoll_event ev = {.events = events, .data.fd = fd};

    return epoll_ctl(f->epoll, op, fd, &ev) == 0;
}

static void
conn_gone(struct front *f)
{
    atomic_fetch_sub(&f->conns, 1);
    if (atomic_exchange(&f->paused, false) && !atomic_load(&f->stopping) &&
        !front_listen(f))
        log_error("http", "cannot listen again: %s", strerrordesc_np(errno));
}

static void
conn_close(struct front *f, int fd)
{
    close(fd);
    conn_gone(f);
}

/* The mark comes first: once armed, another thread may have the connection, and have closed
 * it, before this one goes on. */
void
front_park(struct front *f, int fd, int op)
{
    if (atomic_load(&f->stopping))
        front_dismiss(fd);
    atomic_store(&f->idle[fd], true);
    if (front_watch(f, op, fd, EPOLLIN | EPOLLRDHUP | EPOLLONESHOT))
        return;
    log_error("http", "cannot watch a connection: %s", strerrordesc_np(errno));
    atomic_store(&f->idle[fd], false);
    conn_close(f, fd);
}

static void
conn_settled(void *arg, int fd, int op, enum front_conn is)
{
    struct front *f = arg;

    if (is == FRONT_KEPT)
        front_park(f, fd, op);
    else if (is == FRONT_CLOSED)
        conn_gone(f);
}

void
front_event(struct front *f, struct front_serve *s, int fd, int op)
{
    atomic_store(&f->idle[fd], false);
    conn_settled(f, fd, op, front_serve(s, fd, op));
}

/* One round of epoll.  False when the front stops and has lingered. */
static bool
serve_ready(struct front *f, struct front_serve *s)
{
    bool stopping = atomic_load(&f->stopping);
    struct epoll_event ev[EVENTS_MAX];
    int i, fd, others = 0;
    /* While running one event at a time, so that none waits behind another's request
     * while a thread is free. */
    int n = epoll_wait(f->epoll, ev, stopping ? EVENTS_MAX : 1, stopping ? 0 : -1);

    for (i = 0; i < n; i++) {
        fd = ev[i].data.fd;
        if (fd == f->wake)
            continue;
        others++;
        if (fd == f->conf->listen_fd)
            front_listen_event(f, s);
        else
            front_event(f, s, fd, EPOLL_CTL_MOD);
        front_listen_look(f);
    }
    if (!stopping || others > 0)
        return true;
    if (atomic_load(&f->conns) == 0 ||
        clock_mono_us() >= atomic_load(&f->linger_until_us))
        return false;
    /* The wake-up is always ready, so epoll does not wait by itself. */
    clock_sleep_ms(LINGER_STEP_MS);
    return true;
}

static void
serve(void *arg)
{
    struct front *f = arg;
    struct front_serve *s = malloc(sizeof(*s));

    if (s == NULL)
        abort();
    front_serve_init(s, &f->calls);
    do
        front_threads_pause(&f->threads);
    while (serve_ready(f, s));
    front_serve_done(s);
    free(s);
}

/* After the threads, alone: ask nginx to close what it keeps, and serve what comes until it
 * has.  A connection that is closed from here instead could meet a request on its way. */
static void
see_off(struct front *f, struct front_serve *s)
{
    const int64_t patience_ms =
        f->conf->grace_ms / 2 < DISMISS_MS ? f->conf->grace_ms / 2 : DISMISS_MS;
    const int64_t start_us = clock_mono_us();
    int64_t waited_ms = 0;
    struct epoll_event ev;
    int fd;

    front_watch(f, EPOLL_CTL_DEL, f->wake, 0); /* always ready */
    for (fd = 0; fd < FDS_MAX; fd++)
        if (atomic_load(&f->idle[fd]))
            front_dismiss(fd);
    while (atomic_load(&f->conns) > 0 && waited_ms < f->conf->grace_ms &&
           (waited_ms < patience_ms || !front_calls_wait(&f->calls, 0))) {
        if (epoll_wait(f->epoll, &ev, 1, LINGER_STEP_MS) > 0)
            front_event(f, s, ev.data.fd, EPOLL_CTL_MOD);
        waited_ms = (clock_mono_us() - start_us) / 1000;
    }
}

/* Who did not let go: a request that came at the last moment is answered.  SHUT_RD first,
 * so that what the kernel took is here and more is refused. */
static void
sweep(struct front *f, struct front_serve *s)
{
    int fd;

    for (fd = 0; fd < FDS_MAX; fd++) {
        if (!atomic_exchange(&f->idle[fd], false))
            continue;
        shutdown(fd, SHUT_RD);
        if (front_serve(s, fd, EPOLL_CTL_MOD) == FRONT_KEPT)
            close(fd);
    }
}

/* The last of a stop: false when a request is still in other hands after the grace. */
static bool
clear_out(struct front *f)
{
    struct front_serve *s = malloc(sizeof(*s));
    bool all;

    if (s == NULL)
        abort();
    front_serve_init(s, &f->calls);
    see_off(f, s);
    all = front_calls_wait(&f->calls, f->conf->grace_ms);
    if (all)
        sweep(f, s);
    front_serve_done(s);
    free(s);
    return all && front_calls_wait(&f->calls, f->conf->grace_ms);
}

static void
wait_for_stop(struct front *f)
{
    struct pollfd p = {.fd = f->wake, .events = POLLIN};
    int n;

    while ((n = poll(&p, 1, TRIM_EVERY_MS)) == 0 || (n < 0 && errno == EINTR))
        if (n == 0) {
            front_calls_trim(&f->calls);
            if (f->conf->tidy != NULL)
                f->conf->tidy(f->conf->app);
        }
}

static bool
stop(struct front *f)
{
    const int64_t linger_ms =
        f->conf->grace_ms / 2 < LINGER_MS ? f->conf->grace_ms / 2 : LINGER_MS;
    const uint64_t one = 1;
    bool joined;

    atomic_store(&f->linger_until_us, clock_mono_us() + linger_ms * 1000);
    atomic_store(&f->stopping, true);
    if (write(f->wake, &one, sizeof(one)) < 0)
        log_error("http", "cannot wake the threads: %s", strerrordesc_np(errno));
    front_threads_stop(&f->threads);
    joined = front_threads_join(&f->threads, f->conf->grace_ms);
    front_watch(f, EPOLL_CTL_DEL, f->conf->listen_fd, 0);
    joined = joined && clear_out(f);
    if (!joined)
        log_error("http", "a request is still running after %lld ms",
            (long long)f->conf->grace_ms);
    return joined;
}

/* libfcgi sets handlers of its own for SIGPIPE, SIGTERM and SIGUSR1, over SIG_IGN too: so
 * ours come after it. */
static void
signals_take(struct sigaction old[4])
{
    struct sigaction ours = {.sa_handler = on_signal}, ignore = {.sa_handler = SIG_IGN};

    sigemptyset(&ours.sa_mask);
    sigaction(SIGTERM, &ours, &old[0]);
    sigaction(SIGINT, &ours, &old[1]);
    sigaction(SIGPIPE, &ignore, &old[2]);
    /* multiwatch 1.0 told to pass on SIGTERM passes on SIGQUIT. */
    sigaction(SIGQUIT, &ours, &old[3]);
}

static void
signals_give_back(const struct sigaction old[4])
{
    sigaction(SIGTERM, &old[0], NULL);
    sigaction(SIGINT, &old[1], NULL);
    sigaction(SIGPIPE, &old[2], NULL);
    sigaction(SIGQUIT, &old[3], NULL);
}

/* Left ready by an earlier run, it would end this one at once. */
static int
wake_open(void)
{
    int fd = atomic_load(&wake_fd);
    uint64_t count;

    if (fd < 0) {
        fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        atomic_store(&wake_fd, fd);
    } else if (read(fd, &count, sizeof(count)) < 0 && errno != EAGAIN) {
        return -1;
    }
    return fd;
}

/* While the front runs the wake-up is level-triggered and never read, so that it wakes
 * every thread. */
static bool
front_open(struct front *f)
{
    int flags = fcntl(f->conf->listen_fd, F_GETFL);

    f->epoll = epoll_create1(EPOLL_CLOEXEC);
    f->wake = wake_open();
    if (f->epoll >= 0 && f->wake >= 0 && flags >= 0 &&
        fcntl(f->conf->listen_fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
        front_watch(f, EPOLL_CTL_ADD, f->wake, EPOLLIN) && front_listen(f))
        return true;
    log_error("http", "cannot listen on descriptor %d: %s", f->conf->listen_fd,
        strerrordesc_np(errno));
    return false;
}

static void
front_close(struct front *f)
{
    if (f->epoll >= 0)
        close(f->epoll);
    front_threads_done(&f->threads);
    front_calls_done(&f->calls);
    free(f);
}

int
front_run(const struct front_conf *c)
{
    struct front *f = calloc(1, sizeof(*f));
    struct sigaction old[4];
    bool started;

    if (f == NULL)
        abort();
    f->conf = c;
    front_threads_init(&f->threads, serve, f);
    front_calls_init(&f->calls, c, conn_settled, f);
    if (!front_open(f) || c->threads < 1 || c->spares < 0 ||
        c->threads > FRONT_THREADS_MAX || c->spares > FRONT_THREADS_MAX - c->threads ||
        front_serve_global() != 0) {
        front_close(f);
        return -1;
    }
    signals_take(old);
    started = front_threads_start(&f->threads, c->threads, c->spares);
    if (started)
        wait_for_stop(f);
    /* Threads that could not be joined still use `f`: it stays, and the process is to
     * leave without tearing anything down. */
    if (!stop(f))
        return -1;
    signals_give_back(old);
    front_close(f);
    return started ? 0 : -1;
}
