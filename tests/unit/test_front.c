/* A real front on a unix socket, spoken to with a FastCGI client of a few lines: what
 * nginx does, and what it never would. */
#include <CUnit/CUnit.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/fcgi_ask.h"
#include "http/fcgi_guard.h"
#include "http/front.h"

extern CU_SuiteInfo front_suite;

#define BODY_MAX 20000
#define THREADS 2
#define SPARES 6
#define ANSWER_MAX 400000
#define WAIT_MS 8000

enum {
    BEGIN = 1,
    ABORT = 2,
    END = 3,
    PARAMS = 4,
    STDIN = 5,
    STDOUT = 6,
    STDERR = 7,
    GET_VALUES = 9
};

/* The thread that arms a connection may still be on its way out of epoll_ctl() when the
 * next one has served and closed it: the kernel holds the file, only TSan does not know.
 */
#if defined(__SANITIZE_THREAD__)
const char *__tsan_default_suppressions(void);

const char *
__tsan_default_suppressions(void)
{
    return "race:front_park\n";
}
#endif

static struct front_conf conf;
static pthread_t thread;
static char dir[64], path[96];
static atomic_int result;
static char *answer;

/* A request under construction. */
static unsigned char out[100000];
static size_t out_n;

/* Handlers that block until the test lets one go, and how many do. */
static sem_t gate;
static atomic_int blocked;

/* How many handlers were at work at one time. */
static atomic_int busy, busiest;

static void
work(void)
{
    int n = atomic_fetch_add(&busy, 1) + 1, most = atomic_load(&busiest);

    while (n > most && !atomic_compare_exchange_weak(&busiest, &most, n))
        ;
    clock_sleep_ms(20);
    atomic_fetch_sub(&busy, 1);
}

static void
wait_at_gate(void)
{
    front_blocking_begin();
    atomic_fetch_add(&blocked, 1);
    sem_wait(&gate);
    atomic_fetch_sub(&blocked, 1);
    front_blocking_end();
}

static void
nap(void)
{
    front_blocking_begin();
    clock_sleep_ms(1);
    front_blocking_end();
}

/* Requests that wait for the test to go on with them. */
#define LATER_MAX 64
static struct req *_Atomic later[LATER_MAX];
static atomic_int later_n;

static void
keep_for_later(struct req *rq, struct resp *rs)
{
    (void)rs;
    atomic_store(&later[atomic_fetch_add(&later_n, 1) % LATER_MAX], rq);
}

static void
go_on_at_once(struct req *rq, struct resp *rs)
{
    (void)rs;
    req_resume(rq);
}

static enum err
answer_now(struct req *rq, struct resp *rs)
{
    resp_bytes(rs, 200, "text/plain", STR("later:"));
    buf_str(&rs->body, rq->body);
    return ERR_OK;
}

static void
fake_resume(void *arg, struct req *rq, struct resp *rs)
{
    (void)arg;
    CU_ASSERT_EQUAL(rq->later_finish(rq, rs), ERR_OK);
}

static void
fake_handle(void *arg, struct req *rq, struct resp *rs)
{
    static const char block[1000] = "block";
    size_t i;

    (void)arg;
    if (str_eq_c(rq->path, "/slow"))
        clock_sleep_ms(300);
    if (str_eq_c(rq->path, "/work"))
        work();
    if (str_eq_c(rq->path, "/block"))
        wait_at_gate();
    if (str_eq_c(rq->path, "/nap"))
        nap();
    if (str_eq_c(rq->path, "/ms"))
        clock_sleep_ms(1);
    if (str_eq_c(rq->path, "/later") && req_answer_later(rq, keep_for_later, answer_now))
        return;
    if (str_eq_c(rq->path, "/at-once") && req_answer_later(rq, go_on_at_once, answer_now))
        return;
    if (str_eq_c(rq->path, "/empty")) {
        resp_empty(rs, 204);
        return;
    }
    resp_bytes(rs, 200, "text/plain", STR("echo:"));
    buf_str(&rs->body, rq->body);
    for (i = 0; str_eq_c(rq->path, "/big") && i < 300; i++)
        buf_put(&rs->body, block, sizeof(block));
}

static void *
run(void *arg)
{
    (void)arg;
    result = front_run(&conf);
    return NULL;
}

