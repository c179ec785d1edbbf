/* Killing the process at a named place, as a file says that all processes of a shop
 * share. For tests alone: in an ordinary build nothing of it is there. */
#include "base/crash.h"

#include "base/str.h"

#ifdef SOUK_CRASH_POINTS
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_N 256
#define ORDER_N 128
#define MILLION 1000000u

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char order_path[PATH_N], hits_path[PATH_N + 8], log_path[PATH_N + 8],
    stopped_path[PATH_N + 8];

static void
paths_init(void)
{
    const char *p = getenv("SOUK_CRASH_FILE");

    if (p == NULL || strlen(p) >= PATH_N)
        return;
    snprintf(order_path, sizeof(order_path), "%s", p);
    snprintf(hits_path, sizeof(hits_path), "%s.hits", p);
    snprintf(log_path, sizeof(log_path), "%s.log", p);
    snprintf(stopped_path, sizeof(stopped_path), "%s.stopped", p);
}

/* What is ordered now: a name or "*", its two numbers, and whether to stop only; the text
 * that the name points into. */
struct crash_order {
    char text[ORDER_N];
    struct str name;
    int64_t count, seed;
    bool stop;
};

static bool
order_read(struct crash_order *o)
{
    int fd = open(order_path, O_RDONLY | O_CLOEXEC);
    struct str rest, piece;
    ssize_t n;

    if (fd < 0)
        return false;
    n = read(fd, o->text, sizeof(o->text));
    (void)close(fd);
    rest = str_trim((struct str){o->text, n > 0 ? (size_t)n : 0});
    if (!str_next(&rest, ' ', &o->name) || !str_next(&rest, ' ', &piece) ||
        !str_i64(piece, &o->count) || !str_next(&rest, ' ', &piece) ||
        !str_i64(piece, &o->seed))
        return false;
    o->stop = str_eq_c(rest, "stop");
    return true;
}

/* This hit's number among those of all processes: the file's length is the count. */
static int64_t
hit_number(void)
{
    int fd = open(hits_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    struct stat st;
    int64_t n = -1;

    if (fd < 0)
        return -1;
    if (flock(fd, LOCK_EX) == 0 && write(fd, ".", 1) == 1 && fstat(fd, &st) == 0)
        n = st.st_size;
    (void)close(fd);
    return n;
}

/* Evenly spread over all 64-bit numbers (the finalizer of MurmurHash3). */
static uint64_t
spread(uint64_t x)
{
    x = (x ^ (x >> 33)) * UINT64_C(0xff51afd7ed558ccd);
    x = (x ^ (x >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
    return x ^ (x >> 33);
}

static void
end_here(const char *name, bool stop)
{
    const char *path = stop ? stopped_path : log_path;
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    if (fd >= 0) {
        (void)dprintf(fd, "%s %ld\n", name, (long)getpid());
        (void)close(fd);
    }
    (void)raise(stop ? SIGSTOP : SIGKILL);
}

void
crash_point(const char *name)
{
    struct crash_order o;
    bool any;
    int64_t n;

    pthread_once(&once, paths_init);
    if (order_path[0] == '\0' || !order_read(&o))
        return;
    any = str_eq_c(o.name, "*");
    if (!any && !str_eq_c(o.name, name))
        return;
    n = hit_number();
    if (any ? spread((uint64_t)(o.seed * 1000003 + n)) % MILLION < (uint64_t)o.count
            : n == o.count)
        end_here(name, o.stop);
}
#endif
