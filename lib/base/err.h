/* One enum of meanings for every fallible function, and the detail for the client
 * in a struct fault.  Detail for us is logged once, where the failure is seen. */
#ifndef SOUK_BASE_ERR_H
#define SOUK_BASE_ERR_H

#include "base/str.h"

enum err {
    ERR_OK,
    ERR_BAD,          /* malformed: not what the protocol or the format allows */
    ERR_AUTH,         /* no credentials, or bad ones */
    ERR_DECLINED,     /* the payment was refused */
    ERR_FORBIDDEN,    /* known, but not allowed */
    ERR_NOT_FOUND,    /* none, or not yours */
    ERR_METHOD,       /* the resource does not know this method */
    ERR_ACCEPT,       /* no form of the answer that the client would take */
    ERR_CONFLICT,     /* the state does not allow it */
    ERR_PRECONDITION, /* If-Match failed */
    ERR_TOO_LARGE,    /* above a size limit */
    ERR_MEDIA,        /* a media type we do not read */
    ERR_INVALID,      /* well-formed, not acceptable */
    ERR_NO_CONDITION, /* If-Match missing */
    ERR_LIMIT,        /* too many */
    ERR_INTERNAL,     /* our fault */
    ERR_BUSY,         /* deadlock or lock wait: nothing happened, may be retried */
    ERR_UPSTREAM,     /* a server we need is away; the outcome may be unknown */
    ERR__MAX
};

#define MUST_CHECK __attribute__((warn_unused_result))

/* The HTTP status, the default problem slug and title of an error. */
int err_status(enum err e);
const char *err_slug(enum err e);
const char *err_title(enum err e);

#define FAULT_FIELDS_MAX 100 /* an order's lines: each that is short is named */

struct fault_field {
    char pointer[96]; /* JSON pointer into the body, or "?name" for a query field */
    char code[32];    /* stable: required, unknown, wrong_type, out_of_range, ... */
    char detail[128];
    char extra[192]; /* further JSON members, ready made: "\"sku\":\"A\",\"available\":2" */
};

struct fault {
    char slug[40]; /* "" = the error's own */
    char detail[256];
    int retry_after; /* seconds; 0 = none */
    size_t n;
    struct fault_field field[FAULT_FIELDS_MAX];
};

void fault_clear(struct fault *f);
/* Set slug and detail, return e: `return fault_set(flt, ERR_CONFLICT, "paid", "...")`.
 * `f` may be NULL everywhere: the detail is then dropped. */
enum err fault_set(struct fault *f, enum err e, const char *slug, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Add a field error (those above FAULT_FIELDS_MAX are dropped); returns ERR_INVALID. */
enum err fault_field(struct fault *f, const char *pointer, const char *code,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* Add a JSON member to the last field error.  `s` is escaped. */
void fault_extra_str(struct fault *f, const char *name, struct str s);
void fault_extra_i64(struct fault *f, const char *name, int64_t v);

#endif