static int
listen_unix(void)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(dir, sizeof(dir), "%s", "/tmp/souk-front-XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/s", dir);
    memcpy(sa.sun_path, path, strlen(path) + 1);
    CU_ASSERT_EQUAL_FATAL(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
    CU_ASSERT_EQUAL_FATAL(listen(fd, 128), 0);
    return fd;
}

static int
client(void)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    memcpy(sa.sun_path, path, strlen(path) + 1);
    CU_ASSERT_EQUAL_FATAL(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
    return fd;
}

static void
put_record(int type, const void *p, size_t n)
{
    const unsigned char head[] = {
        1, (unsigned char)type, 0, 1, (unsigned char)(n >> 8), (unsigned char)n, 0, 0};

    memcpy(out + out_n, head, sizeof(head));
    if (n > 0)
        memcpy(out + out_n + sizeof(head), p, n);
    out_n += sizeof(head) + n;
}

static void
put_begin(bool keep)
{
    const unsigned char body[] = {0, 1, keep, 0, 0, 0, 0, 0};

    out_n = 0;
    put_record(BEGIN, body, sizeof(body));
}

static size_t
put_pair(unsigned char *p, const char *name, const char *value)
{
    size_t n = strlen(name), v = strlen(value);

    p[0] = (unsigned char)n;
    p[1] = (unsigned char)v;
    memcpy(p + 2, name, n);
    memcpy(p + 2 + n, value, v);
    return 2 + n + v;
}

static void
put_params(const char *method, const char *uri, const char *length)
{
    unsigned char p[1024];
    size_t n = put_pair(p, "REQUEST_METHOD", method);

    n += put_pair(p + n, "REQUEST_URI", uri);
    n += put_pair(p + n, "CONTENT_LENGTH", length);
    n += put_pair(p + n, "HTTP_X_REQUEST_ID", "req-1");
    put_record(PARAMS, p, n);
    put_record(PARAMS, NULL, 0);
}

static void
put_request(bool keep, const char *method, const char *uri, const char *body, size_t n,
    const char *length)
{
    size_t done, piece;

    put_begin(keep);
    put_params(method, uri, length);
    for (done = 0; done < n; done += piece) {
        piece = n - done < 30000 ? n - done : 30000;
        put_record(STDIN, body + done, piece);
    }
    put_record(STDIN, NULL, 0);
}

static bool
send_bytes(int fd, const unsigned char *p, size_t n)
{
    ssize_t sent;

    for (; n > 0; p += sent, n -= (size_t)sent) {
        sent = send(fd, p, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
    }
    return true;
}

/* Exactly n bytes, or false at the end or after the time. */
static bool
receive(int fd, void *p, size_t n)
{
    struct pollfd pfd = {.fd = fd, .events = POLLIN};
    size_t got = 0;
    ssize_t r;

    for (; got < n; got += (size_t)r) {
        if (poll(&pfd, 1, WAIT_MS) != 1)
            return false;
        r = recv(fd, (char *)p + got, n - got, 0);
        if (r <= 0)
            return false;
    }
    return true;
}

/* The whole answer into `answer`, or false when the connection ends before its end. */
static bool
read_answer(int fd)
{
    unsigned char head[8], padding[256];
    size_t n = 0, here;

    while (receive(fd, head, sizeof(head))) {
        here = (size_t)head[4] << 8 | head[5];
        if (n + here + 1 > ANSWER_MAX || !receive(fd, answer + n, here) ||
            !receive(fd, padding, head[6]))
            return false;
        if (head[1] == END) {
            answer[n] = '\0';
            return true;
        }
        n += head[1] == STDOUT ? here : 0;
    }
    return false;
}

static bool
ask(int fd, const char *method, const char *uri, const char *body, const char *length)
{
    put_request(true, method, uri, body, strlen(body), length);
    return send_bytes(fd, out, out_n) && read_answer(fd);
}

static bool
answer_has(const char *text)
{
    return strstr(answer, text) != NULL;
}

/* The server has closed: the end, or a reset when it had unread bytes. */
static bool
closed(int fd)
{
    struct pollfd pfd = {.fd = fd, .events = POLLIN};
    char bytes[4096];
    ssize_t n;

    do {
        if (poll(&pfd, 1, WAIT_MS) != 1)
            return false;
        n = recv(fd, bytes, sizeof(bytes), 0);
    } while (n > 0);
    return n == 0 || errno == ECONNRESET;
}

static bool
still_serves(void)
{
    int fd = client();
    bool ok = ask(fd, "GET", "/alive", "", "") && answer_has("echo:");

    close(fd);
    return ok;
}

static void
set_up(void)
{
    log_init(LOG_LVL_ERROR, 2);
    answer = malloc(ANSWER_MAX);
    conf = (struct front_conf){.listen_fd = listen_unix(),
        .threads = THREADS,
        .spares = SPARES,
        .body_max = BODY_MAX,
        .grace_ms = 5000,
        .arena_chunk = 65536,
        .handle = fake_handle,
        .resume = fake_resume};
    later_n = 0;
    sem_init(&gate, 0, 0);
    result = -2;
    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, run, NULL), 0);
    /* Its signal handlers are in place once it has answered. */
    CU_ASSERT_TRUE_FATAL(still_serves());
}

