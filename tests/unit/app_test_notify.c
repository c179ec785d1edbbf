/* The rules of sending: pauses, ends, what an endpoint wants, and what mails say. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "notify/mail_write.h"

#define HOUR INT64_C(3600000)
#define BASE INT64_C(30000)

static struct arena *ar;
static struct tmpl_set *set;

static void
set_up(void)
{
    ar = arena_new(4096);
    set = NULL;
}

static void
tear_down(void)
{
    tmpl_free(set);
    arena_free(ar);
}

static void
test_pauses_double_and_have_a_ceiling(void)
{
    CU_ASSERT_EQUAL(notify_pause_max(1, BASE), BASE);
    CU_ASSERT_EQUAL(notify_pause_max(2, BASE), 2 * BASE);
    CU_ASSERT_EQUAL(notify_pause_max(5, BASE), 16 * BASE);
    CU_ASSERT_EQUAL(notify_pause_max(10, BASE), 512 * BASE);
    CU_ASSERT_EQUAL(notify_pause_max(11, BASE), 6 * HOUR);
    CU_ASSERT_EQUAL(notify_pause_max(2000000000, BASE), 6 * HOUR);
}

static void
test_pauses_vary_by_a_half(void)
{
    int64_t least = INT64_MAX, most = 0;

    for (int i = 0; i < 2000; i++) {
        int64_t p = notify_next(1000, 3, BASE) - 1000;

        least = p < least ? p : least;
        most = p > most ? p : most;
    }
    CU_ASSERT(least >= 2 * BASE && most <= 4 * BASE);
    CU_ASSERT(least < 2 * BASE + BASE / 4 && most > 4 * BASE - BASE / 4);
}

/* From the first try, whatever chance does: tried often on the first day, and dead when
 * the next try would come after three days. */
static void
test_three_days_then_dead(void)
{
    struct due d = {.tries = 0, .give_up_at = NOTIFY_GIVE_UP_MS};
    int64_t now = 0, day_one = 0;
    struct due_mark m;

    do {
        d.tries++;
        m = due_failed(&d, 500, STR("x"), BASE, now);
        day_one += now < 24 * HOUR;
        if (m.end == DUE_AGAIN) {
            CU_ASSERT(m.next_at > now && m.next_at < d.give_up_at);
            now = m.next_at;
        }
    } while (m.end == DUE_AGAIN && d.tries < 1000);
    CU_ASSERT_EQUAL(m.end, DUE_DEAD);
    CU_ASSERT(now >= NOTIFY_GIVE_UP_MS - 6 * HOUR && now < NOTIFY_GIVE_UP_MS);
    CU_ASSERT(day_one >= 10 && d.tries < 60);
}

static void
test_reasons_are_one_line(void)
{
    char many[1000];

    memset(many, 'x', sizeof(many));
    CU_ASSERT(str_eq_c(notify_why(ar, STR("550 a\r\nb\x01")), "550 a  b "));
    CU_ASSERT_EQUAL(notify_why(ar, (struct str){many, sizeof(many)}).n, NOTIFY_WHY_MAX);
    CU_ASSERT(str_utf8_valid(notify_why(ar, STR("\xff\xfe"))));
}

static void
test_endpoints_want_what_they_name(void)
{
    struct endpoint all = {.events = STR_INIT("*")};
    struct endpoint two = {.events = STR_INIT("order.paid order.shipped")};

    CU_ASSERT(endpoint_wants(&all, STR("order.paid")));
    CU_ASSERT(endpoint_wants(&two, STR("order.paid")));
    CU_ASSERT(endpoint_wants(&two, STR("order.shipped")));
    CU_ASSERT_FALSE(endpoint_wants(&two, STR("order")));
    CU_ASSERT_FALSE(endpoint_wants(&two, STR("order.pai")));
    CU_ASSERT_FALSE(endpoint_wants(&two, STR("order.placed")));
}

