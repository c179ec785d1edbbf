/* multipart/form-data (RFC 7578, its frame RFC 2046 section 5.1): what a browser sends
 * for a form with a file in it. Read as strictly as the other forms: what no browser
 * sends is refused. */
#ifndef SOUK_HTTP_MULTIPART_H
#define SOUK_HTTP_MULTIPART_H

#include "base/arena.h"
#include "base/err.h"

#define MULTIPART_PARTS_MAX 64

struct part {
    struct str name;
    struct str
        filename;    /* STR_NULL: a field; of a file input nobody chose a file for "" */
    struct str type; /* Content-Type as sent, STR_NULL if none */
    struct str data; /* of a field valid UTF-8, of a file any bytes */
};

/* The boundary that a Content-Type header names; false when it is no multipart/form-data
 * with one (1..70 characters, RFC 2046 section 5.1.1). */
bool multipart_boundary(struct str content_type, struct str *boundary);
/* The parts of `body`, in their order; names and data point into it or into the arena.
 * ERR_BAD: a frame that is broken or not ended, a part without a name, a field that is no
 * text, a transfer encoding (RFC 7578 section 4.7: no browser uses one), too many parts.
 */
enum err multipart_parse(struct arena *a, struct str boundary, struct str body,
    struct part **out, size_t *n, struct fault *flt) MUST_CHECK;

#endif
