/* The circuit breaker: after a few failures in a row nobody waits for Redis any more, but
 * for one caller a second who finds out whether it is back. */
#include "base/clock.h"
#include "base/log.h"
#include "kv/kv_priv.h"

#define FAILS_MAX 3
#define OPEN_US 1000000

void
breaker_init(struct breaker *b, struct watch watch)
{
    b->watch = watch;
    pthread_mutex_init(&b->lock, NULL);
    atomic_init(&b->open, false);
    b->probing = false;
    b->fails = 0;
    b->until_us = 0;
}

void
breaker_done(struct breaker *b)
{
    pthread_mutex_destroy(&b->lock);
}

bool
breaker_allow(struct breaker *b)
{
    bool yes = true;

    if (!atomic_load_explicit(&b->open, memory_order_relaxed))
        return true;
    pthread_mutex_lock(&b->lock);
    if (atomic_load(&b->open)) {
        yes = !b->probing && clock_mono_us() >= b->until_us;
        if (yes)
            b->probing = true;
    }
    pthread_mutex_unlock(&b->lock);
    return yes;
}

void
breaker_good(struct breaker *b)
{
    bool closed;

    pthread_mutex_lock(&b->lock);
    closed = atomic_exchange(&b->open, false);
    b->fails = 0;
    b->probing = false;
    pthread_mutex_unlock(&b->lock);
    if (closed) {
        log_info("kv", "redis reachable again");
        watch_tell(&b->watch, KV_TOLD_DOWN, -1);
    }
}

void
breaker_bad(struct breaker *b, const char *why)
{
    bool opened = false;

    pthread_mutex_lock(&b->lock);
    b->probing = false;
    if (b->fails < FAILS_MAX)
        b->fails++;
    if (b->fails == FAILS_MAX) {
        opened = !atomic_exchange(&b->open, true);
        b->until_us = clock_mono_us() + OPEN_US;
    }
    pthread_mutex_unlock(&b->lock);
    if (opened) {
        log_warn("kv", "redis unreachable, going on without it: %s", why);
        watch_tell(&b->watch, KV_TOLD_DOWN, 1);
    }
}

void
breaker_unused(struct breaker *b)
{
    pthread_mutex_lock(&b->lock);
    b->probing = false;
    pthread_mutex_unlock(&b->lock);
}
