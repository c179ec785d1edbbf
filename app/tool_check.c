/* souk check: opens what the programs open, and starts nothing. For whoever starts them. */
#include <stdio.h>
#include <stdlib.h>

#include "tool.h"

int
tool_check(struct tool *t)
{
    if (t->argc != 1)
        return tool_fail("usage: souk check");
    if (app_open(t->app, APP_DB | APP_KV | APP_WEB | APP_PAY) != ERR_OK
        || app_check_database(t->app) != ERR_OK)
        return EXIT_FAILURE;
    (void)printf("all is there\n");
    return EXIT_SUCCESS;
}
