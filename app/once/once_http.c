/* Idempotency keys for handlers: the header, what was sent with it, an answer sent again. */
#include "once/once_http.h"

#define KEY_MAX 255

enum err
once_http_key(const struct req *rq, bool required, struct str *key, struct fault *flt)
{
    struct str k = req_header(rq, "Idempotency-Key");

    *key = k.p != NULL ? str_trim(k) : STR_NULL;
    if (k.p == NULL && !required)
        return ERR_OK;
    if (key->n == 0)
        return fault_set(flt, ERR_BAD, "idempotency_key_required",
            "Send a fresh Idempotency-Key with each order, and the same one with a "
            "repeat.");
    for (size_t i = 0; i < key->n; i++)
        if ((unsigned char)key->p[i] < 0x20 || key->p[i] == 0x7f)
            return fault_set(flt, ERR_BAD, "idempotency_key_invalid",
                "The Idempotency-Key has a control character.");
    if (!str_utf8_valid(*key) || str_utf8_count(*key) > KEY_MAX)
        return fault_set(flt, ERR_BAD, "idempotency_key_invalid",
            "The Idempotency-Key must be 1 to %d characters of UTF-8.", KEY_MAX);
    return ERR_OK;
}

struct once
once_http_of(const struct req *rq, const char *call, struct str key)
{
    unsigned char *hash = arena_alloc(rq->arena, SHA256_N);
    struct str sent =
        arena_printf(rq->arena, "%.*s %.*s", STR_F(rq->param[0]), STR_F(rq->body));

    sha256(sent.p, sent.n, hash);
    return (struct once){.scope = app_key_scope(rq, call),
        .key = key,
        .body_hash = {(const char *)hash, SHA256_N}};
}

void
once_http_answer(struct resp *rs, const struct once_answer *an)
{
    if (an->replayed)
        resp_header(rs, "Idempotent-Replayed", "true");
    resp_bytes(rs, an->http_status, "application/json", an->body);
}
