/* An answer being built: status, head, body. Sent by the front in one piece. */
#ifndef SOUK_HTTP_RESP_H
#define SOUK_HTTP_RESP_H

#include "http/req.h"
#include "json/jout.h"

#define RESP_BODY_MAX ((size_t)8 << 20)

struct resp {
    int status; /* 200 until set */
    const char *type; /* Content-Type, NULL: none */
    struct buf head; /* further header lines, each ended by CRLF */
    struct buf body;
    struct jout json;
    struct fault fault; /* for the error the handler returns */
    struct arena *arena;
};

void resp_init(struct resp *rs, struct arena *a);
/* Status, type JSON, and the writer on the empty body. */
struct jout *resp_json(struct resp *rs, int status);
/* A finished body. */
void resp_bytes(struct resp *rs, int status, const char *type, struct str body);
/* A header line. CR, LF and NUL in the value are dropped, so that nothing can be injected. */
void resp_header(struct resp *rs, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Is there a header line of this name, in any case, already? */
bool resp_has(const struct resp *rs, const char *name);
/* 204. */
void resp_empty(struct resp *rs, int status);
/* 303 See Other to a path of our own. */
void resp_redirect(struct resp *rs, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Set-Cookie: HttpOnly; SameSite=Lax; Path=/; under TLS Secure and the name prefixed
 * "__Host-". max_age_s < 0: a session cookie; 0: delete. Cookies are read back with
 * resp_cookie_name()'s name. */
void resp_cookie(struct resp *rs, const struct req *rq, const char *name, struct str value,
    int64_t max_age_s);
/* The name a cookie has for this request, with the prefix under TLS. */
const char *resp_cookie_name(const struct req *rq, const char *name);
/* Strong validators: sets ETag: "tag" and, when If-None-Match (list, weak, *) has it, turns a
 * GET or HEAD into 304 and returns true: the caller is done. */
bool resp_not_modified(struct resp *rs, const struct req *rq, const char *tag);
/* A tag for a body that has no version of its own: of its bytes. */
const char *resp_tag(const struct resp *rs, struct str body);
/* Pages: reads validated ?page= and ?per_page= with their defaults. */
struct paging { int64_t page, per_page; };
/* A numbered page costs all the pages before it, so there are so many and no more; who wants
 * the rest walks. */
#define LIST_PAGE_MAX 1000
/* The last page that may be asked for, at least 1. */
int64_t paging_last(struct paging pg, int64_t total);
struct paging req_paging(const struct req *rq, int64_t per_page_default);
/* What a list's query takes. A walk (?after=) asks for what follows an id, "0" for the
 * beginning, so that its last page costs what the first does; it does not count. */
/* clang-format off */
#define PAGE_FIELD {.name = "page", .type = F_I64, .min = 1, .max = LIST_PAGE_MAX}
#define PAGING_FIELDS                                                                    \
    PAGE_FIELD,                                                                          \
    {.name = "per_page", .type = F_I64, .min = 1, .max = 100, .help = "default 20"},     \
    {.name = "after", .type = F_ID, .flags = FIELD_ZERO,                                 \
        .help = "walk all by id: 0 first, then next_after"}
/* clang-format on */
/* Does it walk, and after what? */
bool req_after(const struct req *rq, int64_t *after);
/* The members of a list after its items: page, per_page, total (null in a walk), and in a
 * walk next_after, `next`, 0 at the end; and the Link header. */
void resp_list_end(struct resp *rs, const struct req *rq, struct jout *j, struct paging pg,
    int64_t total, int64_t next);
/* Link: the walk's beginning and, unless `next` is 0, what comes next. */
void resp_link_after(struct resp *rs, const struct req *rq, int64_t next);
/* Link: first, prev, next, last for the request's own path and query. */
void resp_link_pages(struct resp *rs, const struct req *rq, struct paging pg, int64_t total);

#endif
