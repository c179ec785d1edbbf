/* The question is one record after another in one send; the answer is read to its end. */
#include "http/fcgi_ask.h"

#include <errno.h>
#include <fastcgi.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/str.h"

#define PATH_MAX_N 120
#define ANSWER_MAX 8192
#define HOST_MAX 256

struct question {
    unsigned char p[1024];
    size_t n;
};

static void
put_record(struct question *q, int type, const void *p, size_t n)
{
    const unsigned char head[] = {
        FCGI_VERSION_1, (unsigned char)type, 0, 1, (unsigned char)(n >> 8), (unsigned char)n,
        0, 0};

    memcpy(q->p + q->n, head, sizeof(head));
    if (n > 0)
        memcpy(q->p + q->n + sizeof(head), p, n);
    q->n += sizeof(head) + n;
}

static size_t
put_pair(unsigned char *p, const char *name, size_t name_n, const char *value, size_t value_n)
{
    p[0] = (unsigned char)name_n;
    p[1] = (unsigned char)value_n;
    memcpy(p + 2, name, name_n);
    memcpy(p + 2 + name_n, value, value_n);
    return 2 + name_n + value_n;
}

/* A length above 127 would take four bytes; PATH_MAX_N keeps the path's below. */
static void
put_question(struct question *q, const char *path)
{
    static const unsigned char begin[8] = {0, FCGI_RESPONDER};
    unsigned char p[512];
    size_t n;

    n = put_pair(p, "REQUEST_METHOD", 14, "GET", 3);
    n += put_pair(p + n, "REQUEST_URI", 11, path, strlen(path));
    n += put_pair(p + n, "SERVER_PROTOCOL", 15, "HTTP/1.1", 8);
    n += put_pair(p + n, "REMOTE_ADDR", 11, "127.0.0.1", 9);
    put_record(q, FCGI_BEGIN_REQUEST, begin, sizeof(begin));
    put_record(q, FCGI_PARAMS, p, n);
    put_record(q, FCGI_PARAMS, NULL, 0);
    put_record(q, FCGI_STDIN, NULL, 0);
}

static enum err
refuse(char *msg, size_t msg_n, const char *at, const char *why)
{
    (void)snprintf(msg, msg_n, "%s: %s", at, why);
    return ERR_UPSTREAM;
}

static int
open_timed(int family, int64_t timeout_ms)
{
    const struct timeval tv = {
        .tv_sec = (time_t)(timeout_ms / 1000), .tv_usec = (timeout_ms % 1000) * 1000};
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0) {
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
    }
    return fd;
}

static int
connect_unix(const char *path, int64_t timeout_ms)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    int fd;

    if (strlen(path) >= sizeof(sa.sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(sa.sun_path, path, strlen(path) + 1);
    fd = open_timed(AF_UNIX, timeout_ms);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&sa, sizeof(sa)) != 0) {
        int e = errno;

        close(fd);
        errno = e;
        return -1;
    }
    return fd;
}

static int
connect_tcp(const char *host, const char *port, int64_t timeout_ms)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *all, *a;
    int fd = -1;

    errno = EHOSTUNREACH;
    if (getaddrinfo(host, port, &hints, &all) != 0)
        return -1;
    for (a = all; a != NULL && fd < 0; a = a->ai_next) {
        fd = open_timed(a->ai_family, timeout_ms);
        if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
            int e = errno;

            close(fd);
            errno = e;
            fd = -1;
        }
    }
    freeaddrinfo(all);
    return fd;
}

static int
connect_to(const char *at, int64_t timeout_ms)
{
    const char *colon = strrchr(at, ':');
    char host[HOST_MAX];

    if (strchr(at, '/') != NULL || colon == NULL)
        return connect_unix(at, timeout_ms);
    if ((size_t)(colon - at) >= sizeof(host)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    (void)snprintf(host, sizeof(host), "%.*s", (int)(colon - at), at);
    return connect_tcp(host, colon + 1, timeout_ms);
}

/* The front's first record begins with "Status: NNN"; what follows is read to its end, so
 * that the server need not see its answer refused. */
static bool
read_status(int fd, int *status)
{
    const struct str said = STR("Status: ");
    char p[ANSWER_MAX], rest[4096];
    size_t n = 0;
    ssize_t r = 1;
    struct str text;
    uint64_t v;

    while (n < sizeof(p) && (r = recv(fd, p + n, sizeof(p) - n, 0)) > 0)
        n += (size_t)r;
    while (r > 0 && (r = recv(fd, rest, sizeof(rest), 0)) > 0)
        ;
    if (n < FCGI_HEADER_LEN || p[1] != FCGI_STDOUT)
        return false;
    text = (struct str){p + FCGI_HEADER_LEN, n - FCGI_HEADER_LEN};
    if (!str_starts(text, said) || !str_u64(str_sub(text, said.n, 3), &v))
        return false;
    *status = (int)v;
    return true;
}

enum err
fcgi_ask(const char *at, const char *path, int64_t timeout_ms, int *status, char *msg,
    size_t msg_n)
{
    struct question q = {.n = 0};
    enum err e = ERR_OK;
    int fd;

    if (path[0] != '/' || strlen(path) > PATH_MAX_N)
        return refuse(msg, msg_n, at, "that is no path to ask for");
    if ((fd = connect_to(at, timeout_ms)) < 0)
        return refuse(msg, msg_n, at, strerrordesc_np(errno));
    put_question(&q, path);
    if (send(fd, q.p, q.n, MSG_NOSIGNAL) != (ssize_t)q.n || !read_status(fd, status))
        e = refuse(msg, msg_n, at, "no answer");
    close(fd);
    return e;
}
