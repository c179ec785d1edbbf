/* libfcgi 2.4.2 trusts its peer: two parameter lengths whose sum exceeds an int end in an
 * assertion, FCGI_GET_VALUES with repeated names overruns a buffer of 64 bytes, and a
 * connection that breaks between two parameters looks like the end of them.  nginx sends
 * none of these; whatever else reaches the socket must not take the worker down.  So the
 * front peeks at what has arrived and hands on only what begins like a request.
 * This is no second parser: nothing is taken from here but the verdict. */
#include "http/fcgi_guard.h"

#include <stdbool.h>

#define HEADER_BYTES 8
/* nginx lets a thousand headers through; more than all it could send are refused. */
#define PARAMS_MAX 2048

/* Record types of the FastCGI specification, section 8. */
enum { TYPE_BEGIN = 1, TYPE_PARAMS = 4, TYPE_STDIN = 5 };

struct record {
    unsigned version, type, id;
    size_t content, padding;
};

/* Where in the stream of name-value pairs a record may end. */
struct pairs {
    enum { NAME_LENGTH, VALUE_LENGTH, BYTES } at;
    size_t length;  /* the length that is being read, most significant byte first */
    unsigned more;  /* its bytes still to come */
    size_t pending; /* bytes of name and value still to come */
    size_t count;
};

static struct record
record_read(const unsigned char *p)
{
    return (struct record){.version = p[0],
        .type = p[1],
        .id = (unsigned)p[2] << 8 | p[3],
        .content = (size_t)p[4] << 8 | p[5],
        .padding = p[6]};
}

/* One length is complete. False: too long to be a header. */
static bool
pairs_length(struct pairs *s)
{
    s->pending += s->length;
    s->length = 0;
    if (s->pending > FCGI_GUARD_BYTES)
        return false;
    if (s->at == VALUE_LENGTH && ++s->count > PARAMS_MAX)
        return false;
    s->at = s->at == NAME_LENGTH ? VALUE_LENGTH : BYTES;
    if (s->at == BYTES && s->pending == 0)
        s->at = NAME_LENGTH;
    return true;
}

static bool
pairs_feed(struct pairs *s, const unsigned char *p, size_t n)
{
    size_t i, skip;

    for (i = 0; i < n; i++) {
        if (s->at == BYTES) {
            skip = s->pending < n - i ? s->pending : n - i;
            s->pending -= skip;
            i += skip - 1;
            if (s->pending == 0)
                s->at = NAME_LENGTH;
            continue;
        }
        if (s->more == 0 && p[i] >= 0x80) {
            s->length = p[i] & 0x7f;
            s->more = 3;
            continue;
        }
        s->length = s->length << 8 | p[i];
        if (s->more > 0 && --s->more > 0)
            continue;
        if (!pairs_length(s))
            return false;
    }
    return true;
}

static bool
pairs_whole(const struct pairs *s)
{
    return s->at == NAME_LENGTH && s->more == 0;
}

/* Records of the body that are here already: no other kind may stand between them. */
static enum fcgi_guard
stdin_check(const unsigned char *p, size_t n, unsigned id)
{
    struct record r;

    while (n >= HEADER_BYTES) {
        r = record_read(p);
        if (r.version != 1 || r.type != TYPE_STDIN || r.id != id)
            return FCGI_GUARD_BAD;
        if (r.content == 0 || n < HEADER_BYTES + r.content + r.padding)
            break;
        p += HEADER_BYTES + r.content + r.padding;
        n -= HEADER_BYTES + r.content + r.padding;
    }
    return FCGI_GUARD_OK;
}

static enum fcgi_guard
params_check(const unsigned char *p, size_t n, unsigned id)
{
    struct pairs pairs = {.at = NAME_LENGTH};
    struct record r;
    size_t here;

    while (n >= HEADER_BYTES) {
        r = record_read(p);
        if (r.version != 1 || r.type != TYPE_PARAMS || r.id != id)
            return FCGI_GUARD_BAD;
        p += HEADER_BYTES;
        n -= HEADER_BYTES;
        if (r.content == 0 && n >= r.padding)
            return pairs_whole(&pairs) ? stdin_check(p + r.padding, n - r.padding, id)
                                       : FCGI_GUARD_BAD;
        here = r.content < n ? r.content : n;
        if (!pairs_feed(&pairs, p, here))
            return FCGI_GUARD_BAD;
        if (n < r.content + r.padding)
            break;
        p += r.content + r.padding;
        n -= r.content + r.padding;
    }
    return FCGI_GUARD_PARTIAL;
}

enum fcgi_guard
fcgi_guard(const unsigned char *p, size_t n)
{
    const size_t body = 8;
    struct record r;

    if (n < HEADER_BYTES)
        return n > 0 && p[0] != 1 ? FCGI_GUARD_BAD : FCGI_GUARD_PARTIAL;
    r = record_read(p);
    if (r.version != 1 || r.type != TYPE_BEGIN || r.id == 0 || r.content != body)
        return FCGI_GUARD_BAD;
    if (n < HEADER_BYTES + body + r.padding)
        return FCGI_GUARD_PARTIAL;
    return params_check(
        p + HEADER_BYTES + body + r.padding, n - HEADER_BYTES - body - r.padding, r.id);
}
