/* The sender of mails, for souk-jobs: takes what is due, writes it from the templates
 * when it is first tried, hands it to a mail server, or puts it into a folder as a file
 * when the shop has none. One thread's; any number of processes may have one. */
#ifndef SOUK_NOTIFY_MAILER_H
#define SOUK_NOTIFY_MAILER_H

#include "db/db.h"
#include "fetch/smtp.h"
#include "html/tmpl.h"

/* What mails say of the shop. */
struct mail_shop {
    const struct tmpl_set *tmpl; /* app/web/mail */
    const char *name, *url;      /* url without a slash at the end */
    const char *staff;           /* who hears of low stock; "": nobody */
};

struct mailer_conf {
    struct mail_shop shop;
    const char *from;   /* the sender's address */
    const char *folder; /* of the files, used when smtp.url is "" */
    struct smtp_conf smtp;
    int64_t rate;     /* mails a second, at most */
    int64_t retry_ms; /* the first pause after a failure */
};

struct mailer;

struct mailer_did {
    int64_t sent, failed, dead, skipped;
    bool more; /* something may still be due */
};

struct mailer *mailer_new(const struct mailer_conf *c);
void mailer_free(struct mailer *m);
/* Send a few of those due at `now`. An error is the database's. */
enum err mailer_run(struct mailer *m, struct db *db, struct arena *a, int64_t now,
    struct mailer_did *did) MUST_CHECK;

#endif
