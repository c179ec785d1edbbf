/* libfcgi 2.4.2 is made for one thread that sits in accept().  How it is used instead,
 * and what of it must be known (libfcgi/fcgiapp.c, libfcgi/os_unix.c):
 *
 * - FCGX_Accept_r() accepts only if request.ipcFd < 0; else it reads a request from that
 *   descriptor.  When the request is broken it closes the descriptor and goes round to
 *   accept: listen_sock is -1 here, so that accept() fails at once with EBADF.
 * - It closes with shutdown() and up to two seconds of poll() unless `detached` is set.
 *   We set it: then no poll() or select() of libfcgi's is ever reached, and the size of
 *   descriptors does not matter to it.
 * - keepConnection is overwritten by the flags of FCGI_BEGIN_REQUEST; after
 *   FCGX_Finish_r() ipcFd >= 0 says that the connection is to be kept, and ipcFd = -1
 *   takes it back from the request.
 * - A connection that breaks between two parameters looks like their end: the error is
 *   only to be seen in FCGX_GetError(in), which is asked before anything is believed.
 * - Its streams are public: with wasFCloseCalled set FCGX_Finish_r() writes nothing of its
 *   own. The answer leaves through fcgi_send.c.
 * - What its buffer holds beyond the end of the request is dropped.  nginx never sends a
 *   second request on a connection before it has the first one's answer.
 * - The body must be read to its end record, or the rest would stand before the next
 *   request: so bodies are drained whether a handler wants them or not. */
#include "http/front_serve.h"

#include <errno.h>
#include <fastcgi.h>
#include <limits.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "http/fcgi_send.h"
#include "http/route.h"

/* Above body_max this much more is read so that nginx gets to see the answer. */
#define DRAIN_MAX ((size_t)16 << 20)
#define PARTIAL_STEP_MS 5
#define PARTIAL_MAX_MS 1000
/* A longer answer's memory is given back. */
#define OUT_KEPT_MAX ((size_t)64 << 10)

int
front_serve_global(void)
{
    return FCGX_Init();
}

void
front_serve_init(struct front_serve *s, struct front_calls *calls)
{
    s->calls = calls;
    s->call = front_call_take(calls);
}

void
front_serve_done(struct front_serve *s)
{
    front_call_give(s->call);
}

/* Wait a moment for more bytes; true when the peer has closed.  poll() cannot wait for
 * more than what a peek leaves there, but it can tell of the end. */
static bool
peer_closed(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLRDHUP};

    return poll(&p, 1, PARTIAL_STEP_MS) != 0;
}

/* Is a whole head of a request there?  A part of one is waited for here, in small steps
 * and not for long: nginx writes it in one piece, so this is a rare moment between two
 * buffers of the kernel, or somebody else's garbage. */
static enum fcgi_guard
peek_request(struct front_serve *s, int fd, bool *nothing)
{
    enum fcgi_guard g = FCGI_GUARD_PARTIAL;
    bool last = false;
    int steps = PARTIAL_MAX_MS / PARTIAL_STEP_MS;
    ssize_t n;

    *nothing = false;
    while (g == FCGI_GUARD_PARTIAL && !last) {
        last = steps == 0;
        n = recv(fd, s->peeked, sizeof(s->peeked), MSG_PEEK | MSG_DONTWAIT);
        *nothing = n < 0 && errno == EAGAIN;
        if (n <= 0)
            return FCGI_GUARD_BAD;
        g = fcgi_guard(s->peeked, (size_t)n);
        last |= (size_t)n == sizeof(s->peeked);
        /* After the end, one more look at what came before it. */
        if (g == FCGI_GUARD_PARTIAL && !last)
            steps = peer_closed(fd) ? 0 : steps - 1;
    }
    if (g != FCGI_GUARD_OK)
        log_warn("http", "connection closed: what came is no whole FastCGI request");
    return g;
}

/* Read what is left of the body, up to a bound; false: there was more, or an error. */
static bool
drain(FCGX_Stream *in, size_t max, size_t *got)
{
    char trash[4096];
    int n;

    for (*got = 0; *got <= max; *got += (size_t)n) {
        n = FCGX_GetStr(trash, sizeof(trash), in);
        if (n <= 0)
            return FCGX_GetError(in) == 0;
    }
    return false;
}

