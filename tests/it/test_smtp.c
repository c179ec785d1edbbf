/* What mail servers may answer, told apart: a server of the test's own that answers as it
 * is told, and Debian's aiosmtpd, which keeps what it gets, where it is installed. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "fetch/smtp.h"
#include "it.h"
#include "it_mail.h"
#include "mail/mime.h"

#define SHORT_MS 400

static struct smtp *
client(int port, enum smtp_tls tls, const char *user)
{
    char url[60];
    const struct smtp_conf c = {.url = url,
        .user = user,
        .password = "secret",
        .tls = tls,
        .connect_ms = SHORT_MS,
        .total_ms = SHORT_MS};

    snprintf(url, sizeof(url), "smtp://127.0.0.1:%d", port);
    return smtp_new(&c);
}

#define MAIL STR("Subject: x\r\n\r\nfirst\r\n.\r\n..two\r\n.x\r\n")

/* One mail to a server with this script. */
static struct smtp_end
send_to(const struct mail_script *s, enum smtp_tls tls, const char *user, struct mail_server *sv)
{
    struct smtp_end end;
    struct smtp *c;

    mail_server_start(sv, s);
    c = client(sv->port, tls, user);
    smtp_send(c, "shop@souk.test", "you@example.com", MAIL, &end);
    smtp_free(c);
    mail_server_stop(sv);
    return end;
}

static void
test_a_mail_arrives_as_it_was(void)
{
    const struct mail_script s = {.greet = NULL};
    struct mail_server sv;
    struct smtp_end end = send_to(&s, SMTP_TLS_NEVER, "", &sv);

    CU_ASSERT(end.verdict == SMTP_SENT && end.code == 250 && end.why[0] == '\0');
    CU_ASSERT_EQUAL(sv.mails, 1);
    /* Lines that begin with a dot carry one more on the way. */
    CU_ASSERT_STRING_EQUAL(sv.got, "Subject: x\r\n\r\nfirst\r\n..\r\n...two\r\n..x\r\n");
}

static void
test_a_connection_carries_many(void)
{
    const struct mail_script s = {.greet = NULL};
    struct smtp_end end;
    struct mail_server sv;
    struct smtp *c;

    mail_server_start(&sv, &s);
    c = client(sv.port, SMTP_TLS_NEVER, "u");
    for (int i = 0; i < 5; i++) {
        smtp_send(c, "shop@souk.test", "you@example.com", MAIL, &end);
        CU_ASSERT_EQUAL(end.verdict, SMTP_SENT);
    }
    smtp_free(c);
    mail_server_stop(&sv);
    CU_ASSERT(sv.mails == 5 && sv.connections == 1);
}

struct refusal {
    struct mail_script s;
    enum smtp_verdict verdict;
    int code;
    const char *why; /* in what is kept of it; NULL: anything */
};

static void
test_refusals_are_told_apart(void)
{
    static const struct refusal r[] = {
        /* About this mail. */
        {{.rcpt = "550 5.1.1 no such user"}, SMTP_NEVER, 550, "550 5.1.1 no such user"},
        {{.rcpt = "450 greylisted"}, SMTP_LATER, 450, "450 greylisted"},
        {{.data = "554 no"}, SMTP_NEVER, 554, "554 no"},
        {{.text = "552 too big"}, SMTP_NEVER, 552, "552 too big"},
        {{.text = "451 try later"}, SMTP_LATER, 451, "451 try later"},
        /* About the server, or us. */
        {{.greet = "554 go away"}, SMTP_LATER, 554, "554 go away"},
        {{.greet = "421 busy"}, SMTP_LATER, 421, "421 busy"},
        {{.auth = "535 wrong password"}, SMTP_LATER, 535, "535 wrong password"},
        {{.mail = "550 not you"}, SMTP_LATER, 550, "550 not you"},
        {{.rcpt = "530 sign in first"}, SMTP_LATER, 530, "530 sign in first"},
        /* No answer. */
        {{.greet = ""}, SMTP_LATER, 0, NULL},
        {{.greet = "-"}, SMTP_LATER, 0, "time"},
        {{.rcpt = ""}, SMTP_LATER, 250, NULL},
        {{.text = ""}, SMTP_LATER, 354, NULL},
        {{.text = "-"}, SMTP_LATER, 354, "time"},
    };

    for (size_t i = 0; i < NELEM(r); i++) {
        struct mail_server sv;
        struct smtp_end end = send_to(&r[i].s, SMTP_TLS_NEVER, "u", &sv);

        if (end.verdict != r[i].verdict || (r[i].code != 0 && end.code != r[i].code) ||
            end.why[0] == '\0' ||
            (r[i].why != NULL && strcasestr(end.why, r[i].why) == NULL)) {
            fprintf(stderr, "refusal %zu: %d %d \"%s\"\n", i, (int)end.verdict, end.code,
                end.why);
            CU_FAIL("a refusal was taken for another");
        }
    }
}

static void
test_nobody_there(void)
{
    struct mail_script s = {.greet = NULL};
    struct smtp_end end;
    struct mail_server sv;
    struct smtp *c;

    mail_server_start(&sv, &s);
    mail_server_stop(&sv); /* its port is nobody's now */
    c = client(sv.port, SMTP_TLS_NEVER, "");
    smtp_send(c, "shop@souk.test", "you@example.com", MAIL, &end);
    smtp_free(c);
    CU_ASSERT(end.verdict == SMTP_LATER && end.code == 0 && end.why[0] != '\0');
}

