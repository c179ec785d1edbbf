/* Mails as bytes: lines that are short, headers that nobody can add to, texts that come
 * out as they went in. */
#include "mail/mime.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

static struct arena *ar;

static void
set_up(void)
{
    ar = arena_new(4096);
}

static void
tear_down(void)
{
    arena_free(ar);
}

static struct str
text_header(struct str s)
{
    struct buf b;

    buf_init_arena(&b, ar, 1 << 16);
    mime_text(&b, s, strlen("Subject: "));
    return buf_view(&b);
}

static struct str
qp(struct str s)
{
    struct buf b;

    buf_init_arena(&b, ar, 1 << 20);
    mime_qp(&b, s);
    return buf_view(&b);
}

static int
hex_digit(char c)
{
    return c <= '9' ? c - '0' : c - 'A' + 10;
}

/* What a mail program makes of quoted-printable, with \n as the line's end. */
static struct str
qp_read(struct str s)
{
    struct buf b;

    buf_init_arena(&b, ar, 1 << 20);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '=' && s.p[i + 1] == '\r') {
            i += 2;
        } else if (s.p[i] == '=') {
            buf_char(&b, (char)(hex_digit(s.p[i + 1]) << 4 | hex_digit(s.p[i + 2])));
            i += 2;
        } else if (s.p[i] != '\r') {
            buf_char(&b, s.p[i]);
        }
    }
    return buf_view(&b);
}

/* Encoded words "=?UTF-8?B?...?=", put together. */
static struct str
words_read(struct str s)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = s.p, *end;
    struct buf b;

    buf_init_arena(&b, ar, 1 << 16);
    while ((at = strstr(at, "=?UTF-8?B?")) != NULL) {
        unsigned bits = 0, have = 0;

        at += 10;
        end = strstr(at, "?=");
        for (; at < end && *at != '='; at++) {
            bits = bits << 6 | (unsigned)(strchr(digits, *at) - digits);
            for (have += 6; have >= 8; have -= 8)
                buf_char(&b, (char)(bits >> (have - 8) & 0xff));
        }
    }
    return buf_view(&b);
}

static size_t
longest_line(struct str s)
{
    size_t most = 0, from = 0;

    for (size_t i = 0; i + 1 < s.n; i++) {
        if (s.p[i] != '\r' || s.p[i + 1] != '\n')
            continue;
        most = i - from > most ? i - from : most;
        from = i + 2;
    }
    return s.n - from > most ? s.n - from : most;
}

static void
test_plain_subjects_stay_as_they_are(void)
{
    CU_ASSERT(str_eq_c(text_header(STR("Your order S-1042")), "Your order S-1042"));
    CU_ASSERT(str_eq_c(text_header(STR("  trimmed ")), "trimmed"));
}

static void
test_no_value_ends_its_line(void)
{
    static const char *const evil[] = {"a\r\nBcc: x@y.z", "a\nBcc: x@y.z", "a\rBcc: x",
        "é\r\nBcc: x@y.z", "a\r\n\r\n<script>", "\tb\x0b\x7f"};

    for (size_t i = 0; i < NELEM(evil); i++) {
        struct str h = text_header(str_c(evil[i]));

        /* A line that does not begin with a blank would be a header of its own. */
        for (size_t k = 0; k < h.n; k++)
            if (h.p[k] == '\n')
                CU_ASSERT(k + 1 < h.n && h.p[k + 1] == ' ');
        CU_ASSERT(memchr(h.p, '\x7f', h.n) == NULL && memchr(h.p, '\t', h.n) == NULL);
    }
    CU_ASSERT(str_eq_c(text_header(STR("a\r\nBcc: x@y.z")), "a  Bcc: x@y.z"));
}

static void
test_other_alphabets_become_encoded_words(void)
{
    struct str s = STR("Ваш заказ уже в пути: 茶壺と石鹸と蜂蜜、そして🫖 — à bientôt "
                       "chez nous");
    struct str h = text_header(s), line, rest = h;

    CU_ASSERT(str_eq(words_read(arena_str(ar, h)), s));
    while (str_next(&rest, '\n', &line)) {
        line = str_trim(line);
        CU_ASSERT(line.n <= 75 && str_starts(line, STR("=?UTF-8?B?")));
        CU_ASSERT(str_ends(line, STR("?=")));
        /* Each word is whole characters on its own. */
        CU_ASSERT(str_utf8_valid(words_read(arena_str(ar, line))));
    }
    CU_ASSERT(longest_line(h) <= 76);
    /* What looks like an encoded word is not taken for one. */
    h = arena_str(ar, text_header(STR("=?UTF-8?B?QQ==?= x")));
    CU_ASSERT(str_eq_c(words_read(h), "=?UTF-8?B?QQ==?= x"));
}

