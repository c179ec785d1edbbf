/* One line an event, one write(2) a line, so that the lines of threads and processes do
 * not mix.  A value cannot start a line of its own: control characters are escaped.
 * Keeps no file, rotates nothing: the supervisor owns the descriptor. */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define LINE_N 2048

static enum log_level max_level = LOG_LVL_INFO;
static int out_fd = 2;
static _Thread_local char request_id[64];
static _Thread_local int64_t trace_us[TRACE__MAX];

void
log_init(enum log_level level, int fd)
{
    max_level = level;
    out_fd = fd;
}

/* Append `s` escaped and cut to what leaves `spare` bytes free; returns the new length.
 */
static size_t
append(char *line, size_t n, size_t spare, struct str s)
{
    static const char hex[] = "0123456789abcdef";
    size_t i;

    for (i = 0; i < s.n && n + 4 + spare <= LINE_N; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (c >= 0x20 && c != 0x7f) {
            line[n++] = s.p[i];
            continue;
        }
        line[n++] = '\\';
        if (c == '\n') {
            line[n++] = 'n';
            continue;
        }
        line[n++] = 'x';
        line[n++] = hex[c >> 4];
        line[n++] = hex[c & 15];
    }
    return n;
}

void
log_set_request(struct str id)
{
    id = str_utf8_cut(id, sizeof(request_id) - 1);
    if (id.n > 0)
        memcpy(request_id, id.p, id.n);
    request_id[id.n] = '\0';
}

static void
write_line(const char *line, size_t n)
{
    /* There is nobody to tell when the log itself cannot be written. */
    while (write(out_fd, line, n) < 0 && errno == EINTR)
        ;
}

static void __attribute__((format(printf, 3, 0)))
log_line(const char *level, const char *module, const char *fmt, va_list ap)
{
    char line[LINE_N], text[LINE_N], when[TIME_RFC3339_N];
    const char *const words[] = {time_rfc3339(when, clock_ms()), level,
        request_id[0] != '\0' ? request_id : "-", module};
    size_t i, n = 0;
    int text_n;

    for (i = 0; i < NELEM(words); i++) {
        n = append(line, n, LINE_N / 2, str_c(words[i]));
        line[n++] = ' ';
    }
    text_n = vsnprintf(text, sizeof(text), fmt, ap);
    if (text_n > 0)
        n = append(line, n, 4, str_c(text));
    if (text_n >= LINE_N || n + 8 > LINE_N) {
        for (i = 0; i < 3; i++)
            line[n++] = '.';
    }
    line[n++] = '\n';
    write_line(line, n);
}

void
log_write(enum log_level l, const char *module, const char *fmt, ...)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};
    int saved_errno = errno;
    va_list ap;

    if (l > max_level)
        return;
    va_start(ap, fmt);
    log_line(names[l], module, fmt, ap);
    va_end(ap);
    errno = saved_errno;
}

void
trace_reset(void)
{
    memset(trace_us, 0, sizeof(trace_us));
}

void
trace_add(enum trace_kind k, int64_t us)
{
    trace_us[k] += us;
}

int64_t
trace_get(enum trace_kind k)
{
    return trace_us[k];
}
