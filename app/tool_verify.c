/* souk verify: the invariants that make a shop honest, a line each. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "tool.h"
#include "verify/verify.h"

static void
line(void *arg, const struct verify_line *l)
{
    (void)arg;
    (void)printf("%-7s %-71s %12" PRId64, l->broken == 0 ? "ok" : "BROKEN", l->name,
        l->looked);
    if (l->unit[0] != '\0')
        (void)printf("  %" PRId64 " %s", l->sum, l->unit);
    if (l->broken > 0)
        (void)printf("  broken: %" PRId64 ", first: id %" PRId64, l->broken, l->first_id);
    (void)putchar('\n');
}

int
tool_verify(struct tool *t)
{
    const struct verify_how how = {.line = line};
    int64_t t0 = clock_mono_us();
    struct verify_told told;
    struct db *db;
    struct arena *a;
    int rc = tool_open(t, 0, &db, &a);

    if (rc == EXIT_SUCCESS) {
        if (verify_run(db, &how, &told) != ERR_OK)
            rc = tool_fail("the books could not be read; see the log above");
        else if (!told.all_ok)
            rc = tool_fail("the books are broken: see the lines marked BROKEN");
        else
            (void)printf("the books are right: %" PRId64 " orders read in %.1f s\n",
                told.orders, (double)(clock_mono_us() - t0) / 1e6);
    }
    tool_close(t, db, a);
    return rc;
}
