/* Many callers' small work done together by a thread of its own: what is queued while it works is
 * its next batch. One that comes alone is done alone, at once; nobody waits for company. */
#ifndef SOUK_BASE_BATCHER_H
#define SOUK_BASE_BATCHER_H

#include <stddef.h>
#include <stdint.h>

struct batcher;

#define BATCHER_MOST 64

/* A piece of work, part of the caller's own; its until it is handed to `work`. */
struct batcher_job {
    int64_t since_us; /* clock_mono_us() when it was added */
    struct batcher_job *next;
};

/* `work` is given 1 to `most` (at most BATCHER_MOST) jobs, in the order they came, and tells each
 * caller its result. */
struct batcher *batcher_new(size_t most,
    void (*work)(void *arg, struct batcher_job *const *job, size_t n), void *arg);
/* From any thread; returns at once. */
void batcher_add(struct batcher *b, struct batcher_job *job);
/* What is queued is done first; nobody may add any more. NULL is allowed. */
void batcher_free(struct batcher *b);

#endif
