/* A text as a QR code for a page: what a camera reads off the screen.  Refuses to draw
 * anything but the dark modules; size, colour and words about it are the template's. */
#ifndef SOUK_HTML_QR_H
#define SOUK_HTML_QR_H

#include "base/arena.h"
#include "base/err.h"

struct qr {
    int64_t size;    /* units of the view box's sides, the quiet zone included */
    struct str path; /* the dark modules as an SVG path, "M4 4h7v1h-7z..." */
};

/* ERR_TOO_LARGE: no code holds so much (some 2,300 bytes), or there is nothing to hold. */
enum err qr_make(struct arena *a, struct str text, struct qr *out) MUST_CHECK;

#endif
