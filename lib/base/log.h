/* One line an event: "2026-11-22T20:30:00.123Z level reqid module key=value ...".
 * Written with one write(2).  Never passwords, tokens or SQL values. */
#ifndef SOUK_BASE_LOG_H
#define SOUK_BASE_LOG_H

#include "base/str.h"

enum log_level { LOG_LVL_ERROR, LOG_LVL_WARN, LOG_LVL_INFO, LOG_LVL_DEBUG };

/* `fd` stays the caller's; the default is 2 and info.  Call before threads start. */
void log_init(enum log_level level, int fd);
/* The request id of this thread's lines; "" for none. Copied, at most 63 bytes. */
void log_set_request(struct str id);
void log_write(enum log_level l, const char *module, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#define log_error(...) log_write(LOG_LVL_ERROR, __VA_ARGS__)
#define log_warn(...) log_write(LOG_LVL_WARN, __VA_ARGS__)
#define log_info(...) log_write(LOG_LVL_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_LVL_DEBUG, __VA_ARGS__)

/* Time this thread spent waiting on others since trace_reset(), for the request line. */
enum trace_kind { TRACE_DB, TRACE_CACHE, TRACE__MAX };
void trace_reset(void);
void trace_add(enum trace_kind k, int64_t us);
int64_t trace_get(enum trace_kind k);

#endif
