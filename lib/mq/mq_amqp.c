/* Sending to RabbitMQ with publisher confirms: a window of messages is on the way, the broker's
 * acks are read from the channel, several at once where it says `multiple`. A message that
 * comes back unroutable is not handed, even though it is acked. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>

#include "base/clock.h"
#include "base/log.h"
#include "mq/mq_amqp_conn.h"

#define WINDOW 200
#define ID_N 24
#define PERSISTENT 2
/* Delays whose queues were declared on this connection. */
#define DELAYS_MAX 32

struct mq_amqp {
    struct mq q; /* first */
    struct amqp_conn k;
    uint64_t sent; /* delivery tags of this connection; the first is 1 */
    int64_t delay[DELAYS_MAX];
    size_t delay_n;
};

/* One call's messages: msg[i] has the tag first + i. */
struct flight {
    struct mq_msg *msg;
    bool *settled; /* acked, nacked or returned */
    uint64_t first;
    size_t n, sent, open;
    bool refused; /* one was nacked or returned */
};

static amqp_bytes_t
bytes(struct str s)
{
    /* The library does not write there. */
    return (amqp_bytes_t){.len = s.n, .bytes = (void *)(uintptr_t)s.p};
}

static void
settle(struct flight *f, uint64_t tag, bool handed)
{
    size_t i = (size_t)(tag - f->first);

    if (tag < f->first || i >= f->sent || f->settled[i])
        return;
    f->settled[i] = true;
    f->msg[i].handed = handed;
    f->refused = f->refused || !handed;
    f->open--;
}

static void
confirmed(struct flight *f, uint64_t tag, bool multiple, bool handed)
{
    uint64_t from = multiple ? f->first : tag;

    /* Tag 0 with `multiple`: all there are. */
    if (multiple && tag == 0)
        tag = f->first + f->sent - 1;
    for (; from <= tag; from++)
        settle(f, from, handed);
}

/* It follows on the same channel, with the message as it was sent. */
static bool
returned(struct mq_amqp *m, struct flight *f)
{
    amqp_message_t back;
    struct str id;
    int64_t no;

    if (amqp_read_message(m->k.c, CHANNEL, &back, 0).reply_type != AMQP_RESPONSE_NORMAL)
        return false;
    id = (struct str){back.properties.message_id.bytes, back.properties.message_id.len};
    if (str_i64(id, &no))
        for (size_t i = 0; i < f->sent; i++)
            if (f->msg[i].id == no)
                settle(f, f->first + i, false);
    amqp_destroy_message(&back);
    return true;
}

static bool
method(struct mq_amqp *m, struct flight *f, const amqp_method_t *me)
{
    if (me->id == AMQP_BASIC_ACK_METHOD) {
        const amqp_basic_ack_t *ack = me->decoded;

        confirmed(f, ack->delivery_tag, ack->multiple != 0, true);
        return true;
    }
    if (me->id == AMQP_BASIC_NACK_METHOD) {
        const amqp_basic_nack_t *nack = me->decoded;

        confirmed(f, nack->delivery_tag, nack->multiple != 0, false);
        return true;
    }
    return me->id == AMQP_BASIC_RETURN_METHOD && returned(m, f);
}

/* One frame. ERR_BUSY: none came in time. */
static enum err
read_one(struct mq_amqp *m, struct flight *f, int64_t wait_us)
{
    const struct timeval tv = {.tv_sec = wait_us / 1000000, .tv_usec = wait_us % 1000000};
    amqp_frame_t frame;
    int rc;

    amqp_maybe_release_buffers(m->k.c);
    rc = amqp_simple_wait_frame_noblock(m->k.c, &frame, &tv);
    if (rc == AMQP_STATUS_TIMEOUT)
        return ERR_BUSY;
    if (rc != AMQP_STATUS_OK || frame.frame_type != AMQP_FRAME_METHOD)
        return ERR_UPSTREAM;
    return method(m, f, &frame.payload.method) ? ERR_OK : ERR_UPSTREAM;
}

/* Read until at most `most` are open. The time begins anew with each answer. */
static enum err
drain(struct mq_amqp *m, struct flight *f, size_t most)
{
    int64_t until = clock_mono_us() + MQ_CONFIRM_MS * INT64_C(1000);

    while (f->open > most) {
        int64_t left = until - clock_mono_us();
        size_t open = f->open;
        enum err e = left > 0 ? read_one(m, f, left) : ERR_BUSY;

        if (e != ERR_OK)
            return amqp_conn_lost(&m->k, e == ERR_BUSY ? "confirm" : "read");
        if (f->open < open)
            until = clock_mono_us() + MQ_CONFIRM_MS * INT64_C(1000);
    }
    return ERR_OK;
}

/* A broker that takes nothing more (memory alarm, frozen) would hold up the library's send. */
static bool
writable(struct mq_amqp *m)
{
    struct pollfd p = {.fd = amqp_get_sockfd(m->k.c), .events = POLLOUT};
    int rc;

    do
        rc = poll(&p, 1, MQ_CONFIRM_MS);
    while (rc < 0 && errno == EINTR);
    return rc == 1 && (p.revents & POLLOUT) != 0;
}