static void
test_long_subjects_fold_between_words(void)
{
    struct str s = STR("one two three four five six seven eight nine ten eleven twelve"
                       " thirteen fourteen fifteen sixteen seventeen eighteen nineteen");
    struct str h = text_header(s);
    struct buf b;

    CU_ASSERT(longest_line(h) <= 78 && h.n > s.n);
    buf_init_arena(&b, ar, 1000);
    for (size_t i = 0; i < h.n; i++) /* unfolding takes the line ends out, no more */
        if (h.p[i] != '\r' && h.p[i] != '\n')
            buf_char(&b, h.p[i]);
    CU_ASSERT(str_eq(buf_view(&b), s));
}

static void
test_bodies_come_out_as_they_went_in(void)
{
    static const char *const bodies[] = {"plain\n", "ends with blanks  \nand a tab\t\n",
        "=3D is an equals sign, = too\n", ".\n..\n.leading dots\nFrom here\n",
        "Zażółć gęślą jaźń — 北京 🫖\n", "\n\n\n", "x"};
    struct str s;

    for (size_t i = 0; i < NELEM(bodies); i++) {
        struct str in = str_c(bodies[i]), out = qp(in);

        s = qp_read(out);
        /* A text without a last line end gets one. */
        CU_ASSERT(str_eq(s, in) || (s.n == in.n + 1 && str_starts(s, in)));
        CU_ASSERT(longest_line(out) <= 76);
    }
    s = qp(STR("From here\n.\nblank \n"));
    CU_ASSERT(str_eq_c(s, "=46rom here\r\n=2E\r\nblank=20\r\n"));
    CU_ASSERT(str_eq_c(qp(STR("a\r\nb\n")), "a\r\nb\r\n"));
}

static void
test_bodies_of_any_length_have_short_lines(void)
{
    char *p = malloc(300);

    for (size_t n = 1; n < 300; n++) {
        struct str in = {p, n}, out;

        memset(p, n % 3 == 0 ? '=' : 'x', n);
        p[n / 2] = ' ';
        out = qp(in);
        CU_ASSERT(longest_line(out) <= 76);
        CU_ASSERT(str_starts(qp_read(out), in));
    }
    free(p);
}

static void
test_a_whole_mail(void)
{
    struct mime_mail m = {.from_name = STR_INIT("Souk, \"the\" shop"),
        .from = STR_INIT("shop@example.com"),
        .to = STR_INIT("you@example.org"),
        .subject = STR_INIT("Hello"),
        .text = STR_INIT("text\n"),
        .html = STR_INIT("<p>é</p>\n"),
        .message_id = STR_INIT("souk.42@example.com"),
        .date_ms = INT64_C(1795379400000)};
    struct buf b;

    buf_init_arena(&b, ar, 1 << 16);
    mime_write(&b, &m);
    CU_ASSERT(str_eq_c(buf_view(&b),
        "Date: Sun, 22 Nov 2026 20:30:00 +0000\r\n"
        "From: \"Souk, \\\"the\\\" shop\"\r\n <shop@example.com>\r\n"
        "To: you@example.org\r\n"
        "Subject: Hello\r\n"
        "Message-ID: <souk.42@example.com>\r\n"
        "Auto-Submitted: auto-generated\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: multipart/alternative; boundary=\"=_souk42\"\r\n\r\n"
        "--=_souk42\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
        "text\r\n"
        "--=_souk42\r\n"
        "Content-Type: text/html; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
        "<p>=C3=A9</p>\r\n"
        "--=_souk42--\r\n"));
}

static void
test_the_boundary_cannot_stand_in_a_body(void)
{
    struct mime_mail m = {.from = STR_INIT("a@b.c"),
        .to = STR_INIT("d@e.f"),
        .subject = STR_INIT("x"),
        .text = STR_INIT("--=_souk42\n--=_souk42--\n"),
        .html = STR_INIT("--=_souk42\n"),
        .message_id = STR_INIT("souk.42@b.c")};
    struct buf b;
    int found = 0;

    buf_init_arena(&b, ar, 1 << 16);
    mime_write(&b, &m);
    for (const char *p = buf_cstr(&b); (p = strstr(p, "\r\n--=_souk42")) != NULL; p++)
        found++;
    CU_ASSERT_EQUAL(found, 3);
}

static CU_TestInfo tests[] = {
    {"plain subjects stay as they are", test_plain_subjects_stay_as_they_are},
    {"no value ends its line", test_no_value_ends_its_line},
    {"other alphabets become encoded words", test_other_alphabets_become_encoded_words},
    {"long subjects fold between words", test_long_subjects_fold_between_words},
    {"bodies come out as they went in", test_bodies_come_out_as_they_went_in},
    {"bodies of any length have short lines", test_bodies_of_any_length_have_short_lines},
    {"a whole mail", test_a_whole_mail},
    {"the boundary cannot stand in a body", test_the_boundary_cannot_stand_in_a_body},
    CU_TEST_INFO_NULL,
};
CU_SuiteInfo mime_suite = {"mime", NULL, NULL, set_up, tear_down, tests};
