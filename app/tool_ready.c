/* souk ready: does a pool of workers answer? For whoever replaces one, and for the health
 * checks of containers. Asks the pool itself, not the web server before it. */
#include <stdio.h>
#include <stdlib.h>

#include "http/fcgi_ask.h"
#include "tool.h"

#define PATH_N 600
#define WAIT_MS 3000

int
tool_ready(struct tool *t)
{
    char own[PATH_N], msg[400] = "";
    const char *at = t->argc > 1 ? t->argv[1] : own;
    int status = 0;

    if (t->argc > 2)
        return tool_fail("usage: souk ready [SOCKET|HOST:PORT]");
    (void)snprintf(own, sizeof(own), "%s/run/worker.sock", t->app->set.state_dir);
    if (fcgi_ask(at, "/readyz", WAIT_MS, &status, msg, sizeof(msg)) != ERR_OK)
        return tool_fail("%s", msg);
    if (status >= 500)
        return tool_fail("%s: it runs, and is not ready (%d); its log says why", at, status);
    (void)printf("ready\n");
    return EXIT_SUCCESS;
}
