/* A mail as bytes (RFC 5322, MIME): text and HTML as multipart/alternative, both quoted-
 * printable, so that a line is never too long and no relay has to change one. Whatever
 * stands in a header, no value can end its line: control characters become spaces, what
 * is not ASCII is encoded (RFC 2047). Refuses nothing: addresses are the caller's to
 * check. */
#ifndef SOUK_MAIL_MIME_H
#define SOUK_MAIL_MIME_H

#include "base/buf.h"

struct mime_mail {
    struct str from_name, from, to; /* addresses without angle brackets */
    struct str subject;
    struct str text, html; /* UTF-8; html STR_NULL: text alone */
    struct str message_id; /* without angle brackets: "x@host" */
    int64_t date_ms;
};

/* Lines end in CR LF. */
void mime_write(struct buf *b, const struct mime_mail *m);
/* The parts, for who needs them alone. A header's value as an unstructured text, folded;
 * `at` is how much of the line is taken. */
void mime_text(struct buf *b, struct str s, size_t at);
/* A display name: a quoted string, or encoded words. */
void mime_phrase(struct buf *b, struct str s, size_t at);
/* A text with line ends of either sort as quoted-printable lines with CR LF. */
void mime_qp(struct buf *b, struct str s);
/* "Sun, 22 Nov 2026 20:30:00 +0000". */
void mime_date(struct buf *b, int64_t ms);

#endif