/* Whoever may hear of orders must not hear of a way into an account. */
static void
test_secrets_go_to_nobody_else(void)
{
    const struct event_kind *k;
    size_t i, secrets = 0;

    for (i = 0; (k = event_kind_at(i)) != NULL; i++) {
        CU_ASSERT_PTR_EQUAL(event_kind_of(str_c(k->type)), k);
        secrets += k->secret;
        CU_ASSERT_FALSE(k->hook && (k->secret || k->about == ABOUT_ACCOUNT));
    }
    CU_ASSERT_EQUAL(secrets, 2);
    CU_ASSERT_PTR_NULL(event_kind_of(STR("order.eaten")));
}

static bool
has(struct str s, const char *what)
{
    return memmem(s.p, s.n, what, strlen(what)) != NULL;
}

static void
templates(void)
{
    const char *src = getenv("srcdir");
    char path[600], msg[300] = "";

    snprintf(path, sizeof(path), "%s/app/web/mail", src != NULL ? src : ".");
    if (tmpl_load(&set, path, msg, sizeof(msg)) != ERR_OK)
        CU_FAIL_FATAL(msg);
}

/* The one place where text is put into HTML: whatever a customer is called. */
static void
test_values_are_escaped_in_html_alone(void)
{
    struct mail_shop shop = {.name = "Tea & Co", .url = "https://shop.example"};
    struct due d = {.ev = {.type = STR_INIT("order.paid")}};
    struct tval *t = tval_obj(ar);

    templates();
    shop.tmpl = set;
    tval_set_c(ar, t, "hello", "<b>Eve</b> & \"Co\"");
    tval_set_c(ar, t, "number", "S-1");
    tval_set_c(ar, t, "total", "$1.00 & <i>more</i>");
    tval_set_c(ar, t, "why", "why");
    CU_ASSERT_EQUAL_FATAL(mail_render(&shop, ar, t, &d), ERR_OK);
    CU_ASSERT(str_eq_c(d.subject, "We have received your payment for order S-1"));
    CU_ASSERT(has(d.text, "Hello <b>Eve</b> & \"Co\","));
    CU_ASSERT(has(d.text, "received $1.00 & <i>more</i> for"));
    CU_ASSERT_FALSE(has(d.html, "<b>Eve"));
    CU_ASSERT_FALSE(has(d.html, "<i>more"));
    CU_ASSERT(has(d.html, "&lt;b&gt;Eve&lt;/b&gt; &amp; &quot;Co"));
    CU_ASSERT(has(d.html, "Tea &amp; Co"));
}

/* A kind without a template would be found out by its first customer. */
static void
test_every_mail_has_words(void)
{
    struct mail_shop shop = {.name = "Souk", .url = "https://shop.example"};
    const struct event_kind *k;

    templates();
    shop.tmpl = set;
    for (size_t i = 0; (k = event_kind_at(i)) != NULL; i++) {
        struct due d = {.ev = {.type = str_c(k->type)}};

        if (!k->mail)
            continue;
        CU_ASSERT_EQUAL(mail_render(&shop, ar, tval_obj(ar), &d), ERR_OK);
        CU_ASSERT(d.subject.n > 5 && d.text.n > 40 && d.html.n > 400);
        CU_ASSERT(memchr(d.subject.p, '{', d.subject.n) == NULL);
        CU_ASSERT_FALSE(has(d.text, "}}") || has(d.html, "}}"));
    }
}

static CU_TestInfo tests[] = {
    {"pauses double and have a ceiling", test_pauses_double_and_have_a_ceiling},
    {"pauses vary by a half", test_pauses_vary_by_a_half},
    {"three days, then dead", test_three_days_then_dead},
    {"reasons are one line", test_reasons_are_one_line},
    {"endpoints want what they name", test_endpoints_want_what_they_name},
    {"secrets go to nobody else", test_secrets_go_to_nobody_else},
    {"values are escaped in HTML alone", test_values_are_escaped_in_html_alone},
    {"every mail has words", test_every_mail_has_words},
    CU_TEST_INFO_NULL,
};
CU_SuiteInfo notify_suite = {"notify", NULL, NULL, set_up, tear_down, tests};
