/* Mails as files, written beside their name and moved onto it. */
#include "notify/mail_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crash.h"
#include "base/log.h"

#define PATH_N 700

static bool
write_all(int fd, struct str s)
{
    while (s.n > 0) {
        ssize_t n = write(fd, s.p, s.n);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        s = str_sub(s, (size_t)n, SIZE_MAX);
    }
    return true;
}

static enum err
failed(const char *what, const char *path)
{
    log_error("notify", "event=mail_sink %s path=%s why=\"%s\"", what, path,
        strerrordesc_np(errno));
    return ERR_UPSTREAM;
}

enum err
mail_sink_put(const char *folder, int64_t id, struct str bytes)
{
    char path[PATH_N], part[PATH_N];
    int fd, n;

    n = snprintf(path, sizeof(path), "%s/%" PRId64 ".eml", folder, id);
    if (n < 0 || (size_t)n >= sizeof(path))
        return ERR_INTERNAL;
    n = snprintf(part, sizeof(part), "%s/.%" PRId64 ".%ld", folder, id, (long)getpid());
    if (n < 0 || (size_t)n >= sizeof(part))
        return ERR_INTERNAL;
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return failed("mkdir", folder);
    fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return failed("open", part);
    if (!write_all(fd, bytes)) {
        (void)close(fd);
        (void)unlink(part);
        return failed("write", part);
    }
    if (close(fd) != 0)
        return failed("close", part);
    CRASH_POINT("notify.mail.file");
    return rename(part, path) == 0 ? ERR_OK : failed("rename", path);
}

enum err
mail_sink_drop(const char *folder, int64_t id)
{
    char path[PATH_N];
    int n = snprintf(path, sizeof(path), "%s/%" PRId64 ".eml", folder, id);

    if (n < 0 || (size_t)n >= sizeof(path))
        return ERR_INTERNAL;
    if (unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR)
        return ERR_OK;
    return failed("unlink", path);
}