static void
stop(void)
{
    kill(getpid(), SIGTERM);
    pthread_join(thread, NULL);
    CU_ASSERT_EQUAL(result, 0);
}

static void
clean_up(void)
{
    close(conf.listen_fd);
    unlink(path);
    rmdir(dir);
    free(answer);
    sem_destroy(&gate);
    log_init(LOG_LVL_INFO, 2);
}

static void
tear_down(void)
{
    if (result == -2)
        stop();
    clean_up();
}

static void
test_keep_alive(void)
{
    int i, fd = client();

    for (i = 0; i < 50; i++) {
        CU_ASSERT_TRUE_FATAL(ask(fd, "POST", "/x", "hello", "5"));
        CU_ASSERT(answer_has(
            "Status: 200 OK\r\nX-Request-Id: req-1\r\n"
            "Content-Type: text/plain\r\nContent-Length: 10\r\n\r\necho:hello"));
    }
    close(fd);
}

static void
test_close_when_not_kept(void)
{
    int fd = client();

    put_request(false, "GET", "/x", "", 0, "");
    CU_ASSERT(send_bytes(fd, out, out_n));
    CU_ASSERT(read_answer(fd));
    CU_ASSERT(closed(fd));
    close(fd);
}

/* Idle connections hold no thread: many more of them than threads, all served, twice. */
static void
test_idle_connections_hold_no_thread(void)
{
    int fd[64];
    size_t i, round;

    for (i = 0; i < NELEM(fd); i++)
        fd[i] = client();
    for (round = 0; round < 3; round++)
        for (i = 0; i < NELEM(fd); i++)
            CU_ASSERT_TRUE_FATAL(ask(fd[i], "GET", "/x", "", "0"));
    for (i = 0; i < NELEM(fd); i++)
        close(fd[i]);
}

#define OLD_N 60
#define NEW_N 30

static void
ask_ms(int fd)
{
    put_request(true, "GET", "/ms", "", 0, "");
    CU_ASSERT(send_bytes(fd, out, out_n));
}

/* Those who are answered ask again at once; how many answers they had before each new one had
 * its own. */
static int
answers_until_new(struct pollfd *p)
{
    int old = 0, left = NEW_N;

    while (left > 0) {
        CU_ASSERT_TRUE_FATAL(poll(p, OLD_N + NEW_N, WAIT_MS) > 0);
        for (size_t i = 0; i < OLD_N + NEW_N; i++) {
            if ((p[i].revents & POLLIN) == 0)
                continue;
            CU_ASSERT_TRUE_FATAL(read_answer(p[i].fd));
            if (i < OLD_N) {
                old++;
                ask_ms(p[i].fd);
            } else {
                left--;
                p[i].events = 0;
            }
        }
    }
    return old;
}

/* nginx asks by the connections that it keeps, and by new ones when there are too few: those
 * must not wait for a round of all others each. */
static void
test_new_connections_have_their_turn(void)
{
    struct pollfd p[OLD_N + NEW_N];
    int old;

    for (size_t i = 0; i < NELEM(p); i++) {
        p[i] = (struct pollfd){.fd = client(), .events = POLLIN};
        if (i < OLD_N)
            CU_ASSERT_TRUE_FATAL(ask(p[i].fd, "GET", "/x", "", "0"));
    }
    for (size_t i = 0; i < NELEM(p); i++)
        ask_ms(p[i].fd);
    old = answers_until_new(p);
    CU_ASSERT(old < 8 * OLD_N);
    for (size_t i = 0; i < NELEM(p); i++) {
        if (i < OLD_N)
            CU_ASSERT(read_answer(p[i].fd));
        close(p[i].fd);
    }
}

