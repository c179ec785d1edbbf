/* Another program as a child: started without a shell, told what to do by its arguments,
 * its standard input and one more file, and heard by its standard output and its end.
 * Secrets go by the file: arguments are for everybody to read. */
#ifndef SOUK_BASE_PROC_H
#define SOUK_BASE_PROC_H

#include <sys/types.h>

#include "base/err.h"

struct proc {
    pid_t pid;
    int said; /* what it wrote on stderr */
};

/* Where the child finds `file` of proc_start(). */
#define PROC_FILE "/dev/fd/3"

/* Start argv[0] of the PATH. in and out become its stdin and stdout, -1: /dev/null; file
 * its descriptor 3, -1: none. They stay the caller's to close. ERR_NOT_FOUND: there is no
 * such program. */
enum err proc_start(
    struct proc *p, const char *const *argv, int in, int out, int file) MUST_CHECK;
/* Wait for its end. ERR_OK if it was exit(0), else msg has the first line of what it
 * said. */
enum err proc_end(struct proc *p, char *msg, size_t msg_n) MUST_CHECK;
/* End it now; nothing if it was never started. */
void proc_kill(struct proc *p);
/* A file in memory with that text, to be read by this user alone; -1: none can be had. */
int proc_secret(struct str text);

#endif
