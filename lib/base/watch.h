/* How a part of the library tells what it does to whoever counts it: each part's header
 * lists what it tells.  Called on any thread, often with locks held: the function adds to
 * a counter and returns. */
#ifndef SOUK_BASE_WATCH_H
#define SOUK_BASE_WATCH_H

#include <stddef.h>
#include <stdint.h>

struct watch {
    void (*fn)(void *arg, unsigned what, int64_t n); /* NULL: nobody */
    void *arg;
};

static inline void
watch_tell(const struct watch *w, unsigned what, int64_t n)
{
    if (w->fn != NULL)
        w->fn(w->arg, what, n);
}

#endif
