/* souk verify: the invariants that make a shop honest, a line each. */
#include <stdio.h>
#include <stdlib.h>

#include "tool.h"
#include "verify/verify.h"

static void
line(void *arg, const char *name, int64_t figure, int64_t broken, const char *detail)
{
    (void)arg;
    if (broken == 0)
        (void)printf("ok      %-62s %12lld\n", name, (long long)figure);
    else
        (void)printf("BROKEN  %-62s %12lld  broken: %lld, first: %s\n", name,
            (long long)figure, (long long)broken, detail);
}

int
tool_verify(struct tool *t)
{
    struct db *db;
    struct arena *a;
    bool all_ok = false;
    int rc = tool_open(t, 0, &db, &a);

    if (rc == EXIT_SUCCESS) {
        if (verify_run(db, a, line, NULL, &all_ok) != ERR_OK)
            rc = tool_fail("the books could not be read; see the log above");
        else if (!all_ok)
            rc = tool_fail("the books are broken: see the lines marked BROKEN");
        else
            (void)printf("the books are right\n");
    }
    tool_close(t, db, a);
    return rc;
}
