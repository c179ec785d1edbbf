/* Sharing one file between the processes of a shop.  Opening is serialised by flock(2);
 * a file of another layout is unlinked, never truncated, for others may have it mapped.
 */
#include "base/metric_map.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define HEAD_N 64
#define USED_AT 8 /* in the head, behind the layout: how many slots were ever taken */
#define LOCK_TRIES 200 /* of LOCK_WAIT_MS each */
#define LOCK_WAIT_MS 10

/* The start time of a process in clock ticks, or 0 when /proc does not tell. */
static uint64_t
start_time(uint64_t pid)
{
    char path[40], text[1024];
    struct str rest, field = STR_NULL;
    uint64_t ticks;
    FILE *f;
    char *paren;
    size_t n;
    int i;

    (void)snprintf(path, sizeof(path), "/proc/%llu/stat", (unsigned long long)pid);
    f = fopen(path, "re");
    if (f == NULL)
        return 0;
    n = fread(text, 1, sizeof(text) - 1, f);
    (void)fclose(f);
    text[n] = '\0';
    /* Field 2 is the program's name in parentheses and may contain anything. */
    paren = strrchr(text, ')');
    rest = str_c(paren != NULL && paren[1] != '\0' ? paren + 2 : NULL);
    for (i = 3; i <= 22; i++)
        if (!str_next(&rest, ' ', &field))
            return 0;
    return str_u64(field, &ticks) ? ticks : 0;
}

/* Process ids come round again, and in a container they are always the same few; with
 * the start time a stale owner is never taken for a living one. */
static uint64_t
owner_of(uint64_t pid)
{
    return (start_time(pid) & UINT32_MAX) << 32 | pid;
}

static bool
owner_alive(uint64_t owner)
{
    uint64_t pid = owner & UINT32_MAX;

    if (owner == 0 || (kill((pid_t)pid, 0) != 0 && errno == ESRCH))
        return false;
    return owner_of(pid) == owner;
}

pid_t
metric_slot_pid(struct metric_slot *s)
{
    uint64_t owner = atomic_load(&s->owner);

    return owner_alive(owner) ? (pid_t)(owner & UINT32_MAX) : 0;
}

struct metric_slot *
metric_map_slot(const struct metric_map *m, size_t i)
{
    return (struct metric_slot *)(void *)(m->p + HEAD_N + i * m->slot_n);
}

static _Atomic uint64_t *
used(const struct metric_map *m)
{
    return (_Atomic uint64_t *)(void *)(m->p + USED_AT);
}

size_t
metric_map_used(const struct metric_map *m)
{
    uint64_t n = atomic_load(used(m));

    return n < METRIC_SLOTS_MAX ? (size_t)n : METRIC_SLOTS_MAX;
}

/* Opening is serialised, but for private memory, which nobody shares. */
static bool
claim(struct metric_map *m)
{
    uint64_t self = owner_of((uint64_t)getpid());
    size_t i;

    for (i = 0; i < METRIC_SLOTS_MAX; i++) {
        struct metric_slot *s = metric_map_slot(m, i);
        uint64_t seen = atomic_load(&s->owner);

        if (!owner_alive(seen) &&
            atomic_compare_exchange_strong(&s->owner, &seen, self)) {
            m->own = s;
            if (i >= metric_map_used(m))
                atomic_store(used(m), i + 1);
            return true;
        }
    }
    return false;
}

static enum err
failed(const char *what, const char *path)
{
    char why[128];

    log_debug("metric", "what=%s path=%s error=\"%s\"", what, path,
        strerror_r(errno, why, sizeof(why)));
    return ERR_INTERNAL;
}

/* Open and lock what `path` names now; -1 when it could not within two seconds. */
static int
open_locked(const char *path)
{
    struct stat by_fd, by_path;
    int fd, i;

    for (i = 0; i < LOCK_TRIES; i++) {
        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
            return -1;
        if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &by_fd) == 0 &&
            stat(path, &by_path) == 0 && by_fd.st_ino == by_path.st_ino &&
            by_fd.st_dev == by_path.st_dev)
            return fd;
        /* Held by another, or replaced meanwhile: then the next turn opens the new one.
         */
        (void)close(fd);
        clock_sleep_ms(LOCK_WAIT_MS);
    }
    errno = ETIMEDOUT;
    return -1;
}

/* Whether the file is of this layout; a new, empty one is made so. */
static bool
fits(int fd, size_t n, uint64_t layout)
{
    struct stat st;
    uint64_t head;

    if (fstat(fd, &st) != 0)
        return false;
    if (st.st_size == 0) {
        /* Allocated, not only sized: a full disk must show here, not as SIGBUS later. */
        errno = posix_fallocate(fd, 0, (off_t)n);
        return errno == 0 &&
               pwrite(fd, &layout, sizeof(layout), 0) == (ssize_t)sizeof(layout);
    }
    return (size_t)st.st_size == n &&
           pread(fd, &head, sizeof(head), 0) == (ssize_t)sizeof(head) && head == layout;
}

static int
open_file(const char *path, size_t n, uint64_t layout)
{
    int fd, i;

    for (i = 0; i < 2; i++) {
        fd = open_locked(path);
        if (fd < 0 || fits(fd, n, layout))
            return fd;
        (void)unlink(path);
        (void)close(fd);
    }
    return -1;
}

static void
measure(struct metric_map *m, size_t cells)
{
    size_t slot_n = sizeof(struct metric_slot) + cells * sizeof(_Atomic int64_t);

    m->slot_n = (slot_n + 63) / 64 * 64; /* whole cache lines: no false sharing */
    m->n = HEAD_N + METRIC_SLOTS_MAX * m->slot_n;
}

enum err
metric_map_look(struct metric_map *m, const char *path, uint64_t layout, size_t cells)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    void *p = MAP_FAILED;
    struct stat st;
    uint64_t head;

    measure(m, cells);
    if (fd < 0)
        return ERR_NOT_FOUND;
    if (fstat(fd, &st) == 0 && (size_t)st.st_size == m->n &&
        pread(fd, &head, sizeof(head), 0) == (ssize_t)sizeof(head) && head == layout)
        p = mmap(NULL, m->n, PROT_READ, MAP_SHARED, fd, 0);
    (void)close(fd);
    if (p == MAP_FAILED)
        return ERR_NOT_FOUND;
    m->p = p;
    return ERR_OK;
}

enum err
metric_map_open(struct metric_map *m, const char *path, uint64_t layout, size_t cells)
{
    enum err e = ERR_OK;
    int fd = -1;
    void *p;

    measure(m, cells);
    if (path != NULL && (fd = open_file(path, m->n, layout)) < 0)
        return failed("open", path);
    p = mmap(NULL, m->n, PROT_READ | PROT_WRITE,
        fd >= 0 ? MAP_SHARED : MAP_SHARED | MAP_ANONYMOUS, fd, 0);
    if (p == MAP_FAILED) {
        e = failed("mmap", path != NULL ? path : "(private)");
        goto out;
    }
    m->p = p;
    if (!claim(m))
        e = ERR_LIMIT;

out:
    if (fd >= 0) {
        (void)flock(fd, LOCK_UN); /* closing is not enough: the mapping keeps it too */
        (void)close(fd);
    }
    return e;
}

void
metric_map_close(struct metric_map *m)
{
    if (m->own != NULL)
        atomic_store(&m->own->owner, 0);
    if (m->p != NULL)
        (void)munmap(m->p, m->n);
    m->own = NULL;
    m->p = NULL;
}
