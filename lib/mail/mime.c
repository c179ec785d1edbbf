/* Writing mails. The multipart's boundary comes from the message's id: a quoted-printable
 * line never begins with "--=_", for "=" is written as "=3D". */
#include "mail/mime.h"

#include <string.h>

#include "base/clock.h"

#define COLUMNS 76     /* quoted-printable, without its CR LF */
#define WORD_MAX 75    /* an encoded word */
#define WORD_FRAME 12  /* "=?UTF-8?B?" and "?=" */
#define HEADER_MAX 300 /* bytes of a value that are shown; the rest is cut off */

static bool
ascii(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return false;
    return true;
}

static char
printable(char c)
{
    unsigned char u = (unsigned char)c;

    return u < 0x20 || u == 0x7f ? ' ' : c;
}

static void
base64(struct buf *b, const char *in, size_t n)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < n; i += 3) {
        unsigned v = (unsigned)(unsigned char)in[i] << 16;

        if (i + 1 < n)
            v |= (unsigned)(unsigned char)in[i + 1] << 8;
        if (i + 2 < n)
            v |= (unsigned)(unsigned char)in[i + 2];
        buf_char(b, digits[v >> 18]);
        buf_char(b, digits[v >> 12 & 63]);
        buf_char(b, i + 1 < n ? digits[v >> 6 & 63] : '=');
        buf_char(b, i + 2 < n ? digits[v & 63] : '=');
    }
}

/* How much of s fits into one encoded word of `room` bytes, whole code points. */
static size_t
word_fits(struct str s, size_t room)
{
    size_t most = (room - WORD_FRAME) / 4 * 3, n = 0;

    while (n < s.n) {
        size_t step = str_utf8_step(str_sub(s, n, SIZE_MAX));

        step = step > 0 ? step : 1;
        if (n + step > most)
            break;
        n += step;
    }
    return n;
}

static void
encoded_words(struct buf *b, struct str s, size_t at)
{
    char clean[HEADER_MAX];
    size_t room = at + WORD_FRAME + 8 <= WORD_MAX ? WORD_MAX - at : 0, n;

    for (n = 0; n < s.n; n++)
        clean[n] = printable(s.p[n]);
    s.p = clean;
    while (s.n > 0) {
        size_t take = room > 0 ? word_fits(s, room) : 0;

        if (take > 0) {
            buf_c(b, "=?UTF-8?B?");
            base64(b, s.p, take);
            buf_c(b, "?=");
            s = str_sub(s, take, SIZE_MAX);
        }
        if (s.n > 0)
            buf_c(b, "\r\n ");
        room = WORD_MAX - 1;
    }
}

/* Words of ASCII, a new line where the next would not fit. "=?" would be taken for an
 * encoded word, so a text that has it is encoded itself. */
static bool
plain_lines(struct buf *b, struct str s, size_t at)
{
    struct str rest = s, word;
    bool first = true;

    if (!ascii(s) || memmem(s.p, s.n, "=?", 2) != NULL)
        return false;
    while (str_next(&rest, ' ', &word)) {
        if (word.n > COLUMNS - 1)
            return false;
    }
    for (rest = s; str_next(&rest, ' ', &word); first = false) {
        if (!first && word.n > 0 && at + 1 + word.n > COLUMNS) {
            buf_c(b, "\r\n");
            at = 0;
        }
        if (!first)
            buf_char(b, ' ');
        for (size_t i = 0; i < word.n; i++)
            buf_char(b, printable(word.p[i]));
        at += word.n + !first;
    }
    return true;
}

void
mime_text(struct buf *b, struct str s, size_t at)
{
    s = str_utf8_cut(str_trim(s), HEADER_MAX);
    if (s.n > 0 && !plain_lines(b, s, at))
        encoded_words(b, s, at);
}

