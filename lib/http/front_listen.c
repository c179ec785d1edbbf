/* The front's listening socket, which several processes may share: who is accepted, and when. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/front_priv.h"

/* Room below FDS_MAX for databases, caches and files. */
#define CONNS_MAX 896
#define ACCEPT_REST_MS 10

/* EPOLLEXCLUSIVE: one process is woken for a connection, not all that share the socket.
 */
bool
front_listen(struct front *f)
{
    return front_watch(f, EPOLL_CTL_ADD, f->conf->listen_fd, EPOLLIN | EPOLLEXCLUSIVE);
}

/* Leave further connections to other processes, or in the backlog. */
static void
listen_pause(struct front *f)
{
    front_watch(f, EPOLL_CTL_DEL, f->conf->listen_fd, 0);
    atomic_store(&f->paused, true);
    log_warn("http", "%d connections: no more are accepted for now", CONNS_MAX);
    /* One may have gone before the pause could be seen. */
    if (atomic_load(&f->conns) < CONNS_MAX && atomic_exchange(&f->paused, false))
        front_listen(f);
}

static void
conn_set_up(int fd)
{
    const struct timeval limit = {.tv_sec = FRONT_IO_TIMEOUT_S};
    const int one = 1;

    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) != 0)
        log_error("http", "cannot set a timeout: %s", strerrordesc_np(errno));
    /* Fails on a unix socket, which needs no such thing. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

/* A connection that waited for it; -1: none did. */
static int
conn_accept(struct front *f)
{
    int fd = accept4(f->conf->listen_fd, NULL, NULL, SOCK_CLOEXEC);

    if (fd < 0) {
        if (errno == EAGAIN || errno == ECONNABORTED || errno == EINTR)
            return -1;
        /* Out of descriptors or memory: the event stays, so do not spin on it. */
        log_error("http", "cannot accept: %s", strerrordesc_np(errno));
        clock_sleep_ms(ACCEPT_REST_MS);
        return -1;
    }
    if (fd >= FDS_MAX) {
        log_error("http", "descriptor %d is too high; connection closed", fd);
        close(fd);
        return -1;
    }
    conn_set_up(fd);
    if (atomic_fetch_add(&f->conns, 1) + 1 >= CONNS_MAX)
        listen_pause(f);
    return fd;
}

/* The socket has its turn once in a round of all that is ready. Were one connection accepted
 * then and no more, the last of those that wait would see as many rounds go by; were all, one
 * process would have them and the other none. So: one more for each request that is served,
 * until none waits. */
void
front_listen_look(struct front *f)
{
    int fd;

    if (!atomic_load(&f->queued) || atomic_load(&f->paused))
        return;
    if ((fd = conn_accept(f)) >= 0)
        front_park(f, fd, EPOLL_CTL_ADD);
    else
        atomic_store(&f->queued, false);
}

void
front_listen_event(struct front *f, struct front_serve *s)
{
    int fd = conn_accept(f);

    atomic_store(&f->queued, fd >= 0);
    if (fd >= 0)
        front_event(f, s, fd, EPOLL_CTL_ADD);
}

