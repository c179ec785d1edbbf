/* Reading the Cookie header (RFC 6265, section 4.2).  Values are taken as they stand:
 * no unquoting, no decoding, for our own cookies need none. */
#include "http/form.h"

struct str
cookie_find(struct str header, const char *name)
{
    struct str pair, key, value;

    while (str_next(&header, ';', &pair)) {
        if (str_cut(str_trim(pair), '=', &key, &value) && str_eq_c(key, name))
            return value;
    }
    return STR_NULL;
}
