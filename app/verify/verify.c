/* The sweep: every invariant in turn, none skipped because another is broken. */
#include "verify/verify.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"
#include "verify/verify_store.h"

enum err
verify_run(struct db *db, struct arena *a, verify_line_fn line, void *arg, bool *all_ok)
{
    struct verify_result r;
    const char *name;
    char detail[64];
    enum err e;

    *all_ok = true;
    for (size_t i = 0; i < verify_store_count(); i++) {
        if ((e = verify_store_run(db, a, i, &name, &r)) != ERR_OK) {
            log_error("verify", "event=not_checked invariant=%s", name);
            *all_ok = false;
            return e;
        }
        detail[0] = '\0';
        if (r.broken > 0) {
            *all_ok = false;
            snprintf(detail, sizeof(detail), "first: id %" PRId64, r.first_id);
        }
        line(arg, name, r.figure, r.broken, detail);
    }
    return ERR_OK;
}
