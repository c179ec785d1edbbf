/* Connecting to RabbitMQ and declaring what is needed there. Every wait has an end: connect,
 * handshake and RPC by timeouts, all else by heartbeats. */
#include "mq/mq_amqp_conn.h"

#include <amqp_tcp_socket.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/log.h"

#define HEARTBEAT_S 2
#define RPC_MS 5000
#define SEND_BUFFER (512 << 10)

static bool
url_parse(char *url, struct amqp_connection_info *info)
{
    static char default_vhost[] = "/";

    if (amqp_parse_url(url, info) != AMQP_STATUS_OK || info->ssl || info->host[0] == '\0')
        return false;
    /* "amqp://host/" names a virtual host without a name, which nobody has or means. */
    if (info->vhost[0] == '\0')
        info->vhost = default_vhost;
    return true;
}

bool
mq_amqp_url_ok(const char *url)
{
    struct amqp_connection_info info;
    char *copy = strdup(url);
    bool ok = copy != NULL && url_parse(copy, &info);

    free(copy);
    return ok;
}

enum err
amqp_conn_init(struct amqp_conn *k, const struct mq_amqp_conf *c)
{
    *k = (struct amqp_conn){.url = strdup(c->url)};
    if (k->url == NULL)
        abort();
    (void)snprintf(k->name, sizeof(k->name), "%s", c->name);
    if (!url_parse(k->url, &k->info)) {
        amqp_conn_done(k);
        return ERR_INVALID;
    }
    if (c->password != NULL && c->password[0] != '\0') {
        k->password = strdup(c->password);
        if (k->password == NULL)
            abort();
        k->info.password = k->password;
    }
    return ERR_OK;
}

void
amqp_conn_done(struct amqp_conn *k)
{
    amqp_conn_close(k);
    free(k->password);
    free(k->url);
    k->url = k->password = NULL;
}

void
amqp_conn_close(struct amqp_conn *k)
{
    if (k->c != NULL)
        (void)amqp_destroy_connection(k->c); /* closes the socket, waits for nobody */
    k->c = NULL;
}

enum err
amqp_conn_lost(struct amqp_conn *k, const char *what)
{
    if (!k->down)
        log_warn("mq", "event=broker_away host=%s port=%d at=%s", k->info.host,
            k->info.port, what);
    k->down = true;
    amqp_conn_close(k);
    mq_pause_failed(&k->pause);
    return ERR_UPSTREAM;
}

amqp_bytes_t
amqp_conn_name(const struct amqp_conn *k, const char *what, char out[NAME_N])
{
    (void)snprintf(out, NAME_N, "%s.%s", k->name, what);
    return amqp_cstring_bytes(out);
}

bool
amqp_conn_ok(struct amqp_conn *k)
{
    return amqp_get_rpc_reply(k->c).reply_type == AMQP_RESPONSE_NORMAL;
}

static amqp_table_entry_t
arg_str(const char *key, amqp_bytes_t v)
{
    amqp_table_entry_t e = {.key = amqp_cstring_bytes(key)};

    e.value.kind = AMQP_FIELD_KIND_UTF8;
    e.value.value.bytes = v;
    return e;
}

static bool
exchange(struct amqp_conn *k, const char *what, const char *type)
{
    char name[NAME_N];

    (void)amqp_exchange_declare(k->c, CHANNEL, amqp_conn_name(k, what, name),
        amqp_cstring_bytes(type), 0, 1, 0, 0, amqp_empty_table);
    return amqp_conn_ok(k);
}

static bool
queue(struct amqp_conn *k, const char *what, amqp_table_entry_t *args, int n)
{
    const amqp_table_t t = {.num_entries = n, .entries = args};
    char name[NAME_N];

    (void)amqp_queue_declare(
        k->c, CHANNEL, amqp_conn_name(k, what, name), 0, 1, 0, 0, t);
    return amqp_conn_ok(k);
}