static void
test_heads(void)
{
    int fd = client();

    CU_ASSERT_TRUE_FATAL(ask(fd, "HEAD", "/x", "", ""));
    CU_ASSERT(answer_has("Content-Length: 5\r\n"));
    CU_ASSERT_FALSE(answer_has("echo"));
    CU_ASSERT_TRUE_FATAL(ask(fd, "GET", "/empty", "", ""));
    CU_ASSERT(answer_has("Status: 204 No Content\r\n"));
    CU_ASSERT_FALSE(answer_has("Content-Length"));
    CU_ASSERT_TRUE_FATAL(ask(fd, "GET", "/big", "", ""));
    CU_ASSERT(answer_has("Content-Length: 300005\r\n"));
    CU_ASSERT_TRUE_FATAL(ask(fd, "GET", "/%zz", "", ""));
    CU_ASSERT(answer_has("Status: 400 Bad Request\r\n"));
    CU_ASSERT(answer_has("application/problem+json"));
    close(fd);
}

/* A body above the limit is refused, drained, and the connection goes on. */
static void
test_large_bodies(void)
{
    static char body[BODY_MAX * 4];
    int fd = client();

    memset(body, 'b', sizeof(body));
    put_request(true, "POST", "/x", body, BODY_MAX, "20000");
    CU_ASSERT(send_bytes(fd, out, out_n));
    CU_ASSERT_TRUE_FATAL(read_answer(fd));
    CU_ASSERT(answer_has("Content-Length: 20005\r\n"));
    put_request(true, "POST", "/x", body, BODY_MAX + 1, "20001");
    CU_ASSERT(send_bytes(fd, out, out_n));
    CU_ASSERT_TRUE_FATAL(read_answer(fd));
    CU_ASSERT(answer_has("Status: 413 Content Too Large\r\n"));
    put_request(true, "POST", "/x", body, sizeof(body), "99999999999999");
    CU_ASSERT(send_bytes(fd, out, out_n));
    CU_ASSERT_TRUE_FATAL(read_answer(fd));
    CU_ASSERT(answer_has("Status: 413 Content Too Large\r\n"));
    CU_ASSERT(ask(fd, "POST", "/x", "ok", "2") && answer_has("echo:ok"));
    close(fd);
}

static void
test_content_length_lies(void)
{
    static const struct {
        const char *body, *length;
    } lies[] = {{"hello", "6"}, {"hello", "4"}, {"hello", "0"}, {"hello", ""}, {"", "1"},
        {"hello", "-5"}, {"hello", "5x"}, {"hello", "99999999999999999999999"}};
    int fd = client();
    size_t i;

    for (i = 0; i < NELEM(lies); i++) {
        CU_ASSERT_TRUE_FATAL(ask(fd, "POST", "/x", lies[i].body, lies[i].length));
        CU_ASSERT(answer_has("Status: 400 Bad Request\r\n"));
    }
    CU_ASSERT(ask(fd, "POST", "/x", "hello", "5") && answer_has("echo:hello"));
    close(fd);
}

/* nginx dies after any byte of a request. */
static void
test_close_in_the_middle(void)
{
    size_t n, whole;
    int fd;

    put_request(true, "POST", "/x", "hello", 5, "5");
    whole = out_n;
    for (n = 0; n < whole; n++) {
        fd = client();
        CU_ASSERT(send_bytes(fd, out, n));
        close(fd);
    }
    CU_ASSERT(still_serves());
}

static void
test_request_in_two_pieces(void)
{
    size_t cuts[] = {1, 8, 12, 20, 60, 100}, i;
    int fd = client();

    for (i = 0; i < NELEM(cuts); i++) {
        put_request(true, "POST", "/x", "hello", 5, "5");
        CU_ASSERT(send_bytes(fd, out, cuts[i]));
        clock_sleep_ms(20);
        CU_ASSERT(send_bytes(fd, out + cuts[i], out_n - cuts[i]));
        CU_ASSERT_TRUE_FATAL(read_answer(fd));
        CU_ASSERT(answer_has("echo:hello"));
    }
    close(fd);
}

/* Send what stands in `out` and see the connection closed, the front alive. */
static void
assert_closed(const char *what)
{
    int fd = client();
    bool shut;

    send_bytes(fd, out, out_n);
    shut = closed(fd);
    if (!shut)
        printf("not closed: %s\n", what);
    CU_ASSERT(shut);
    close(fd);
}

