/* Comparing entity tags, in one place for If-Match and If-None-Match. */
#include "http/etag.h"

#include <inttypes.h>

/* A comma inside a tag cannot split it: the list is walked tag by tag. */
bool
etag_listed(struct str list, struct str want, bool stem)
{
    struct str tag;
    size_t end;

    list = str_trim(list);
    if (str_eq_c(list, "*"))
        return true;
    for (; list.n > 0; list = str_sub(list, 1, list.n)) {
        if (str_starts(list, STR("W/")))
            list = str_sub(list, 2, list.n);
        if (list.n == 0 || list.p[0] != '"')
            continue;
        list = str_sub(list, 1, list.n);
        end = str_chr(list, '"');
        if (end == SIZE_MAX)
            return false;
        tag = str_sub(list, 0, end);
        if (stem ? str_starts(tag, want) : str_eq(tag, want))
            return true;
        list = str_sub(list, end, list.n);
    }
    return false;
}

void
etag_put(struct resp *rs, const struct req *rq, int64_t version)
{
    (void)resp_not_modified(rs, rq,
        arena_printf(rs->arena, "%" PRId64 "-%s", version, resp_tag(rs, buf_view(&rs->body))).p);
}

bool
etag_matches(const struct req *rq, int64_t version)
{
    return etag_listed(req_header(rq, "If-Match"),
        arena_printf(rq->arena, "%" PRId64 "-", version), true);
}
