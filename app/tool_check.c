/* souk settings, souk check: what there is to be set, and whether it is so that the programs
 * would start: it opens what they open, and starts nothing. */
#include <stdio.h>
#include <stdlib.h>

#include "tool.h"

int
tool_settings(struct tool *t)
{
    if (t->argc != 1)
        return tool_fail("usage: souk settings");
    settings_markdown(stdout);
    return EXIT_SUCCESS;
}

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
