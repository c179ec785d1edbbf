/* The numbers of callers, in a file that all processes map.  Refuses to know who they are. */
#include "base/rate.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"

#define SLOTS 65536u
#define SECOND_US INT64_C(1000000)

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "numbers are shared between processes");

struct rate {
    void *map;
    _Atomic int64_t *until; /* the same: when all is paid back, us */
};

static void *
map_file(const char *path)
{
    const size_t size = SLOTS * sizeof(int64_t);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    void *p = MAP_FAILED;

    /* Reserved now: a full disk would else be a SIGBUS later. */
    if (fd >= 0 && posix_fallocate(fd, 0, (off_t)size) == 0)
        p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0)
        close(fd);
    return p;
}

enum err
rate_open(struct rate **out, const char *path)
{
    struct rate *r = calloc(1, sizeof(*r));
    void *p;

    *out = NULL;
    if (r == NULL)
        abort();
    if (path != NULL)
        p = map_file(path);
    else
        p = mmap(NULL, SLOTS * sizeof(int64_t), PROT_READ | PROT_WRITE,
            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
        free(r);
        log_debug("rate", "event=map_failed path=%s", path != NULL ? path : "");
        return ERR_INTERNAL;
    }
    r->map = p;
    r->until = p;
    *out = r;
    return ERR_OK;
}

void
rate_close(struct rate *r)
{
    if (r == NULL)
        return;
    munmap(r->map, SLOTS * sizeof(int64_t));
    free(r);
}

static int64_t
seconds_up(int64_t us)
{
    return us > 0 ? (us + SECOND_US - 1) / SECOND_US : 0;
}

bool
rate_take(struct rate *r, uint64_t key, int64_t most, int64_t window_us, int64_t now_us,
    struct rate_left *left)
{
    const int64_t each = window_us / most > 0 ? window_us / most : 1;
    _Atomic int64_t *slot = &r->until[key % SLOTS];
    int64_t was = atomic_load(slot), from, to;

    do {
        from = was > now_us ? was : now_us;
        /* The clock was set back: nobody waits longer than a window for that. */
        if (from > now_us + window_us)
            from = now_us + window_us;
        to = from + each;
        if (to > now_us + window_us) {
            *left = (struct rate_left){.full_s = seconds_up(from - now_us),
                .retry_s = seconds_up(to - now_us - window_us)};
            return false;
        }
    } while (!atomic_compare_exchange_weak(slot, &was, to));
    *left = (struct rate_left){
        .left = (now_us + window_us - to) / each, .full_s = seconds_up(to - now_us)};
    return true;
}
