/* What an endpoint wants to hear of. */
#include "notify/notify_parts.h"

bool
endpoint_wants(const struct endpoint *e, struct str type)
{
    struct str rest = e->events, one;

    if (str_eq_c(e->events, "*"))
        return true;
    while (str_next(&rest, ' ', &one))
        if (str_eq(one, type))
            return true;
    return false;
}