/* Neither the password nor the mail goes over a line that is not encrypted. */
static void
test_no_encryption_no_mail(void)
{
    const struct mail_script s = {.greet = NULL};
    struct mail_server sv;
    struct smtp_end end = send_to(&s, SMTP_TLS_REQUIRED, "u", &sv);

    CU_ASSERT_EQUAL(end.verdict, SMTP_LATER);
    CU_ASSERT_EQUAL(sv.mails, 0);
    end = send_to(&s, SMTP_TLS_TRY, "", &sv);
    CU_ASSERT_EQUAL(end.verdict, SMTP_SENT);
}

/* --- a real one --- */

static pid_t
aiosmtpd_start(int port, const char *folder)
{
    char where[40];
    pid_t pid;

    snprintf(where, sizeof(where), "127.0.0.1:%d", port);
    if ((pid = fork()) == 0) {
        execlp("/usr/bin/python3", "python3", "-m", "aiosmtpd", "-n", "-l", where, "-c",
            "aiosmtpd.handlers.Mailbox", folder, (char *)NULL);
        _exit(127);
    }
    return pid;
}

/* What Python's mail library reads of the one mail in the folder. A part's last line end
 * is the boundary's. */
static const char *const reader =
    "import email, email.policy, glob, sys\n"
    "f = glob.glob(sys.argv[1] + '/new/*')\n"
    "assert len(f) == 1, f\n"
    "m = email.message_from_bytes(open(f[0], 'rb').read(), policy=email.policy.default)\n"
    "assert m['Subject'] == 'Ваш заказ — S-1', m['Subject']\n"
    "assert m['From'].addresses[0].display_name == 'Café \"Souk\"', m['From']\n"
    "assert m['From'].addresses[0].addr_spec == 'shop@souk.test'\n"
    "assert m['To'].addresses[0].addr_spec == 'you@example.com'\n"
    "assert m['Message-ID'] == '<souk.7@souk.test>'\n"
    "assert m['Auto-Submitted'] == 'auto-generated'\n"
    "assert not m.defects and not any(p.defects for p in m.walk())\n"
    "assert [p.get_content_type() for p in m.walk()] == "
    "['multipart/alternative', 'text/plain', 'text/html']\n"
    "assert m.get_body(('plain',)).get_content().replace('\\r', '') == 'Ola — "
    "1\\n.\\nend = end '\n"
    "assert m.get_body(('html',)).get_content().replace('\\r', '') == '<p>Ola — 1</p>'\n";

static void
test_a_real_server_reads_what_was_written(void)
{
    const struct mime_mail m = {.from_name = STR_INIT("Café \"Souk\""),
        .from = STR_INIT("shop@souk.test"),
        .to = STR_INIT("you@example.com"),
        .subject = STR_INIT("Ваш заказ — S-1"),
        .text = STR_INIT("Ola — 1\n.\nend = end \n"),
        .html = STR_INIT("<p>Ola — 1</p>\n"),
        .message_id = STR_INIT("souk.7@souk.test"),
        .date_ms = INT64_C(1795379400000)};
    const int64_t until = clock_ms() + 10000;
    char folder[256], cmd[4096];
    struct mail_script s = {.greet = NULL};
    struct smtp_end end;
    struct mail_server sv;
    struct smtp *c;
    struct buf b;
    pid_t pid;

    if (system("/usr/bin/python3 -c 'import aiosmtpd' 2>/dev/null") != 0) {
        printf("\nskipped: python3-aiosmtpd is not installed\n");
        return;
    }
    mail_server_start(&sv, &s); /* a free port */
    mail_server_stop(&sv);
    pid = aiosmtpd_start(sv.port, it_path(folder, "mailbox"));
    buf_init(&b, 1 << 16);
    mime_write(&b, &m);
    c = client(sv.port, SMTP_TLS_NEVER, "");
    do
        smtp_send(c, "shop@souk.test", "you@example.com", buf_view(&b), &end);
    while (end.verdict != SMTP_SENT && end.code == 0 && clock_ms() < until);
    CU_ASSERT_EQUAL(end.verdict, SMTP_SENT);
    smtp_free(c);
    buf_done(&b);
    snprintf(cmd, sizeof(cmd), "exec /usr/bin/python3 - '%s' <<'PY'\n%s\nPY\n", folder,
        reader);
    CU_ASSERT_EQUAL(system(cmd), 0);
    (void)kill(pid, SIGTERM);
    (void)waitpid(pid, NULL, 0);
}

static CU_TestInfo tests[] = {
    {"a mail arrives as it was", test_a_mail_arrives_as_it_was},
    {"a connection carries many", test_a_connection_carries_many},
    {"refusals are told apart", test_refusals_are_told_apart},
    {"nobody there", test_nobody_there},
    {"no encryption, no mail", test_no_encryption_no_mail},
    {"a real server reads what was written", test_a_real_server_reads_what_was_written},
    CU_TEST_INFO_NULL,
};

int
main(void)
{
    CU_SuiteInfo s = {"smtp", NULL, NULL, NULL, NULL, tests};

    return it_main(&s);
}
