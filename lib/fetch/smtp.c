/* SMTP through curl. What curl tells of a refusal is one error for all commands, so the
 * commands themselves are watched: a 5xx to RCPT or the text is about the mail; one to
 * the greeting, STARTTLS, AUTH or MAIL is about the server or us, which may be mended. */
#include "fetch/smtp.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "fetch/fetch_priv.h"

struct smtp {
    CURL *h;
    char *url, *user, *password;
    enum smtp_tls tls;
    int connect_ms, total_ms;
    struct str left;       /* of the mail that is being sent */
    bool about_mail;       /* the last command was RCPT or came after it */
    char line[SMTP_WHY_N]; /* the server's last refusal */
    char error[CURL_ERROR_SIZE];
};

struct smtp *
smtp_new(const struct smtp_conf *c)
{
    struct smtp *s = calloc(1, sizeof(*s));

    curl_begin();
    if (s == NULL || (s->h = curl_easy_init()) == NULL)
        abort();
    s->url = curl_copy(c->url);
    s->user = curl_copy(c->user);
    s->password = curl_copy(c->password);
    s->tls = c->tls;
    s->connect_ms = c->connect_ms;
    s->total_ms = c->total_ms;
    return s;
}

void
smtp_free(struct smtp *s)
{
    if (s == NULL)
        return;
    curl_easy_cleanup(s->h);
    free(s->url);
    free(s->user);
    explicit_bzero(s->password, strlen(s->password));
    free(s->password);
    free(s);
}

static size_t
give(char *out, size_t size, size_t n, void *arg)
{
    struct smtp *s = arg;
    size_t room = size * n, take = s->left.n < room ? s->left.n : room;

    if (take > 0)
        memcpy(out, s->left.p, take);
    s->left = (struct str){s->left.p + take, s->left.n - take};
    return take;
}

static int
watch(CURL *h, curl_infotype type, char *data, size_t n, void *arg)
{
    struct str text = {data, n};
    struct smtp *s = arg;
    size_t i = 0;

    (void)h;
    if (type == CURLINFO_HEADER_OUT && str_starts(text, STR("RCPT TO:")))
        s->about_mail = true;
    /* What a refused server says to QUIT afterwards is not why. */
    if (type != CURLINFO_HEADER_IN || n == 0 || (data[0] != '4' && data[0] != '5'))
        return 0;
    for (; i < n && i < sizeof(s->line) - 1; i++)
        s->line[i] = data[i] >= ' ' && data[i] <= '~' ? data[i] : ' ';
    while (i > 0 && s->line[i - 1] == ' ')
        i--;
    s->line[i] = '\0';
    return 0;
}

static long
tls_of(enum smtp_tls tls)
{
    if (tls == SMTP_TLS_NEVER)
        return CURLUSESSL_NONE;
    return tls == SMTP_TLS_TRY ? CURLUSESSL_TRY : CURLUSESSL_ALL;
}

/* curl_easy_setopt() fails only for options this libcurl does not know. */
static void
prepare(struct smtp *s, const char *from, struct curl_slist *to, size_t size)
{
    CURL *h = s->h;

    curl_easy_reset(h);
    (void)curl_easy_setopt(h, CURLOPT_URL, s->url);
    (void)curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    (void)curl_easy_setopt(h, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, (long)s->connect_ms);
    (void)curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)s->total_ms);
    (void)curl_easy_setopt(h, CURLOPT_USE_SSL, tls_of(s->tls));
    if (s->user[0] != '\0') {
        (void)curl_easy_setopt(h, CURLOPT_USERNAME, s->user);
        (void)curl_easy_setopt(h, CURLOPT_PASSWORD, s->password);
    }
    (void)curl_easy_setopt(h, CURLOPT_MAIL_FROM, from);
    (void)curl_easy_setopt(h, CURLOPT_MAIL_RCPT, to);
    (void)curl_easy_setopt(h, CURLOPT_UPLOAD, 1L);
    (void)curl_easy_setopt(h, CURLOPT_INFILESIZE_LARGE, (curl_off_t)size);
    (void)curl_easy_setopt(h, CURLOPT_READFUNCTION, give);
    (void)curl_easy_setopt(h, CURLOPT_READDATA, s);
    (void)curl_easy_setopt(h, CURLOPT_ERRORBUFFER, s->error);
    (void)curl_easy_setopt(h, CURLOPT_VERBOSE, 1L);
    (void)curl_easy_setopt(h, CURLOPT_DEBUGFUNCTION, watch);
    (void)curl_easy_setopt(h, CURLOPT_DEBUGDATA, s);
}

/* "Sign in first" is never about the mail. */
static bool
for_good(const struct smtp *s, int code)
{
    return code >= 500 && code != 530 && code != 534 && code != 535 && code != 538 &&
           s->about_mail;
}

static void
judge(const struct smtp *s, CURLcode rc, struct smtp_end *out)
{
    const bool answered = out->code >= 400 && s->line[0] != '\0';

    if (rc == CURLE_OK) {
        out->verdict = SMTP_SENT;
        return;
    }
    out->verdict = for_good(s, out->code) ? SMTP_NEVER : SMTP_LATER;
    if (answered)
        (void)snprintf(out->why, sizeof(out->why), "%s", s->line);
    else
        (void)snprintf(out->why, sizeof(out->why), "%s",
            s->error[0] != '\0' ? s->error : curl_easy_strerror(rc));
}

void
smtp_send(struct smtp *s, const char *from, const char *to, struct str mail,
    struct smtp_end *out)
{
    struct curl_slist *rcpt = curl_slist_append(NULL, to);
    long code = 0;
    CURLcode rc;

    if (rcpt == NULL)
        abort();
    *out = (struct smtp_end){.code = 0};
    s->left = mail;
    s->about_mail = false;
    s->line[0] = s->error[0] = '\0';
    prepare(s, from, rcpt, mail.n);
    rc = curl_easy_perform(s->h);
    (void)curl_easy_getinfo(s->h, CURLINFO_RESPONSE_CODE, &code);
    out->code = (int)code;
    judge(s, rc, out);
    curl_slist_free_all(rcpt);
}