void
mime_phrase(struct buf *b, struct str s, size_t at)
{
    s = str_utf8_cut(str_trim(s), HEADER_MAX);
    if (!ascii(s) || s.n > COLUMNS / 2) {
        encoded_words(b, s, at);
        return;
    }
    buf_char(b, '"');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"' || s.p[i] == '\\')
            buf_char(b, '\\');
        buf_char(b, printable(s.p[i]));
    }
    buf_char(b, '"');
}

/* One line of text, without its end. */
static void
qp_line(struct buf *b, struct str s)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t at = 0;

    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool last = i + 1 == s.n;
        bool bare = (c >= 0x21 && c <= 0x7e && c != '=') || (c == ' ' && !last);
        size_t width = bare ? 1 : 3;

        /* A soft line break needs the last column itself. */
        if (at + width > (last ? COLUMNS : COLUMNS - 1)) {
            buf_c(b, "=\r\n");
            at = 0;
        }
        /* A dot alone, or "From ", at the beginning of a line is not touched by relays.
         */
        if (bare && at == 0 && (c == '.' || c == 'F')) {
            bare = false;
            width = 3;
        }
        if (bare) {
            buf_char(b, (char)c);
        } else {
            buf_char(b, '=');
            buf_char(b, digits[c >> 4]);
            buf_char(b, digits[c & 15]);
        }
        at += width;
    }
    buf_c(b, "\r\n");
}

void
mime_qp(struct buf *b, struct str s)
{
    struct str line;

    while (str_next(&s, '\n', &line)) {
        if (line.n > 0 && line.p[line.n - 1] == '\r')
            line.n--;
        if (s.p != NULL || line.n > 0) /* the last line's end is no line */
            qp_line(b, line);
    }
}

void
mime_date(struct buf *b, int64_t ms)
{
    char http[TIME_HTTP_N];

    time_http(http, ms);
    buf_put(b, http, strlen(http) - 3);
    buf_c(b, "+0000");
}

/* A value that is not text: an address, an id. */
static void
token(struct buf *b, struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        buf_char(b, printable(s.p[i]));
}

static void
part(struct buf *b, const char *type, struct str s)
{
    buf_printf(b, "Content-Type: %s; charset=utf-8\r\n", type);
    buf_c(b, "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
    mime_qp(b, s);
}

/* Of the message's id, what may stand in a boundary. */
static void
boundary(char out[64], struct str id)
{
    size_t n = 0;

    memcpy(out, "=_", 2);
    for (size_t i = 0; i < id.n && n < 40 && id.p[i] != '@'; i++)
        if ((id.p[i] >= '0' && id.p[i] <= '9') || (id.p[i] >= 'a' && id.p[i] <= 'z'))
            out[2 + n++] = id.p[i];
    out[2 + n] = '\0';
}

static void
body(struct buf *b, const struct mime_mail *m)
{
    char mark[64];

    if (m->html.p == NULL) {
        part(b, "text/plain", m->text);
        return;
    }
    boundary(mark, m->message_id);
    buf_printf(b, "Content-Type: multipart/alternative; boundary=\"%s\"\r\n\r\n", mark);
    buf_printf(b, "--%s\r\n", mark);
    part(b, "text/plain", m->text);
    buf_printf(b, "--%s\r\n", mark);
    part(b, "text/html", m->html);
    buf_printf(b, "--%s--\r\n", mark);
}

void
mime_write(struct buf *b, const struct mime_mail *m)
{
    buf_c(b, "Date: ");
    mime_date(b, m->date_ms);
    buf_c(b, "\r\nFrom: ");
    if (m->from_name.n > 0) {
        mime_phrase(b, m->from_name, strlen("From: "));
        buf_c(b, "\r\n ");
    }
    buf_char(b, '<');
    token(b, m->from);
    buf_c(b, ">\r\nTo: ");
    token(b, m->to);
    buf_c(b, "\r\nSubject: ");
    mime_text(b, m->subject, strlen("Subject: "));
    buf_c(b, "\r\nMessage-ID: <");
    token(b, m->message_id);
    buf_c(b, ">\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n");
    body(b, m);
}
