/* Children through posix_spawn(). Refuses the shell: nothing here is ever parsed by one.
 */
#include "base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void
wire(posix_spawn_file_actions_t *fa, int from, int to, int flags)
{
    /* Onto itself, too: that takes away the close at exec. */
    if (from >= 0)
        (void)posix_spawn_file_actions_adddup2(fa, from, to);
    else
        (void)posix_spawn_file_actions_addopen(fa, to, "/dev/null", flags, 0);
}

/* A descriptor above those that are wired, so that no dup2() closes it first. */
static int
high(int fd)
{
    return fd < 0 ? fd : fcntl(fd, F_DUPFD_CLOEXEC, 10);
}

enum err
proc_start(struct proc *p, const char *const *argv, int in, int out, int file)
{
    int fds[] = {high(in), high(out), -1, high(file)};
    posix_spawn_file_actions_t fa;
    posix_spawnattr_t at;
    sigset_t pipe_only, none;
    int rc;

    *p = (struct proc){.pid = -1, .said = memfd_create("said", MFD_CLOEXEC)};
    fds[2] = high(p->said);
    (void)posix_spawn_file_actions_init(&fa);
    (void)posix_spawnattr_init(&at);
    wire(&fa, fds[0], STDIN_FILENO, O_RDONLY);
    wire(&fa, fds[1], STDOUT_FILENO, O_WRONLY);
    wire(&fa, fds[2], STDERR_FILENO, O_WRONLY);
    if (fds[3] >= 0)
        wire(&fa, fds[3], 3, 0);
    (void)sigemptyset(&none);
    (void)sigemptyset(&pipe_only);
    (void)sigaddset(&pipe_only, SIGPIPE);
    (void)posix_spawnattr_setsigdefault(&at, &pipe_only);
    (void)posix_spawnattr_setsigmask(&at, &none);
    (void)posix_spawnattr_setflags(&at, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    /* What is not said is not changed: the strings stay as they are. */
    rc =
        posix_spawnp(&p->pid, argv[0], &fa, &at, (char *const *)(uintptr_t)argv, environ);
    (void)posix_spawnattr_destroy(&at);
    (void)posix_spawn_file_actions_destroy(&fa);
    for (size_t i = 0; i < NELEM(fds); i++)
        if (fds[i] >= 0)
            (void)close(fds[i]);
    if (rc == 0)
        return ERR_OK;
    p->pid = -1;
    if (p->said >= 0)
        (void)close(p->said);
    p->said = -1;
    return rc == ENOENT ? ERR_NOT_FOUND : ERR_UPSTREAM;
}

static void
first_line(int fd, char *msg, size_t msg_n)
{
    ssize_t n = fd >= 0 && msg_n > 1 ? pread(fd, msg, msg_n - 1, 0) : 0;

    msg[n > 0 ? n : 0] = '\0';
    msg[strcspn(msg, "\r\n")] = '\0';
}

enum err
proc_end(struct proc *p, char *msg, size_t msg_n)
{
    int status = 0;
    pid_t got;

    do
        got = waitpid(p->pid, &status, 0);
    while (got < 0 && errno == EINTR);
    first_line(p->said, msg, msg_n);
    if (p->said >= 0)
        (void)close(p->said);
    *p = (struct proc){.pid = -1, .said = -1};
    if (got >= 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return ERR_OK;
    if (msg[0] == '\0' && got >= 0 && WIFSIGNALED(status))
        (void)snprintf(msg, msg_n, "it was ended by signal %d", WTERMSIG(status));
    else if (msg[0] == '\0')
        (void)snprintf(msg, msg_n, "it failed without a word");
    return ERR_UPSTREAM;
}

void
proc_kill(struct proc *p)
{
    char msg[8];

    if (p->pid <= 0)
        return;
    (void)kill(p->pid, SIGKILL);
    if (proc_end(p, msg, sizeof(msg)) != ERR_OK)
        msg[0] = '\0'; /* as it was meant */
}

int
proc_secret(struct str text)
{
    int fd = memfd_create("secret", MFD_CLOEXEC);

    if (fd < 0)
        return -1;
    if (fchmod(fd, S_IRUSR) != 0 || write(fd, text.p, text.n) != (ssize_t)text.n) {
        (void)close(fd);
        return -1;
    }
    return fd;
}