static void
test_garbage(void)
{
    unsigned long state = 88172645463325252ul;
    int round, fd;
    size_t i;

    out_n = 0;
    memcpy(out, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27);
    out_n = 27;
    assert_closed("plain HTTP");
    for (round = 0; round < 100; round++) {
        put_request(true, "POST", "/x", "hello", 5, "5");
        for (i = 0; i < 3; i++) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            out[state % out_n] = (unsigned char)(state >> 32);
        }
        /* Broken or not, nobody hangs: either an answer or the end, after we go. */
        fd = client();
        send_bytes(fd, out, out_n);
        shutdown(fd, SHUT_WR);
        CU_ASSERT(closed(fd));
        close(fd);
    }
    CU_ASSERT(still_serves());
}

/* Each of these brings libfcgi down or astray when it gets to read it. */
static void
test_hostile_records(void)
{
    static const unsigned char huge[] = {
        0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff, 0xfe, 'x'};
    static const unsigned char begin_role[] = {0, 9, 1, 0, 0, 0, 0, 0};
    unsigned char names[512];
    size_t n = 0, i;

    put_begin(true);
    put_record(PARAMS, huge, sizeof(huge));
    put_record(PARAMS, NULL, 0);
    assert_closed("lengths that overflow");
    for (i = 0; i < 10; i++)
        n += put_pair(names + n, "FCGI_MAX_CONNS", "");
    out_n = 0;
    put_record(GET_VALUES, names, n);
    out[2] = out[3] = 0;
    assert_closed("many FCGI_GET_VALUES");
    put_begin(true);
    put_params("GET", "/x", "5");
    n = out_n;
    put_record(GET_VALUES, names, 160);
    out[n + 2] = out[n + 3] = 0;
    assert_closed("FCGI_GET_VALUES after the parameters");
    put_begin(true);
    put_record(PARAMS,
        "\x05\x01"
        "xy",
        4);
    put_record(PARAMS, NULL, 0);
    assert_closed("a pair cut short");
    out_n = 0;
    put_record(BEGIN, begin_role, sizeof(begin_role));
    put_params("GET", "/x", "");
    put_record(STDIN, NULL, 0);
    assert_closed("an unknown role");
    put_begin(true);
    put_record(ABORT, NULL, 0);
    assert_closed("abort instead of parameters");
    put_begin(true);
    put_params("POST", "/x", "5");
    put_record(STDIN, "he", 2);
    put_record(ABORT, NULL, 0);
    assert_closed("abort inside the body");
    put_begin(true);
    put_begin(true);
    put_record(STDIN, NULL, 0);
    assert_closed("no parameters");
    CU_ASSERT(still_serves());
}

static void
test_guard_verdicts(void)
{
    size_t n, params_end;

    put_begin(true);
    put_params("POST", "/x", "5");
    params_end = out_n;
    put_record(STDIN, "hello", 5);
    put_record(STDIN, NULL, 0);
    for (n = 0; n < params_end; n++)
        CU_ASSERT_EQUAL(fcgi_guard(out, n), FCGI_GUARD_PARTIAL);
    for (; n <= out_n; n++)
        CU_ASSERT_EQUAL(fcgi_guard(out, n), FCGI_GUARD_OK);
    out[0] = 2;
    CU_ASSERT_EQUAL(fcgi_guard(out, out_n), FCGI_GUARD_BAD);
    CU_ASSERT_EQUAL(fcgi_guard(out, 1), FCGI_GUARD_BAD);
}

/* As many headers as nginx lets through must not look like an attack. */
static void
test_guard_takes_what_nginx_sends(void)
{
    static unsigned char pairs[1100 * 8];
    size_t n = 0, i;

    for (i = 0; i < 1100; i++)
        n += put_pair(pairs + n, "HTTP_A", "");
    put_begin(true);
    put_record(PARAMS, pairs, n);
    put_record(PARAMS, NULL, 0);
    CU_ASSERT_EQUAL(fcgi_guard(out, out_n), FCGI_GUARD_OK);
}

struct slow {
    int fd;
    bool ok;
};

static void *
slow_reader(void *arg)
{
    struct slow *s = arg;

    s->ok = read_answer(s->fd);
    return NULL;
}

