/* An event as consumers see it. */
#ifndef SOUK_NOTIFY_EVENT_H
#define SOUK_NOTIFY_EVENT_H

#include "base/str.h"

struct event {
    int64_t id;
    struct str type;
    int64_t subject_id;
    int64_t at_ms;
    int version;
    struct str data; /* JSON, or STR_NULL */
};

#endif
