/* Receiving from RabbitMQ: deliveries up to a bounded prefetch, acknowledged by hand. A lost
 * connection gives back what was not acknowledged; the broker delivers it again. */
#include <stdlib.h>
#include <sys/time.h>

#include "base/log.h"
#include "mq/mq_amqp_conn.h"

#define PREFETCH 256

struct mq_in {
    struct amqp_conn k;
    const char *queue;
};

enum err
mq_in_new(struct mq_in **out, const struct mq_amqp_conf *c, bool due)
{
    struct mq_in *in = calloc(1, sizeof(*in));
    enum err e;

    if (in == NULL)
        abort();
    in->queue = due ? "due" : "in";
    if ((e = amqp_conn_init(&in->k, c)) != ERR_OK) {
        free(in);
        return e;
    }
    *out = in;
    return ERR_OK;
}

void
mq_in_free(struct mq_in *in)
{
    if (in == NULL)
        return;
    amqp_conn_done(&in->k);
    free(in);
}

static enum err
subscribe(struct mq_in *in)
{
    char name[NAME_N];
    bool fresh;
    enum err e = amqp_conn_open(&in->k, &fresh);

    if (e != ERR_OK || !fresh)
        return e;
    (void)amqp_basic_qos(in->k.c, CHANNEL, 0, PREFETCH, 0);
    if (!amqp_conn_ok(&in->k))
        return amqp_conn_lost(&in->k, "qos");
    (void)amqp_basic_consume(in->k.c, CHANNEL, amqp_conn_name(&in->k, in->queue, name),
        amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
    if (!amqp_conn_ok(&in->k))
        return amqp_conn_lost(&in->k, "consume");
    if (in->k.down)
        log_info("mq", "event=broker_back queue=%s", name);
    in->k.down = false;
    mq_pause_done(&in->k.pause);
    return ERR_OK;
}

static bool
timed_out(const amqp_rpc_reply_t *r)
{
    return r->reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION &&
           r->library_error == AMQP_STATUS_TIMEOUT;
}

/* ERR_NOT_FOUND: none in that time. A body above the bound comes without its bytes. */
static enum err
take_one(struct mq_in *in, struct arena *a, int64_t wait_ms, struct mq_delivery *out)
{
    const struct timeval tv = {
        .tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000};
    amqp_envelope_t env;
    amqp_rpc_reply_t r;

    amqp_maybe_release_buffers(in->k.c);
    r = amqp_consume_message(in->k.c, &env, &tv, 0);
    if (timed_out(&r))
        return ERR_NOT_FOUND;
    /* Else it is gone, or says something we did not ask for: begin anew. */
    if (r.reply_type != AMQP_RESPONSE_NORMAL)
        return amqp_conn_lost(&in->k, "receive");
    out->tag = env.delivery_tag;
    out->again = env.redelivered != 0;
    out->body = STR("");
    if (env.message.body.len > 0 && env.message.body.len <= MQ_BODY_MAX)
        out->body = arena_str(
            a, (struct str){env.message.body.bytes, env.message.body.len});
    amqp_destroy_envelope(&env);
    return ERR_OK;
}

enum err
mq_in_take(struct mq_in *in, struct arena *a, int64_t wait_ms, struct mq_delivery *out,
    size_t max, size_t *n)
{
    enum err e = subscribe(in);

    *n = 0;
    while (e == ERR_OK && *n < max) {
        e = take_one(in, a, *n == 0 ? wait_ms : 0, &out[*n]);
        if (e == ERR_OK)
            (*n)++;
    }
    if (e == ERR_UPSTREAM)
        *n = 0; /* what was taken comes again */
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
mq_in_ack(struct mq_in *in, uint64_t tag)
{
    if (in->k.c == NULL)
        return ERR_UPSTREAM;
    if (amqp_basic_ack(in->k.c, CHANNEL, tag, 1) != AMQP_STATUS_OK)
        return amqp_conn_lost(&in->k, "ack");
    return ERR_OK;
}

enum err
mq_in_reject(struct mq_in *in, uint64_t tag)
{
    if (in->k.c == NULL)
        return ERR_UPSTREAM;
    if (amqp_basic_reject(in->k.c, CHANNEL, tag, 0) != AMQP_STATUS_OK)
        return amqp_conn_lost(&in->k, "reject");
    return ERR_OK;
}

void
mq_in_drop(struct mq_in *in)
{
    amqp_conn_close(&in->k);
}
