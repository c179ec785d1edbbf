/* What a webhook says. Private to app/notify and its tests. */
#ifndef SOUK_NOTIFY_HOOK_BODY_H
#define SOUK_NOTIFY_HOOK_BODY_H

#include "notify/notify_parts.h"

/* The JSON of an event into d->text; *why is set when there is none to be had. An error
 * is the database's. */
enum err hook_body(
    struct db *db, struct arena *a, struct due *d, struct str *why) MUST_CHECK;

#endif
