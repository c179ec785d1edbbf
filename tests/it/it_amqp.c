/* One connection at a time, one channel; frames are put together by hand. */
#include "it_amqp.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FRAME_METHOD 1
#define FRAME_HEADER 2
#define FRAME_END 0xCE
#define PAYLOAD_MAX 200000
#define METHOD(c, m) ((unsigned)(c) << 16 | (unsigned)(m))

struct fake_amqp {
    int fd, port;
    atomic_int conn; /* -1: none */
    atomic_int messages, mood;
    atomic_bool stop;
    pthread_t thread;
    uint64_t tag; /* of this connection */
    unsigned char in[PAYLOAD_MAX];
};

static bool
get(int fd, void *p, size_t n)
{
    return recv(fd, p, n, MSG_WAITALL) == (ssize_t)n;
}

static void
method(int fd, unsigned channel, unsigned what, const void *args, size_t n)
{
    unsigned char f[256] = {FRAME_METHOD, (unsigned char)(channel >> 8),
        (unsigned char)channel, 0, 0, 0, (unsigned char)(4 + n), (unsigned char)(what >> 24),
        (unsigned char)(what >> 16), (unsigned char)(what >> 8), (unsigned char)what};

    if (n > 0)
        memcpy(f + 11, args, n);
    f[11 + n] = FRAME_END;
    (void)!send(fd, f, 12 + n, MSG_NOSIGNAL);
}

static void
confirm(int fd, unsigned which, uint64_t tag, bool multiple)
{
    unsigned char args[9] = {0};

    for (int i = 0; i < 8; i++)
        args[i] = (unsigned char)(tag >> (56 - 8 * i));
    args[8] = multiple;
    method(fd, 1, METHOD(60, which), args, 9);
}

static void
message(struct fake_amqp *f, int fd)
{
    f->messages++;
    f->tag++;
    if (f->mood == FAKE_MULTIPLE && f->tag % 10 == 0)
        confirm(fd, 80, f->tag, true);
    else if (f->mood == FAKE_NACK_ODD)
        confirm(fd, f->tag % 2 == 0 ? 80 : 120, f->tag, false);
}

/* Every answer a publisher waits for. */
static void
answer(int fd, unsigned what)
{
    static const unsigned char tune[] = {0, 1, 0, 2, 0, 0, 0, 2};
    static const unsigned char declared[9] = {0};
    static const struct {
        unsigned asked, answered;
        const void *args;
        size_t n;
    } answers[] = {
        {METHOD(10, 11), METHOD(10, 30), tune, sizeof(tune)},
        {METHOD(10, 40), METHOD(10, 41), declared, 1},
        {METHOD(20, 10), METHOD(20, 11), declared, 4},
        {METHOD(40, 10), METHOD(40, 11), NULL, 0},
        {METHOD(50, 10), METHOD(50, 11), declared, 9},
        {METHOD(50, 20), METHOD(50, 21), NULL, 0},
        {METHOD(85, 10), METHOD(85, 11), NULL, 0},
    };

    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
        if (answers[i].asked == what)
            method(fd, what >> 16 > 10, answers[i].answered, answers[i].args,
                answers[i].n);
}

static bool
frame(struct fake_amqp *f, int fd)
{
    unsigned char h[7], end;
    uint32_t n;

    if (!get(fd, h, sizeof(h)))
        return false;
    n = (uint32_t)h[3] << 24 | (uint32_t)h[4] << 16 | (uint32_t)h[5] << 8 | h[6];
    if (n > PAYLOAD_MAX || !get(fd, f->in, n) || !get(fd, &end, 1) || end != FRAME_END)
        return false;
    if (h[0] == FRAME_METHOD)
        answer(fd, (unsigned)f->in[0] << 24 | (unsigned)f->in[1] << 16 |
                       (unsigned)f->in[2] << 8 | f->in[3]);
    /* No body is empty here: the message is whole with its body's frame. */
    if (h[0] == FRAME_HEADER + 1)
        message(f, fd);
    return true;
}

static void
serve(struct fake_amqp *f, int fd)
{
    /* start: version 0-9, no properties, PLAIN, en_US */
    static const unsigned char start[] = {0, 9, 0, 0, 0, 0, 0, 0, 0, 5, 'P', 'L', 'A', 'I',
        'N', 0, 0, 0, 5, 'e', 'n', '_', 'U', 'S'};
    unsigned char hello[8];

    f->tag = 0;
    if (!get(fd, hello, sizeof(hello)))
        return;
    method(fd, 0, METHOD(10, 10), start, sizeof(start));
    while (!f->stop && frame(f, fd))
        continue;
}

static void *
fake_main(void *arg)
{
    struct fake_amqp *f = arg;

    while (!f->stop) {
        int fd = accept(f->fd, NULL, NULL);

        if (fd < 0)
            break;
        f->conn = fd;
        serve(f, fd);
        f->conn = -1;
        close(fd);
    }
    return NULL;
}

struct fake_amqp *
fake_amqp_start(enum fake_mood mood)
{
    struct fake_amqp *f = calloc(1, sizeof(*f));
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(a);

    if (f == NULL)
        abort();
    f->conn = -1;
    f->mood = (int)mood;
    f->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(f->fd, (struct sockaddr *)&a, sizeof(a)) != 0 || listen(f->fd, 4) != 0 ||
        getsockname(f->fd, (struct sockaddr *)&a, &n) != 0)
        abort();
    f->port = ntohs(a.sin_port);
    if (pthread_create(&f->thread, NULL, fake_main, f) != 0)
        abort();
    return f;
}

int
fake_amqp_port(const struct fake_amqp *f)
{
    return f->port;
}

int
fake_amqp_messages(const struct fake_amqp *f)
{
    return f->messages;
}

void
fake_amqp_mood(struct fake_amqp *f, enum fake_mood mood)
{
    f->mood = (int)mood;
}

void
fake_amqp_stop(struct fake_amqp *f)
{
    int conn = f->conn;

    f->stop = true;
    (void)shutdown(f->fd, SHUT_RDWR);
    if (conn >= 0)
        (void)shutdown(conn, SHUT_RDWR);
    pthread_join(f->thread, NULL);
    close(f->fd);
    free(f);
}
