/* A mail server of a test's own, on a thread, that answers as it is told. */
#ifndef SOUK_TESTS_IT_MAIL_H
#define SOUK_TESTS_IT_MAIL_H

#include <pthread.h>

/* NULL: 250, or what comes usually. "": hangs up. "-": says nothing. */
struct mail_script {
    const char *greet, *ehlo, *auth, *mail, *rcpt, *data, *text;
};

struct mail_server {
    struct mail_script s;
    int fd, port;
    pthread_t thread;
    int connections, mails; /* of the thread until it has ended */
    char got[1 << 16];      /* the last mail */
};

void mail_server_start(struct mail_server *sv, const struct mail_script *s);
void mail_server_stop(struct mail_server *sv);

#endif
