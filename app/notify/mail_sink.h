/* Mails as files: where a shop has no mail server, and in its tests and demos. */
#ifndef SOUK_NOTIFY_MAIL_SINK_H
#define SOUK_NOTIFY_MAIL_SINK_H

#include "base/err.h"

/* FOLDER/<id>.eml, there whole or not at all; the folder is made. The same id again puts
 * the same file anew. ERR_UPSTREAM: the disk. */
enum err mail_sink_put(const char *folder, int64_t id, struct str bytes) MUST_CHECK;
/* The file, if it is there, is gone. */
enum err mail_sink_drop(const char *folder, int64_t id) MUST_CHECK;

#endif
