/* souk-pay: the simulated payment provider, a party of its own beside the shop. Answers on
 * the listening socket it is started with (descriptor 0), behind the same nginx, until
 * SIGTERM; its books are STATE/data/pay.db. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/token.h"
#include "base/log.h"
#include "http/front.h"
#include "provider/provider.h"
#include "provider/provider_store.h"

#define PATH_N 600
#define BODY_MAX ((size_t)16 << 10)
#define SPARES 28 /* who wait for a commit together */
#define ARENA_CHUNK ((size_t)64 << 10)

/* The shop's key, or nobody's. */
static enum err
authenticate(struct req *rq, struct resp *rs, struct fault *flt)
{
    const struct provider *p = rq->app;
    struct str auth = req_header(rq, "Authorization");
    const struct str scheme = STR("Bearer ");

    (void)rs;
    if (!str_starts(auth, scheme) ||
        !secret_eq(str_sub(auth, scheme.n, auth.n), str_c(p->keys.api)))
        return fault_set(flt, ERR_AUTH, "", "The key of the API is wrong or missing.");
    rq->who = (struct principal){.user_id = 1};
    return ERR_OK;
}

static void
error_page(struct req *rq, struct resp *rs, enum err e)
{
    (void)rq;
    resp_bytes(rs, err_status(e), "text/html; charset=utf-8",
        STR("<!doctype html><title>Simulated payment provider</title>"
            "<h1>There is no such payment</h1><p>Or it cannot be shown now. Go back to the "
            "shop and try again.</p>"));
}

static void
begun(struct req *rq)
{
    struct provider *p = rq->app;

    shop_meter_begin(&p->meter);
}

static void
done(struct req *rq, struct resp *rs, int64_t us)
{
    struct provider *p = rq->app;

    shop_meter_done(&p->meter, rq, rs, us);
}

static enum err
provider_open(struct provider *p)
{
    const struct settings *s = &p->set;
    char path[PATH_N], msg[512] = "";

    if (s->pay_key_file[0] != '\0')
        (void)snprintf(path, sizeof(path), "%s", s->pay_key_file);
    else
        (void)snprintf(path, sizeof(path), "%s/pay.keys", s->state_dir);
    if (pay_keys_load(&p->keys, path, msg, sizeof(msg)) != ERR_OK)
        return app_refuse("pay_key_file", "%s", msg);
    (void)snprintf(path, sizeof(path), "%s/app/provider/templates", s->share_dir);
    if (tmpl_load(&p->tmpl, path, msg, sizeof(msg)) != ERR_OK)
        return app_refuse("share", "%s", msg);
    (void)snprintf(path, sizeof(path), "%s/data/pay.db", s->state_dir);
    if (lite_open(&p->books, path, prov_schema) != ERR_OK)
        return app_refuse("state", "data/pay.db cannot be opened there: is the disk full, or the folder"
                                   " another user's?");
    if (shop_meter_open(&p->meter, s->state_dir) != ERR_OK)
        return app_refuse("state", "run/metrics cannot be made or mapped there");
    shop_meter_start(&p->meter, PROGRAM_PAY);
    return ERR_OK;
}

static int
serve(struct provider *p)
{
    static const struct route *const tables[] = {provider_api_routes, provider_page_routes};
    const struct router_hooks hooks = {.authenticate = authenticate, .error_page = error_page,
        .begin = begun, .done = done};
    struct router *r = router_new(tables, NELEM(tables), &hooks, p);
    const struct front_conf fc = {.listen_fd = 0,
        .threads = (int)p->set.threads,
        .spares = SPARES,
        .body_max = BODY_MAX,
        .grace_ms = p->set.grace_s * 1000,
        .arena_chunk = ARENA_CHUNK,
        .handle = router_handle,
        .arg = r,
        .app = p};
    int rc;

    p->hooks = hooks_start(p);
    log_info("provider", "event=start threads=%d", fc.threads);
    rc = front_run(&fc);
    log_info("provider", "event=stop rc=%d", rc);
    if (rc != 0) /* a request may run still */
        _exit(EXIT_FAILURE);
    hooks_stop(p->hooks);
    router_free(r);
    return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
    struct provider p = {.books = NULL};
    int rest_n = 0, rc = EXIT_FAILURE;

    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        (void)puts("souk-pay [--SETTING=VALUE ...]: the simulated payment provider\n");
        settings_help(stdout);
        return EXIT_SUCCESS;
    }
    if (settings_load(&p.set, argc, argv, &rest_n) != ERR_OK)
        return EXIT_FAILURE;
    log_init(LOG_LVL_INFO, 2);
    if (app_check_socket() == ERR_OK && provider_open(&p) == ERR_OK)
        rc = serve(&p);
    lite_close(p.books);
    shop_meter_close(&p.meter);
    if (p.tmpl != NULL)
        tmpl_free(p.tmpl);
    explicit_bzero(&p.keys, sizeof(p.keys));
    settings_free(&p.set);
    return rc;
}
