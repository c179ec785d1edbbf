/* Random bytes from the kernel alone: no seed, no generator of our own, so nothing that
 * a fork could repeat or an attacker could guess. */
#include "base/rand.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"

#define STOCK_N 256 /* the kernel gives so many at once, or none */

static void
kernel_bytes(unsigned char *at, size_t n)
{
    while (n > 0) {
        ssize_t got = getrandom(at, n, 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            abort();
        at += got;
        n -= (size_t)got;
    }
}

/* A child starts without its parent's stock. */
static atomic_uint forks;

static void
forked(void)
{
    atomic_fetch_add(&forks, 1);
}

static void
watch_forks(void)
{
    if (pthread_atfork(NULL, NULL, forked) != 0)
        abort();
}

void
rand_bytes(void *p, size_t n)
{
    static pthread_once_t watched = PTHREAD_ONCE_INIT;
    /* A call of the kernel for every few bytes was 3 % of an order. What was handed out is
     * wiped. */
    static _Thread_local unsigned char stock[STOCK_N];
    static _Thread_local size_t left;
    static _Thread_local unsigned of;
    unsigned char *at = p;

    if (n > STOCK_N / 4) {
        kernel_bytes(at, n);
        return;
    }
    pthread_once(&watched, watch_forks);
    if (left < n || of != atomic_load(&forks)) {
        of = atomic_load(&forks);
        kernel_bytes(stock, STOCK_N);
        left = STOCK_N;
    }
    left -= n;
    memcpy(at, stock + left, n);
    explicit_bzero(stock + left, n);
}

uint64_t
rand_below(uint64_t bound)
{
    /* 2^64 mod bound: values below it would make the small results likelier. */
    uint64_t skip = (0 - bound) % bound;
    uint64_t v;

    do
        rand_bytes(&v, sizeof(v));
    while (v < skip);
    return v % bound;
}

struct str
rand_token(char *out, size_t cap, size_t bytes)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t n = RAND_TOKEN_N(bytes) - 1;
    unsigned char raw[3];
    size_t i;

    if (cap < n + 1)
        abort();
    /* Four digits spend three bytes; the unused bits of a shorter last group are zero. */
    for (i = 0; i < n; i++) {
        uint32_t bits;

        if (i % 4 == 0) {
            memset(raw, 0, sizeof(raw));
            rand_bytes(raw, bytes < sizeof(raw) ? bytes : sizeof(raw));
            bytes -= bytes < sizeof(raw) ? bytes : sizeof(raw);
        }
        bits = (uint32_t)raw[0] << 16 | (uint32_t)raw[1] << 8 | raw[2];
        out[i] = digits[bits >> (18 - 6 * (i % 4)) & 63];
    }
    out[n] = '\0';
    return (struct str){out, n};
}

#define ID_EPOCH_MS INT64_C(1704067200000) /* 2024-01-01T00:00:00Z */
#define ID_COUNTER_BITS 12
#define ID_NODE_BITS 9

/* This process's nine random bits; drawn again in a child, which must not repeat the
 * parent's ids. */
static uint64_t
id_node(void)
{
    static _Atomic uint64_t node; /* pid << bits | node; 0: not drawn yet */
    uint64_t pid = (uint64_t)getpid();
    uint64_t seen = atomic_load_explicit(&node, memory_order_relaxed);

    while (seen >> ID_NODE_BITS != pid) {
        uint64_t drawn = pid << ID_NODE_BITS | rand_below(1U << ID_NODE_BITS);

        if (atomic_compare_exchange_weak(&node, &seen, drawn))
            seen = drawn;
    }
    return seen & ((1U << ID_NODE_BITS) - 1);
}

int64_t
id_next(void)
{
    static _Atomic uint64_t last; /* milliseconds << bits | counter */
    uint64_t prev = atomic_load_explicit(&last, memory_order_relaxed);
    uint64_t ms = (uint64_t)(clock_ms() - ID_EPOCH_MS);
    /* The counter of a new millisecond starts anywhere in its lower half, so that two
     * processes that drew the same node seldom meet. */
    uint64_t fresh = ms << ID_COUNTER_BITS | rand_below(1U << (ID_COUNTER_BITS - 1));
    uint64_t next;

    /* Within a millisecond, or when the clock was set back, count on. */
    do
        next = fresh >> ID_COUNTER_BITS > prev >> ID_COUNTER_BITS ? fresh : prev + 1;
    while (!atomic_compare_exchange_weak(&last, &prev, next));

    ms = next >> ID_COUNTER_BITS & ((UINT64_C(1) << 42) - 1);
    return (int64_t)(ms << (ID_COUNTER_BITS + ID_NODE_BITS) |
                     id_node() << ID_COUNTER_BITS |
                     (next & ((1U << ID_COUNTER_BITS) - 1)));
}

int64_t
id_at_ms(int64_t ms)
{
    if (ms <= ID_EPOCH_MS)
        return 0;
    return (ms - ID_EPOCH_MS) * ID_PER_MS;
}
