/* libfcgi's own way out is a buffer of 8 kB: what is longer leaves in several writes, nginx
 * wakes for each of them and sends each on by itself. An answer that is there as a whole
 * leaves in one here. Reading requests stays libfcgi's. */
#include "http/fcgi_send.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* A record's content; a multiple of eight, so that only the last one needs padding. */
#define CONTENT_MAX ((size_t)65528)
#define HEADER_BYTES 8
#define TAIL_MAX (7 + 2 * HEADER_BYTES + 8) /* padding, no more output, the request's end */

enum { TYPE_END = 3, TYPE_STDOUT = 6 };

static void
header(unsigned char *p, unsigned type, int id, size_t content, size_t padding)
{
    p[0] = 1; /* version */
    p[1] = (unsigned char)type;
    p[2] = (unsigned char)((unsigned)id >> 8);
    p[3] = (unsigned char)id;
    p[4] = (unsigned char)(content >> 8);
    p[5] = (unsigned char)content;
    p[6] = (unsigned char)padding;
    p[7] = 0;
}

/* What follows the last record's content: exit status 0, request complete. `p` is all
 * zero. */
static size_t
tail(unsigned char *p, int id, size_t padding)
{
    header(p + padding, TYPE_STDOUT, id, 0, 0);
    header(p + padding + HEADER_BYTES, TYPE_END, id, 8, 0);
    return padding + 2 * HEADER_BYTES + 8;
}

static bool
send_all(int fd, struct iovec *v, size_t n)
{
    while (n > 0) {
        struct msghdr m = {.msg_iov = v, .msg_iovlen = n};
        ssize_t done = sendmsg(fd, &m, MSG_NOSIGNAL);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return false;
        for (; n > 0 && (size_t)done >= v->iov_len; v++, n--)
            done -= (ssize_t)v->iov_len;
        if (n > 0) {
            v->iov_base = (char *)v->iov_base + done;
            v->iov_len -= (size_t)done;
        }
    }
    return true;
}

bool
fcgi_send(int fd, int request_id, struct str content)
{
    unsigned char head[HEADER_BYTES], end[TAIL_MAX] = {0};
    struct iovec v[3];
    size_t at = 0, part, padding;
    bool last;

    do {
        part = content.n - at < CONTENT_MAX ? content.n - at : CONTENT_MAX;
        padding = -part & 7;
        last = at + part == content.n;
        header(head, TYPE_STDOUT, request_id, part, padding);
        v[0] = (struct iovec){head, sizeof(head)};
        v[1] = (struct iovec){(void *)(uintptr_t)(content.p + at), part};
        v[2] = (struct iovec){end, last ? tail(end, request_id, padding) : 0};
        if (!send_all(fd, v, NELEM(v)))
            return false;
        at += part;
    } while (!last);
    return true;
}