/* What runs is finished, what is idle is closed, and front_run() returns 0. */
static void
test_drain(void)
{
    struct slow s = {.fd = client()};
    int idle = client();
    int64_t start;
    pthread_t reader;

    CU_ASSERT(ask(idle, "GET", "/x", "", ""));
    put_request(true, "GET", "/slow", "", 0, "");
    CU_ASSERT(send_bytes(s.fd, out, out_n));
    CU_ASSERT_EQUAL_FATAL(pthread_create(&reader, NULL, slow_reader, &s), 0);
    clock_sleep_ms(50);
    start = clock_mono_us();
    stop();
    CU_ASSERT(clock_mono_us() - start < 3000000);
    pthread_join(reader, NULL);
    CU_ASSERT(s.ok);
    CU_ASSERT(answer_has("echo:"));
    CU_ASSERT(closed(s.fd));
    CU_ASSERT(closed(idle));
    close(s.fd);
    close(idle);
}

/* Requests already sent when the signal comes are answered, though threads are fewer. */
static void
test_drain_answers_what_has_arrived(void)
{
    int fd[8];
    size_t i;

    for (i = 0; i < NELEM(fd); i++) {
        fd[i] = client();
        CU_ASSERT(ask(fd[i], "GET", "/x", "", ""));
    }
    put_request(true, "GET", "/slow", "", 0, "");
    for (i = 0; i < NELEM(fd); i++)
        CU_ASSERT(send_bytes(fd[i], out, out_n));
    stop();
    for (i = 0; i < NELEM(fd); i++) {
        CU_ASSERT(read_answer(fd[i]));
        close(fd[i]);
    }
}

/* Requests sent, each on a connection of its own, and not yet answered. */
static void
send_all(int *fd, size_t n, const char *uri)
{
    size_t i;

    put_request(true, "GET", uri, "", 0, "");
    for (i = 0; i < n; i++) {
        fd[i] = client();
        CU_ASSERT(send_bytes(fd[i], out, out_n));
    }
}

static void
read_all(const int *fd, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        CU_ASSERT(read_answer(fd[i]) && answer_has("echo:"));
        close(fd[i]);
    }
}

static bool
blocked_are(int n)
{
    int64_t until = clock_mono_us() + (int64_t)WAIT_MS * 1000;

    while (atomic_load(&blocked) != n && clock_mono_us() < until)
        clock_sleep_ms(1);
    return atomic_load(&blocked) == n;
}

static void
let_go(size_t n)
{
    for (; n > 0; n--)
        sem_post(&gate);
}

/* As many serve at one time as there are threads: no fewer, and no more. */
static void
assert_threads_serve(void)
{
    int fd[16];

    atomic_store(&busiest, 0);
    send_all(fd, NELEM(fd), "/work");
    read_all(fd, NELEM(fd));
    CU_ASSERT_EQUAL(atomic_load(&busiest), THREADS);
}

static void
test_spares_serve_for_the_blocked(void)
{
    int fd[SPARES];

    front_blocking_begin(); /* no thread of a front's: nothing happens */
    front_blocking_end();
    assert_threads_serve();
    send_all(fd, NELEM(fd), "/block");
    CU_ASSERT_TRUE(blocked_are(SPARES));
    CU_ASSERT(still_serves());
    assert_threads_serve();
    let_go(SPARES);
    read_all(fd, NELEM(fd));
    assert_threads_serve();
}

/* Then, and then only, a request waits: for the first to come back. */
static void
test_spares_run_out(void)
{
    int fd[SPARES + THREADS], more = client();
    struct pollfd pfd = {.fd = more, .events = POLLIN};

    send_all(fd, NELEM(fd), "/block");
    CU_ASSERT_TRUE(blocked_are(SPARES + THREADS));
    put_request(true, "GET", "/x", "", 0, "");
    CU_ASSERT(send_bytes(more, out, out_n));
    CU_ASSERT_EQUAL(poll(&pfd, 1, 200), 0);
    let_go(1);
    CU_ASSERT(read_answer(more));
    CU_ASSERT_TRUE(blocked_are(SPARES + THREADS - 1));
    let_go(SPARES + THREADS - 1);
    read_all(fd, NELEM(fd));
    close(more);
    assert_threads_serve();
}

/* However they come and go, no thread gets lost and none stays too many. */
static void
test_spares_come_and_go(void)
{
    int fd[SPARES + THREADS + 4], round;

    for (round = 0; round < 40; round++) {
        send_all(fd, NELEM(fd), "/nap");
        read_all(fd, NELEM(fd));
    }
    assert_threads_serve();
    send_all(fd, SPARES, "/block");
    CU_ASSERT_TRUE(blocked_are(SPARES));
    assert_threads_serve();
    let_go(SPARES);
    read_all(fd, SPARES);
}

