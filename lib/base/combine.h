/* Many callers' small work done together: whoever comes while nobody works does it for all who
 * wait by then, and the next of those who came meanwhile takes over. No thread of its own, and
 * one who comes alone is served alone, at once. */
#ifndef SOUK_BASE_COMBINE_H
#define SOUK_BASE_COMBINE_H

#include <stddef.h>

struct combine;

#define COMBINE_MOST 64

/* `work` is given at most `most` (1..COMBINE_MOST) jobs, in the order they came, by one caller
 * at a time; each job has its result when it returns. After a batch of several the next waits
 * linger_us (0: not at all) for those who come again: a longer wait, fewer and larger batches. */
struct combine *combine_new(size_t most, long linger_us,
    void (*work)(void *arg, void *const *job, size_t n), void *arg);
/* Nobody may be in combine_run() any more. NULL is allowed. */
void combine_free(struct combine *c);
/* Returns when the job was worked on, by this thread or another. */
void combine_run(struct combine *c, void *job);

#endif