static bool
bind_all(struct amqp_conn *k, const char *q, const char *ex)
{
    char to[NAME_N], from[NAME_N];

    (void)amqp_queue_bind(k->c, CHANNEL, amqp_conn_name(k, q, to),
        amqp_conn_name(k, ex, from), amqp_cstring_bytes("#"), amqp_empty_table);
    return amqp_conn_ok(k);
}

static bool
declare(struct amqp_conn *k)
{
    char dead[NAME_N];
    amqp_table_entry_t args[2];

    args[0] = arg_str("x-dead-letter-exchange", amqp_conn_name(k, "dead", dead));
    args[1] = (amqp_table_entry_t){.key = amqp_cstring_bytes("x-single-active-consumer")};
    args[1].value.kind = AMQP_FIELD_KIND_BOOLEAN;
    args[1].value.value.boolean = 1;
    return exchange(k, "events", "topic") && exchange(k, "dead", "fanout") &&
           queue(k, "dead", NULL, 0) && bind_all(k, "dead", "dead") &&
           queue(k, "in", args, 2) && bind_all(k, "in", "events") &&
           queue(k, "due", args, 1);
}

bool
amqp_conn_delay(struct amqp_conn *k, int64_t ms, char out[NAME_N])
{
    amqp_table_entry_t args[3];
    char what[NAME_N / 2], due[NAME_N];

    (void)snprintf(what, sizeof(what), "delay.%" PRId64, ms);
    args[0] = arg_str("x-dead-letter-exchange", amqp_empty_bytes);
    args[1] = arg_str("x-dead-letter-routing-key", amqp_conn_name(k, "due", due));
    args[2] = (amqp_table_entry_t){.key = amqp_cstring_bytes("x-message-ttl")};
    args[2].value.kind = AMQP_FIELD_KIND_I64;
    args[2].value.value.i64 = ms;
    (void)amqp_conn_name(k, what, out);
    return queue(k, what, args, 3);
}

static bool
socket_open(struct amqp_conn *k)
{
    struct timeval connect_in = {.tv_sec = MQ_CONNECT_MS / 1000};
    const struct timeval rpc_in = {.tv_sec = RPC_MS / 1000};
    const int buffer = SEND_BUFFER;
    amqp_socket_t *s;

    if ((k->c = amqp_new_connection()) == NULL)
        abort();
    if ((s = amqp_tcp_socket_new(k->c)) == NULL)
        abort();
    if (amqp_set_handshake_timeout(k->c, &rpc_in) != AMQP_STATUS_OK ||
        amqp_set_rpc_timeout(k->c, &rpc_in) != AMQP_STATUS_OK ||
        amqp_socket_open_noblock(s, k->info.host, k->info.port, &connect_in) !=
            AMQP_STATUS_OK)
        return false;
    /* A batch fits: what is sent is not held up by a broker that does not read. */
    (void)setsockopt(
        amqp_get_sockfd(k->c), SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
    return true;
}

enum err
amqp_conn_open(struct amqp_conn *k, bool *fresh)
{
    *fresh = false;
    if (k->c != NULL)
        return ERR_OK;
    if (!mq_pause_over(&k->pause))
        return ERR_UPSTREAM;
    if (!socket_open(k))
        return amqp_conn_lost(k, "connect");
    if (amqp_login(k->c, k->info.vhost, 1, AMQP_DEFAULT_FRAME_SIZE, HEARTBEAT_S,
            AMQP_SASL_METHOD_PLAIN, k->info.user, k->info.password)
            .reply_type != AMQP_RESPONSE_NORMAL)
        return amqp_conn_lost(k, "login");
    (void)amqp_channel_open(k->c, CHANNEL);
    if (!amqp_conn_ok(k))
        return amqp_conn_lost(k, "channel");
    if (!declare(k))
        return amqp_conn_lost(k, "declare");
    *fresh = true;
    return ERR_OK;
}