static bool
delay_declared(struct mq_amqp *m, int64_t ms, char name[NAME_N])
{
    for (size_t i = 0; i < m->delay_n; i++) {
        if (m->delay[i] == ms) {
            char what[NAME_N / 2];

            (void)snprintf(what, sizeof(what), "delay.%" PRId64, ms);
            (void)amqp_conn_name(&m->k, what, name);
            return true;
        }
    }
    if (!amqp_conn_delay(&m->k, ms, name))
        return false;
    m->delay[m->delay_n < DELAYS_MAX ? m->delay_n++ : 0] = ms;
    return true;
}

static bool
send_one(struct mq_amqp *m, const struct mq_msg *msg)
{
    char id[ID_N], to[NAME_N];
    amqp_bytes_t exchange = amqp_empty_bytes, key = bytes(msg->topic);
    amqp_basic_properties_t p = {
        ._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG |
                  AMQP_BASIC_MESSAGE_ID_FLAG | AMQP_BASIC_TYPE_FLAG,
        .content_type = amqp_cstring_bytes("application/json"),
        .delivery_mode = PERSISTENT,
        .type = bytes(msg->topic),
    };

    (void)snprintf(id, sizeof(id), "%" PRId64, msg->id);
    p.message_id = amqp_cstring_bytes(id);
    /* The exchange without a name leads to the queue named. */
    if (msg->delay_ms > 0) {
        if (!delay_declared(m, msg->delay_ms, to))
            return false;
        key = amqp_cstring_bytes(to);
    } else if (msg->own) {
        key = amqp_conn_name(&m->k, "in", to);
    } else {
        exchange = amqp_conn_name(&m->k, "events", to);
    }
    return writable(m) && amqp_basic_publish(m->k.c, CHANNEL, exchange, key, 1, 0, &p,
                              bytes(msg->body)) == AMQP_STATUS_OK;
}

static enum err
open_confirming(struct mq_amqp *m)
{
    bool fresh;
    enum err e = amqp_conn_open(&m->k, &fresh);

    if (e != ERR_OK || !fresh)
        return e;
    (void)amqp_confirm_select(m->k.c, CHANNEL);
    if (!amqp_conn_ok(&m->k))
        return amqp_conn_lost(&m->k, "confirm.select");
    m->sent = 0;
    m->delay_n = 0;
    return ERR_OK;
}

/* Delay queues are declared before anything is on the way: a declaration waits for its own
 * answer and would pass over confirmations. */
static enum err
delays(struct mq_amqp *m, const struct mq_msg *msg, size_t n)
{
    char name[NAME_N];

    for (size_t i = 0; i < n; i++)
        if (msg[i].delay_ms > 0 && !delay_declared(m, msg[i].delay_ms, name))
            return amqp_conn_lost(&m->k, "declare");
    return ERR_OK;
}

static enum err
send_all(struct mq_amqp *m, struct flight *f)
{
    enum err e = ERR_OK;

    for (size_t i = 0; i < f->n && e == ERR_OK; i++) {
        if (!send_one(m, &f->msg[i]))
            return amqp_conn_lost(&m->k, "publish");
        m->sent++;
        f->sent++;
        f->open++;
        if (f->open >= WINDOW)
            e = drain(m, f, WINDOW / 2);
    }
    return e == ERR_OK ? drain(m, f, 0) : e;
}

static enum err
publish(struct mq *q, struct mq_msg *msg, size_t n)
{
    struct mq_amqp *m = (struct mq_amqp *)(void *)q;
    struct flight f = {.msg = msg, .n = n};
    enum err e = open_confirming(m);

    if (e == ERR_OK)
        e = delays(m, msg, n);
    if (e != ERR_OK)
        return e;
    f.first = m->sent + 1;
    f.settled = calloc(n + 1, sizeof(*f.settled));
    if (f.settled == NULL)
        abort();
    e = send_all(m, &f);
    free(f.settled);
    /* What it refuses may be for want of a queue: they are declared with the connection. */
    if (e == ERR_OK && f.refused)
        return amqp_conn_lost(&m->k, "refused");
    if (e == ERR_OK) {
        if (m->k.down)
            log_info("mq", "event=broker_back host=%s port=%d", m->k.info.host,
                m->k.info.port);
        m->k.down = false;
        mq_pause_done(&m->k.pause);
    }
    return e;
}

static void
free_it(struct mq *q)
{
    struct mq_amqp *m = (struct mq_amqp *)(void *)q;

    amqp_conn_done(&m->k);
    free(m);
}

enum err
mq_amqp_new(struct mq **out, const struct mq_amqp_conf *c)
{
    struct mq_amqp *m = calloc(1, sizeof(*m));
    enum err e;

    if (m == NULL)
        abort();
    m->q = (struct mq){.publish = publish, .free = free_it};
    if ((e = amqp_conn_init(&m->k, c)) != ERR_OK) {
        free(m);
        return e;
    }
    *out = &m->q;
    return ERR_OK;
}