static void
test_drain_with_spares(void)
{
    int fd[SPARES], held;
    int64_t start;

    send_all(fd, NELEM(fd), "/block");
    CU_ASSERT_TRUE(blocked_are(SPARES));
    let_go(SPARES);
    read_all(fd, NELEM(fd));
    send_all(&held, 1, "/block");
    CU_ASSERT_TRUE(blocked_are(1));
    start = clock_mono_us();
    kill(getpid(), SIGTERM);
    clock_sleep_ms(500);
    CU_ASSERT_EQUAL(result, -2);
    let_go(1);
    pthread_join(thread, NULL);
    CU_ASSERT_EQUAL(result, 0);
    CU_ASSERT(clock_mono_us() - start < 3000000);
    read_all(&held, 1);
}

static bool
later_are(int n)
{
    int64_t until = clock_mono_us() + (int64_t)WAIT_MS * 1000;

    while (atomic_load(&later_n) != n && clock_mono_us() < until)
        clock_sleep_ms(1);
    return atomic_load(&later_n) == n;
}

static void
read_later(int fd)
{
    CU_ASSERT(read_answer(fd) && answer_has("later:"));
}

/* Far more requests wait than there are threads, and none is missed meanwhile. */
static void
test_later_holds_no_thread(void)
{
    int fd[40];

    send_all(fd, NELEM(fd), "/later");
    CU_ASSERT_TRUE(later_are(NELEM(fd)));
    CU_ASSERT(still_serves());
    assert_threads_serve();
    for (size_t i = 0; i < NELEM(fd); i++)
        req_resume(later[i]);
    for (size_t i = 0; i < NELEM(fd); i++)
        read_later(fd[i]);
    /* The connections are kept and serve again. */
    for (size_t i = 0; i < NELEM(fd); i++) {
        CU_ASSERT(ask(fd[i], "GET", "/x", "", "") && answer_has("echo:"));
        close(fd[i]);
    }
}

static void
test_later_may_be_at_once(void)
{
    int fd = client();

    for (int i = 0; i < 50; i++) {
        CU_ASSERT(ask(fd, "POST", "/at-once", "body", "4") && answer_has("later:body"));
        CU_ASSERT(ask(fd, "POST", "/x", "body", "4") && answer_has("echo:body"));
    }
    close(fd);
}

static void
test_later_outlives_its_client(void)
{
    int fd[4];

    send_all(fd, NELEM(fd), "/later");
    CU_ASSERT_TRUE(later_are(NELEM(fd)));
    for (size_t i = 0; i < NELEM(fd); i++)
        close(fd[i]);
    for (size_t i = 0; i < NELEM(fd); i++)
        req_resume(later[i]);
    CU_ASSERT(still_serves());
}

static void
test_drain_waits_for_later(void)
{
    int fd[4];

    send_all(fd, NELEM(fd), "/later");
    CU_ASSERT_TRUE(later_are(NELEM(fd)));
    kill(getpid(), SIGTERM);
    clock_sleep_ms(500);
    CU_ASSERT_EQUAL(result, -2);
    for (size_t i = 0; i < NELEM(fd); i++)
        req_resume(later[i]);
    pthread_join(thread, NULL);
    CU_ASSERT_EQUAL(result, 0);
    for (size_t i = 0; i < NELEM(fd); i++) {
        read_later(fd[i]);
        close(fd[i]);
    }
}

/* The word by which a connection is given up: an empty record of what nginx does not read. */
static bool
dismissed(int fd)
{
    unsigned char head[8];

    return receive(fd, head, sizeof(head)) && head[1] == STDERR && head[4] == 0 &&
           head[5] == 0 && head[6] == 0;
}

/* The peer closes, as nginx does, and a request that crossed the word is answered. */
static void
test_drain_leaves_closing_to_the_peer(void)
{
    int crossing = client(), idle = client();
    int64_t start = clock_mono_us();

    CU_ASSERT(ask(crossing, "GET", "/x", "", ""));
    CU_ASSERT(ask(idle, "GET", "/x", "", ""));
    kill(getpid(), SIGTERM);
    CU_ASSERT(dismissed(idle));
    CU_ASSERT(ask(crossing, "POST", "/x", "late", "4") && answer_has("echo:late"));
    CU_ASSERT(dismissed(crossing));
    close(idle);
    close(crossing);
    pthread_join(thread, NULL);
    CU_ASSERT_EQUAL(result, 0);
    CU_ASSERT(clock_mono_us() - start < 900000);
}

