/* Mails handed to a mail server, one after the other over a connection that stays open.
 * What a server answers is told apart: refused for now, refused for good, or no answer.
 */
#ifndef SOUK_FETCH_SMTP_H
#define SOUK_FETCH_SMTP_H

#include "base/err.h"

struct smtp;

enum smtp_tls { SMTP_TLS_REQUIRED, SMTP_TLS_TRY, SMTP_TLS_NEVER };

struct smtp_conf {
    const char *url;             /* "smtp://host:port" or "smtps://host:port" */
    const char *user, *password; /* NULL or "": none */
    enum smtp_tls tls;           /* of smtp://: STARTTLS */
    int connect_ms, total_ms;
};

#define SMTP_WHY_N 256

enum smtp_verdict {
    SMTP_SENT,
    SMTP_LATER, /* no answer, 4xx, or a refusal that is not about this mail */
    SMTP_NEVER  /* 5xx to its addresses or its text */
};
struct smtp_end {
    enum smtp_verdict verdict;
    int code;             /* the server's last, 0: none */
    char why[SMTP_WHY_N]; /* its last line, or what went wrong; "" when sent */
};

struct smtp *smtp_new(const struct smtp_conf *c);
void smtp_free(struct smtp *s);
/* `mail` as mime_write() makes it; addresses without angle brackets, checked by the
 * caller. */
void smtp_send(struct smtp *s, const char *from, const char *to, struct str mail,
    struct smtp_end *out);

#endif