/* CONTENT_LENGTH decides how much is read, the stream what is true. */
static enum err
read_body(struct front_call *s, struct str *body, struct fault *flt)
{
    struct str text = str_c(FCGX_GetParam("CONTENT_LENGTH", s->fcgi.envp));
    size_t max = s->of->conf->body_max, got, more;
    uint64_t said = 0;
    bool number = text.n == 0 || str_u64(text, &said), ended;
    char *p;

    if (max > INT_MAX)
        max = INT_MAX;
    *body = STR("");
    if (!number || said > max) {
        s->fcgi.keepConnection &= drain(s->fcgi.in, DRAIN_MAX, &more);
        return number ? fault_set(flt, ERR_TOO_LARGE, "", "At most %zu bytes.", max)
                      : fault_set(flt, ERR_BAD, "", "Content-Length is no number.");
    }
    p = arena_alloc(s->arena, (size_t)said + 1);
    got = (size_t)FCGX_GetStr(p, (int)said, s->fcgi.in);
    ended = drain(s->fcgi.in, DRAIN_MAX, &more);
    s->fcgi.keepConnection &= ended;
    if (got != said || more > 0)
        return fault_set(
            flt, ERR_BAD, "", "The body is not as long as Content-Length says.");
    p[got] = '\0';
    *body = (struct str){p, got};
    return ERR_OK;
}

