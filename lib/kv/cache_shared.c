/* The generation file: counters that all processes of a machine share through a mapping,
 * so that a change made in one of them is true in all at once, without a message. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "kv/cache_priv.h"

#define MAGIC UINT64_C(0x31305f6e65676b73)

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "counters are shared between processes");

static struct cache_shared *
map(int fd, int flags)
{
    void *p =
        mmap(NULL, sizeof(struct cache_shared), PROT_READ | PROT_WRITE, flags, fd, 0);

    return p != MAP_FAILED ? p : NULL;
}

static enum err
refuse(const char *path, const char *what)
{
    log_debug("cache", "generation file %s: %s: %s", path, what, strerrordesc_np(errno));
    return ERR_INTERNAL;
}

/* A new file, or one whose maker was killed half way.  Nobody knows what Redis missed
 * while there was none: have it emptied. */
static void
first_use(struct cache_shared *sh)
{
    if (sh->magic == MAGIC)
        return;
    memset(sh, 0, sizeof(*sh));
    atomic_store(&sh->told_not, 1);
    sh->magic = MAGIC;
}

static enum err
fd_open(struct cache_shared **out, const char *path, int fd)
{
    struct stat st;

    if (flock(fd, LOCK_EX) != 0)
        return refuse(path, "lock");
    if (fstat(fd, &st) != 0)
        return refuse(path, "stat");
    if (st.st_size != 0 && st.st_size != (off_t)sizeof(**out)) {
        errno = EINVAL;
        return refuse(path, "of another version, remove it");
    }
    /* Reserved now: a full disk would else be a SIGBUS later. */
    if ((errno = posix_fallocate(fd, 0, sizeof(**out))) != 0)
        return refuse(path, "reserve");
    if ((*out = map(fd, MAP_SHARED)) == NULL)
        return refuse(path, "map");
    first_use(*out);
    return ERR_OK;
}

enum err
shared_open(struct cache_shared **out, const char *path)
{
    enum err e;
    int fd;

    *out = NULL;
    if (path == NULL || path[0] == '\0') {
        *out = map(-1, MAP_PRIVATE | MAP_ANONYMOUS);
        return *out != NULL ? ERR_OK : refuse("(none)", "map");
    }
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return refuse(path, "open");
    e = fd_open(out, path, fd);
    /* Closing alone would not do: the mapping keeps the file, and so the lock, open. */
    flock(fd, LOCK_UN);
    close(fd);
    return e;
}

void
shared_close(struct cache_shared *sh)
{
    munmap(sh, sizeof(*sh));
}

struct cache_stamp
shared_stamp(struct cache_shared *sh, uint64_t hash)
{
    return (struct cache_stamp){.gen = atomic_load(&sh->gen[hash % CACHE_GENS]),
        .epoch = atomic_load(&sh->epoch)};
}
