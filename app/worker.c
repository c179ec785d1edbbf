/* souk-worker: answers requests on the listening socket it is started with (descriptor 0,
 * as spawn-fcgi and multiwatch hand it over) until SIGTERM. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "account/account_http.h"
#include "app.h"
#include "base/log.h"
#include "http/front.h"
#include "http/route.h"
#include "ops/api_doc.h"
#include "ops/api_rate.h"
#include "routes.h"
#include "shop_metrics.h"
#include "web/page.h"

#define ARENA_CHUNK ((size_t)256 << 10)

static void
begun(struct req *rq)
{
    shop_meter_begin(&app_of(rq)->meter);
}

static void
done(struct req *rq, struct resp *rs, int64_t us)
{
    shop_meter_done(&app_of(rq)->meter, rq, rs, us);
}

static int
serve(struct app *app)
{
    const struct router_hooks hooks = {
        .authenticate = account_authenticate,
        .csrf_ok = csrf_ok,
        .error_page = page_error,
        .begin = begun,
        .done = done,
        .admit = api_rate_admit,
        .enter = account_enter,
        .cors_origins = app->set.cors_origins,
    };
    struct front_conf fc = {
        .listen_fd = 0,
        .threads = (int)app->set.threads,
        .body_max = (size_t)app->set.body_max,
        .grace_ms = app->set.grace_s * 1000,
        .spares = password_pool_waiters(app->passwords) + APP_PAY_CALLS,
        .arena_chunk = ARENA_CHUNK,
        .handle = router_handle,
        .resume = router_resume,
        .app = app,
        .tidy = app_tidy,
    };
    struct router *r = router_new(all_routes, all_routes_n, &hooks, app);
    struct api_doc *doc = api_doc_new(r);
    int rc;

    app->api_doc = doc;
    fc.arg = r;
    password_pool_waiting(app->passwords, front_blocking_begin, front_blocking_end);
    shop_meter_start(&app->meter, PROGRAM_WORKER);
    log_info("worker", "event=start threads=%d", fc.threads);
    rc = front_run(&fc);
    log_info("worker", "event=stop rc=%d", rc);
    /* A request may run still: nothing that it uses can be taken away. */
    if (rc != 0)
        _exit(EXIT_FAILURE);
    router_free(r);
    api_doc_free(doc);
    return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
    struct app app = {.db = NULL};
    int rest_n = 0, rc = EXIT_FAILURE;

    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        (void)puts("souk-worker [--SETTING=VALUE ...]: the shop's FastCGI worker\n");
        settings_help(stdout);
        return EXIT_SUCCESS;
    }
    if (settings_load(&app.set, argc, argv, &rest_n) != ERR_OK)
        return EXIT_FAILURE;
    if (app_check_socket() == ERR_OK
        && app_open(&app, APP_DB | APP_KV | APP_WEB | APP_PAY) == ERR_OK
        && app_start_database(&app) == ERR_OK)
        rc = serve(&app);
    app_close(&app);
    return rc;
}
