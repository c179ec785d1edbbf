/* What the description says about the API as a whole, and the document, written once. */
#include "ops/api_doc.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "ops/problem.h"

#define DOC_MAX ((size_t)4 << 20)
#define LINES_MAX ((size_t)16 << 10)

static const char description[] =
    "JSON in, JSON out, UTF-8. Names are snake_case; times are RFC 3339 in UTC; money is an "
    "integer of the currency's minor unit; ids are strings.\n\n"
    "**Errors** are `application/problem+json` (RFC 9457). `type` is a stable slug below "
    "`/problems/`, where a page says what it means; `errors` names each bad field by JSON "
    "pointer. An unknown member or parameter is an error. Answers may get new members.\n\n"
    "**Lists** are pages with `page`, `per_page` (1 to 100) and a `Link` header. To walk "
    "all of a list take `after` (first 0 or the last id seen) and follow rel=\"next\": "
    "every page costs the same.\n\n"
    "**Changes** of an admin's object need `If-Match` with its ETag. PATCH is a JSON merge "
    "patch (RFC 7396): null takes a member away.\n\n"
    "**Repeats**: with an `Idempotency-Key` a request is done once for 24 hours, and a "
    "repeat gets the first answer.\n\n"
    "**Limits**: `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers) "
    "say what may be sent; 429 and 503 carry `Retry-After`.\n\n"
    "Every GET knows HEAD, every path OPTIONS; a method that a path does not know is "
    "answered 405 with `Allow`.";

static const struct openapi_tag tags[] = {
    {"account", "register|login|logout|token|me|password|email|verify|sessions|addresses|"
                "account",
        "Accounts, sign-in and sessions"},
    {"catalogue", "products|categories", "What is for sale"},
    {"cart", "cart", "The shopper's cart"},
    {"orders", "orders|quote|payments|webhooks", "Ordering, paying, one's own orders"},
    {"admin products", "admin/products", "The back office: products and stock"},
    {"admin orders", "admin/orders|admin/payments", "The back office: orders"},
    {"admin prices",
        "admin/coupons|admin/tax-rates|admin/shipping-zones|admin/shipping-methods|"
        "admin/sales",
        "The back office: coupons, taxes, delivery, sales"},
    {"admin shop", "admin", "The back office: all else"},
    {"description", "openapi.json", "This document"},
    {.name = NULL},
};

const struct openapi_info api_info = {
    .title = "Souk",
    .version = PACKAGE_VERSION,
    .description = description,
    .prefix = "/api/v1",
    .problems = problem_types,
    .tags = tags,
};

/* A test refuses routes that are not described; a shop that runs leaves them out. */
static void
warn(const struct router *r)
{
    struct buf why;

    buf_init(&why, LINES_MAX);
    if (openapi_lacks(r, &api_info, &why) > 0)
        log_warn("api", "event=not_described first=\"%.*s\"",
            (int)str_chr(buf_view(&why), '\n'), buf_cstr(&why));
    buf_done(&why);
}

struct api_doc *
api_doc_new(const struct router *r)
{
    struct api_doc *doc = calloc(1, sizeof(*doc));
    struct arena *a = arena_new((size_t)1 << 20);

    if (doc == NULL)
        abort();
    warn(r);
    buf_init(&doc->text, DOC_MAX);
    openapi_write(r, &api_info, a, &doc->text);
    arena_free(a);
    (void)snprintf(
        doc->tag, sizeof(doc->tag), "%016" PRIx64, str_hash(buf_view(&doc->text)));
    return doc;
}

void
api_doc_free(struct api_doc *doc)
{
    if (doc == NULL)
        return;
    buf_done(&doc->text);
    free(doc);
}