static const char *
reason(int status)
{
    static const struct {
        int status;
        const char *text;
    } known[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {303, "See Other"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {402, "Payment Required"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {409, "Conflict"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {415, "Unsupported Media Type"},
        {422, "Unprocessable Content"},
        {428, "Precondition Required"},
        {429, "Too Many Requests"},
        {500, "Internal Server Error"},
        {503, "Service Unavailable"},
    };
    size_t i;

    for (i = 0; i < NELEM(known); i++)
        if (known[i].status == status)
            return known[i].text;
    return "Status";
}

/* Head and body as one piece, where no request's memory is needed any more to send it.  A
 * 204 has no length (RFC 9110, 8.6), a 304 need not. */
static void
put_answer(struct front_call *k)
{
    const struct req *rq = &k->rq;
    const struct resp *rs = &k->rs;
    struct buf *out = &k->out;

    buf_clear(out);
    buf_printf(out, "Status: %d %s\r\nX-Request-Id: %.*s\r\n", rs->status,
        reason(rs->status), STR_F(rq->id));
    if (rs->type != NULL)
        buf_printf(out, "Content-Type: %s\r\n", rs->type);
    if (rs->status != 204 && rs->status != 304)
        buf_printf(out, "Content-Length: %zu\r\n", rs->body.n);
    buf_str(out, buf_view(&rs->head));
    buf_c(out, "\r\n");
    if (rq->method != M_HEAD)
        buf_str(out, buf_view(&rs->body));
}

/* False: nginx is gone or stuck. */
static bool
send_answer(struct front_call *k)
{
    bool sent = fcgi_send(k->fcgi.ipcFd, k->fcgi.requestId, buf_view(&k->out));

    if (!sent)
        log_info("http", "answer not taken: %s", strerrordesc_np(errno));
    if (k->out.cap > OUT_KEPT_MAX) {
        buf_done(&k->out);
        buf_init(&k->out, FRONT_OUT_MAX);
    } else
        buf_clear(&k->out);
    return sent;
}

static void
refuse(const struct req *rq, struct resp *rs, enum err e)
{
    problem_write(rs, rq, e);
    log_info("http", "%.*s %.*s status=%d refused: %s",
        STR_F(str_utf8_cut(rq->method_name, 16)), STR_F(str_utf8_cut(rq->path, 200)),
        rs->status, rs->fault.detail);
}

static void
put_or_refuse(struct front_call *k)
{
    if (k->rs.body.overflow || k->rs.head.overflow) {
        resp_init(&k->rs, k->arena);
        refuse(&k->rq, &k->rs, ERR_INTERNAL);
    }
    put_answer(k);
}

/* It is answered, or nobody is there any more: FRONT_KEPT or FRONT_CLOSED. */
static enum front_conn
finish(struct front_call *k)
{
    if (FCGX_GetError(k->fcgi.in) != 0)
        k->fcgi.keepConnection = 0;
    /* What the request holds (locks, connections) is given back before the client can
     * know that it was answered, so that its next request does not meet it. */
    arena_reset(k->arena);
    log_set_request(STR_NULL);
    if (k->out.n > 0 && !send_answer(k))
        k->fcgi.keepConnection = 0;
    k->fcgi.out->wasFCloseCalled = 1;
    k->fcgi.err->wasFCloseCalled = 1;
    FCGX_Finish_r(&k->fcgi);
    if (k->fcgi.ipcFd < 0)
        return FRONT_CLOSED;
    k->fcgi.ipcFd = -1;
    return FRONT_KEPT;
}

/* In whichever thread did what the request waited for. */
static void
resume(struct req *rq)
{
    struct front_call *k =
        (void *)((unsigned char *)rq - offsetof(struct front_call, rq));
    struct front_calls *c = k->of;
    enum front_conn is;
    int fd = k->fd, op = k->op;

    log_set_request(rq->id);
    trace_reset();
    c->conf->resume(c->conf->arg, rq, &k->rs);
    put_or_refuse(k);
    is = finish(k);
    front_call_give(k);
    c->settled(c->arg, fd, op, is);
    front_calls_away(c, -1);
}

/* True: it is answered later. */
static bool
answer(struct front_call *k)
{
    const struct front_conf *conf = k->of->conf;
    struct req *rq = &k->rq;
    struct resp *rs = &k->rs;
    struct str body;
    enum err body_e, e;

    trace_reset();
    resp_init(rs, k->arena);
    body_e = read_body(k, &body, &rs->fault);
    if (FCGX_GetError(k->fcgi.in) != 0)
        return false; /* nobody is there any more, or the body is no body */
    e = req_build(rq, k->arena, k->fcgi.envp, body, &rs->fault);
    log_set_request(rq->id);
    rq->app = conf->app;
    rq->resume = conf->resume != NULL ? resume : NULL;
    if (e != ERR_OK || body_e != ERR_OK)
        refuse(rq, rs, body_e != ERR_OK ? body_e : e);
    else
        conf->handle(conf->arg, rq, rs);
    if (rq->later_start != NULL)
        return true;
    put_or_refuse(k);
    return false;
}

/* From here on it belongs to whoever resumes it. */
static void
let_go(struct front_serve *s, int fd, int op)
{
    struct front_call *k = s->call;

    s->call = front_call_take(s->calls);
    k->fd = fd;
    k->op = op;
    front_calls_away(s->calls, 1);
    k->rq.later_start(&k->rq, &k->rs);
    log_set_request(STR_NULL);
}

enum front_conn
front_serve(struct front_serve *s, int fd, int op)
{
    struct front_call *k = s->call;
    bool nothing;
    enum fcgi_guard g = peek_request(s, fd, &nothing);

    if (nothing)
        return FRONT_KEPT;
    if (g != FCGI_GUARD_OK) {
        close(fd);
        return FRONT_CLOSED;
    }
    k->fcgi.ipcFd = fd;
    k->fcgi.keepConnection = 1;
    k->fcgi.detached = 1;
    if (FCGX_Accept_r(&k->fcgi) != 0)
        return FRONT_CLOSED;
    if (FCGX_GetError(k->fcgi.in) == 0 && answer(k)) {
        let_go(s, fd, op);
        return FRONT_LATER;
    }
    return finish(k);
}

/* FastCGI has no word for "use this connection no more", and closing it may meet a request
 * on its way, which nginx cannot send again if it is a POST.  So: a record that says
 * nothing.  nginx closes a connection it keeps as soon as that speaks unasked; and if it
 * has just sent a request there it skips the record and reads the answer behind it. */
void
front_dismiss(int fd)
{
    /* Of request 1, the only number nginx uses. */
    static const unsigned char nothing[] = {FCGI_VERSION_1, FCGI_STDERR, 0, 1, 0, 0, 0, 0};

    if (send(fd, nothing, sizeof(nothing), MSG_DONTWAIT | MSG_NOSIGNAL) !=
        (ssize_t)sizeof(nothing))
        shutdown(fd, SHUT_RDWR);
}
