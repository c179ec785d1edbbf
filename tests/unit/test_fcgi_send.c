/* Answers as FastCGI records: what another reader of the specification makes of them. */
#include "http/fcgi_send.h"

#include <CUnit/CUnit.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define MOST 400000
#define ID 0x1234

static unsigned char sent[MOST], wire[MOST + 4096];

struct reading {
    size_t content; /* of standard output */
    int ended;      /* 1: output ended, 2: the request too */
};

/* One record at `p`; how long it is, 0: not what may stand there. */
static size_t
record(const unsigned char *p, size_t left, struct reading *r)
{
    size_t n = left < 8 ? 0 : (size_t)p[4] << 8 | p[5], padded = left < 8 ? 0 : n + p[6];

    if (left < 8 + padded || p[0] != 1 || (p[2] << 8 | p[3]) != ID || r->ended == 2)
        return 0;
    if (p[1] == 6 && n > 0 && r->ended == 0) {
        if (memcmp(p + 8, sent + r->content, n) != 0)
            return 0;
        r->content += n;
    } else if (p[1] == 6 && n == 0 && r->ended == 0)
        r->ended = 1;
    else if (p[1] == 3 && n == 8 && r->ended == 1 && memcmp(p + 8, "\0\0\0\0\0\0\0\0", 8) == 0)
        r->ended = 2;
    else
        return 0;
    return 8 + padded;
}

struct sending {
    int fd;
    size_t n;
    bool ok;
};

static void *
sender(void *arg)
{
    struct sending *s = arg;

    s->ok = fcgi_send(s->fd, ID, (struct str){(const char *)sent, s->n});
    close(s->fd);
    return NULL;
}

static void
comes_back(size_t n)
{
    const struct timeval soon = {.tv_sec = 2};
    struct sending s = {.n = n};
    pthread_t other;
    struct reading r = {0, 0};
    size_t got = 0, at = 0, step;
    ssize_t part;
    int fd[2];

    CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
    setsockopt(fd[0], SOL_SOCKET, SO_SNDTIMEO, &soon, sizeof(soon));
    s.fd = fd[0];
    CU_ASSERT_EQUAL_FATAL(pthread_create(&other, NULL, sender, &s), 0);
    while ((part = read(fd[1], wire + got, sizeof(wire) - got)) > 0)
        got += (size_t)part;
    close(fd[1]);
    pthread_join(other, NULL);
    CU_ASSERT_TRUE(s.ok);
    CU_ASSERT_EQUAL(got % 8, 0);
    while (at < got && (step = record(wire + at, got - at, &r)) > 0)
        at += step;
    CU_ASSERT_EQUAL(at, got);
    CU_ASSERT_EQUAL(r.content, n);
    CU_ASSERT_EQUAL(r.ended, 2);
}

static void
test_every_length(void)
{
    static const size_t lengths[] = {
        1, 7, 8, 8192, 65527, 65528, 65529, 131056, 131057, MOST - 5};

    for (size_t i = 0; i < MOST; i++)
        sent[i] = (unsigned char)(i * 31 + i / 251);
    for (size_t i = 0; i < NELEM(lengths); i++)
        comes_back(lengths[i]);
}

static void
test_peer_gone(void)
{
    const struct timeval soon = {.tv_usec = 50000};
    int fd[2];

    CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
    setsockopt(fd[0], SOL_SOCKET, SO_SNDTIMEO, &soon, sizeof(soon));
    /* Nobody reads: given up after the socket's time. */
    CU_ASSERT_FALSE(fcgi_send(fd[0], ID, (struct str){(const char *)sent, MOST}));
    close(fd[1]);
    CU_ASSERT_FALSE(fcgi_send(fd[0], ID, STR("x")));
    close(fd[0]);
}

static CU_TestInfo tests[] = {
    {"an answer of every length arrives whole, in whole records", test_every_length},
    {"a peer that is gone or does not read is given up", test_peer_gone},
    CU_TEST_INFO_NULL,
};
CU_SuiteInfo fcgi_send_suite = {"fcgi_send", NULL, NULL, NULL, NULL, tests};
