/* A mail server that answers as it is told; no tests here. */
#include "it_mail.h"

#include <CUnit/CUnit.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool
say(int fd, const char *answer, const char *usual)
{
    char line[600];
    int n;

    if (answer != NULL && answer[0] == '\0')
        return false;
    if (answer != NULL && strcmp(answer, "-") == 0)
        return true;
    n = snprintf(line, sizeof(line), "%s\r\n", answer != NULL ? answer : usual);
    return send(fd, line, (size_t)n, MSG_NOSIGNAL) == n;
}

/* The bytes of a mail up to the line with a dot. */
static void
take_text(struct mail_server *sv, FILE *f)
{
    char line[4096];
    size_t n = 0;

    while (fgets(line, sizeof(line), f) != NULL && strcmp(line, ".\r\n") != 0) {
        size_t len = strlen(line);

        if (n + len < sizeof(sv->got))
            memcpy(sv->got + n, line, len + 1);
        n += len;
    }
    sv->mails++;
}

static bool
answer(struct mail_server *sv, FILE *f, int fd, const char *line)
{
    const struct mail_script *s = &sv->s;
    char credentials[200];

    if (strncmp(line, "EHLO", 4) == 0)
        return say(fd, s->ehlo, "250 AUTH PLAIN");
    if (strncmp(line, "AUTH", 4) == 0)
        return say(fd, NULL, "334 ") &&
               fgets(credentials, sizeof(credentials), f) != NULL &&
               say(fd, s->auth, "235 come in");
    if (strncmp(line, "MAIL", 4) == 0)
        return say(fd, s->mail, "250 ok");
    if (strncmp(line, "RCPT", 4) == 0)
        return say(fd, s->rcpt, "250 ok");
    if (strncmp(line, "QUIT", 4) == 0)
        return say(fd, NULL, "221 bye") && false;
    if (strncmp(line, "DATA", 4) != 0)
        return say(fd, NULL, "250 ok");
    if (!say(fd, s->data, "354 go on"))
        return false;
    if (s->data == NULL)
        take_text(sv, f);
    return s->data != NULL || say(fd, s->text, "250 taken");
}

static void *
serve(void *arg)
{
    struct mail_server *sv = arg;
    char line[1024];
    int fd;

    while ((fd = accept(sv->fd, NULL, NULL)) >= 0) {
        FILE *f = fdopen(fd, "r");

        sv->connections++;
        if (say(fd, sv->s.greet, "220 test"))
            while (fgets(line, sizeof(line), f) != NULL && answer(sv, f, fd, line))
                ;
        (void)fclose(f);
    }
    return NULL;
}

void
mail_server_start(struct mail_server *sv, const struct mail_script *s)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    socklen_t n = sizeof(in);

    memset(sv, 0, sizeof(*sv));
    sv->s = *s;
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sv->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CU_ASSERT_EQUAL_FATAL(bind(sv->fd, (struct sockaddr *)&in, n), 0);
    CU_ASSERT_EQUAL_FATAL(listen(sv->fd, 8), 0);
    CU_ASSERT_EQUAL_FATAL(getsockname(sv->fd, (struct sockaddr *)&in, &n), 0);
    sv->port = ntohs(in.sin_port);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&sv->thread, NULL, serve, sv), 0);
}

void
mail_server_stop(struct mail_server *sv)
{
    (void)shutdown(sv->fd, SHUT_RDWR);
    (void)pthread_join(sv->thread, NULL);
    (void)close(sv->fd);
}
