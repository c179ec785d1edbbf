/* What a mail says. Private to app/notify and its tests. */
#ifndef SOUK_NOTIFY_MAIL_WRITE_H
#define SOUK_NOTIFY_MAIL_WRITE_H

#include "notify/mailer.h"
#include "notify/notify_parts.h"

/* Fill recipient, subject, text and html of `d` from its event. m->end is DUE_SENT when
 * it is ready to be sent; else it cannot be, and why. An error is the database's. */
enum err mail_write(const struct mail_shop *shop, struct db *db, struct arena *a,
    struct due *d, struct due_mark *m) MUST_CHECK;
/* The subject, text and html from values that are there. ERR_TOO_LARGE, ERR_NOT_FOUND. */
enum err mail_render(const struct mail_shop *shop, struct arena *a, struct tval *t,
    struct due *d) MUST_CHECK;

#endif