/* A socket whose name is another's by now has nobody else to take what waits. */
static void
test_drain_takes_what_waits_to_be_accepted(void)
{
    int slow[THREADS], fd[4];

    send_all(slow, NELEM(slow), "/slow");
    send_all(fd, NELEM(fd), "/x");
    stop();
    read_all(slow, NELEM(slow));
    read_all(fd, NELEM(fd));
}

static void
test_it_can_be_asked(void)
{
    char msg[200] = "", nobody[128];
    int status = 0;

    CU_ASSERT_EQUAL(fcgi_ask(path, "/x", WAIT_MS, &status, msg, sizeof(msg)), ERR_OK);
    CU_ASSERT_EQUAL(status, 200);
    CU_ASSERT_EQUAL(fcgi_ask(path, "/empty", WAIT_MS, &status, msg, sizeof(msg)), ERR_OK);
    CU_ASSERT_EQUAL(status, 204);
    CU_ASSERT_EQUAL(fcgi_ask(path, "/big", WAIT_MS, &status, msg, sizeof(msg)), ERR_OK);
    CU_ASSERT_EQUAL(status, 200);
    CU_ASSERT_EQUAL(fcgi_ask(path, "/slow", 100, &status, msg, sizeof(msg)), ERR_UPSTREAM);
    CU_ASSERT_STRING_EQUAL(msg + strlen(path), ": no answer");
    snprintf(nobody, sizeof(nobody), "%s.none", path);
    CU_ASSERT_EQUAL(fcgi_ask(nobody, "/x", 100, &status, msg, sizeof(msg)), ERR_UPSTREAM);
    CU_ASSERT_STRING_EQUAL(msg + strlen(nobody), ": No such file or directory");
    CU_ASSERT_EQUAL(fcgi_ask("127.0.0.1:1", "/x", 100, &status, msg, sizeof(msg)), ERR_UPSTREAM);
    CU_ASSERT_EQUAL(fcgi_ask(path, "x", 100, &status, msg, sizeof(msg)), ERR_UPSTREAM);
}

static CU_TestInfo tests[] = {
    {"it can be asked without nginx", test_it_can_be_asked},
    {"many requests on one connection", test_keep_alive},
    {"a connection that is not to be kept is closed", test_close_when_not_kept},
    {"idle connections hold no thread", test_idle_connections_hold_no_thread},
    {"new connections have their turn", test_new_connections_have_their_turn},
    {"HEAD, 204, large answers, bad paths", test_heads},
    {"a body above the limit is 413", test_large_bodies},
    {"a Content-Length that lies is 400", test_content_length_lies},
    {"a connection may close after any byte", test_close_in_the_middle},
    {"a request may come in two pieces", test_request_in_two_pieces},
    {"garbage closes the connection only", test_garbage},
    {"hostile records close the connection only", test_hostile_records},
    {"the guard's verdict at every length", test_guard_verdicts},
    {"a thousand headers pass the guard", test_guard_takes_what_nginx_sends},
    {"SIGTERM: what runs is finished", test_drain},
    {"SIGTERM: what has arrived is answered", test_drain_answers_what_has_arrived},
    {"spare threads serve for those that block", test_spares_serve_for_the_blocked},
    {"without a spare left a request waits", test_spares_run_out},
    {"spare threads come and go", test_spares_come_and_go},
    {"SIGTERM: parked threads leave, blocked ones finish", test_drain_with_spares},
    {"a request answered later holds no thread", test_later_holds_no_thread},
    {"later may be at once", test_later_may_be_at_once},
    {"a request answered later outlives its client", test_later_outlives_its_client},
    {"SIGTERM: requests answered later are waited for", test_drain_waits_for_later},
    {"SIGTERM: connections are the peer's to close", test_drain_leaves_closing_to_the_peer},
    {"SIGTERM: what waits to be accepted is served", test_drain_takes_what_waits_to_be_accepted},
    CU_TEST_INFO_NULL,
};
CU_SuiteInfo front_suite = {"front", NULL, NULL, set_up, tear_down, tests};
