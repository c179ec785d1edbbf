/* News on a real database: each event once whatever comes again, what fails tried for
 * three days and no longer, and nothing lost when a sender dies. Time is what the tests
 * say. */
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/rand.h"
#include "it.h"
#include "it_db.h"
#include "it_mail.h"
#include "it_shop.h"
#include "notify/hooks.h"
#include "notify/mail_write.h"
#include "outbox/outbox.h"

#define DAY INT64_C(86400000)
#define RETRY_MS 1000

static struct tmpl_set *set;
static char folder[256];
static int64_t now;

static void
must(enum err e)
{
    CU_ASSERT_EQUAL_FATAL(e, ERR_OK);
}

static int
up(void)
{
    const char *sql = getenv("SOUK_SQL_DIR");
    char path[600], msg[300] = "";

    if (shop_up() != 0)
        return 1;
    snprintf(path, sizeof(path), "%s/../app/web/mail", sql != NULL ? sql : "sql");
    if (tmpl_load(&set, path, msg, sizeof(msg)) == ERR_OK)
        return 0;
    fprintf(stderr, "%s\n", msg);
    return 1;
}

static int
down(void)
{
    tmpl_free(set);
    return shop_down();
}

static void
test_up(void)
{
    shop_test_up();
    now = clock_ms();
    it_path(folder, "mail");
    sql_do("DELETE FROM webhook_delivery", 0);
    sql_do("DELETE FROM mail", 0);
    sql_do("DELETE FROM event_dead", 0);
    sql_do("DELETE FROM event_seen", 0);
    sql_do("DELETE FROM outbox", 0);
    sql_do("UPDATE webhook_endpoint SET active = 0, removed_at = 1", 0);
}

static struct event
event_of(const char *type, int64_t subject_id, struct str data)
{
    return (struct event){.id = id_next(),
        .type = str_c(type),
        .subject_id = subject_id,
        .at_ms = now,
        .version = EVENT_VERSION,
        .data = data};
}

static struct event
account_event(const char *type, const char *email)
{
    return event_of(type, 7,
        arena_printf(shop_ar,
            "{\"email\":\"%s\",\"name\":\"N\",\"path\":\"/reset?t=s3cr3t\"}", email));
}

struct feed {
    const struct event *ev;
    size_t n;
    struct arena *a;
};

static enum err
feed_tx(struct db *db, void *arg)
{
    struct feed *f = arg;

    return notify_consume_many(db, f->a, f->ev, f->n, now);
}

static enum err
feed(const struct event *ev, size_t n)
{
    struct feed f = {ev, n, shop_ar};

    return db_tx(shop_db, feed_tx, &f);
}

static int64_t
endpoint_new(const char *url, const char *events)
{
    struct endpoint p = {.id = id_next(),
        .url = str_c(url),
        .events = str_c(events),
        .secret = STR_INIT("whsec_x"),
        .active = true,
        .created_at = now};

    must(endpoint_store_add(shop_db, &p));
    return p.id;
}

static struct mailer *
mailer_of(const char *where, const char *staff)
{
    const struct mailer_conf c = {
        .shop = {.tmpl = set, .name = "Souk", .url = "http://shop.test", .staff = staff},
        .from = "shop@souk.test",
        .folder = where,
        .rate = 100000,
        .retry_ms = RETRY_MS};

    return mailer_new(&c);
}

static struct mailer_did
mail_at(const char *where, int64_t when)
{
    struct mailer *m = mailer_of(where, "");
    struct mailer_did did;

    must(mailer_run(m, shop_db, shop_ar, when, &did));
    mailer_free(m);
    return did;
}

static struct mail
only_mail(void)
{
    const struct notify_filter f = {.limit = 2};
    struct mail *m, full;
    size_t n;

    must(mail_list(shop_db, shop_ar, &f, &m, &n));
    CU_ASSERT_EQUAL_FATAL(n, 1);
    must(mail_get(shop_db, shop_ar, m[0].id, &full));
    return full;
}

/* --- consuming --- */

static void
test_an_event_is_once_whatever_comes_again(void)
{
    struct goods g = goods_new(500, 100);
    struct shopper who = guest_new(shop_ar);
    struct event ev[4];

    (void)endpoint_new("http://a.test/", "*");
    (void)endpoint_new("http://b.test/", "order.paid order.shipped");
    ev[0] = event_of("order.placed", order_new(&who, &g, 1), STR_NULL);
    ev[1] = event_of("order.paid", ev[0].subject_id, STR_NULL);
    ev[2] = ev[0];
    ev[3] = event_of("order.completed", ev[0].subject_id, STR_NULL);
    for (int i = 0; i < 3; i++)
        must(feed(ev, NELEM(ev)));
    must(feed(ev + 1, 2));
    /* placed and paid are told by mail, completed is not. */
    CU_ASSERT_EQUAL(sql_int("SELECT COUNT(*) FROM mail", 0), 2);
    CU_ASSERT_EQUAL(sql_int("SELECT COUNT(*) FROM webhook_delivery", 0), 3 + 1);
    CU_ASSERT_EQUAL(sql_int("SELECT COUNT(*) FROM event_seen", 0), 3);
    CU_ASSERT_EQUAL(sql_int("SELECT COUNT(*) FROM event_dead", 0), 0);
}

#define CONSUMERS 6
#define EVENTS 300
static struct event crowd_ev[EVENTS];
static atomic_int crowd_failed;

/* Each hands on the same events, in pieces of its own size. */
static void *
consumer(void *arg)
{
    static atomic_int next;
    const size_t step = 7 + 11 * (size_t)atomic_fetch_add(&next, 1);
    struct arena *a = arena_new(1 << 14);
    struct db *db;

    (void)arg;
    must(db_acquire(shop_pool(), &db));
    for (size_t at = 0; at < EVENTS; at += step) {
        struct feed f = {crowd_ev + at, EVENTS - at < step ? EVENTS - at : step, a};
        enum err e;

        do
            e = db_tx(db, feed_tx, &f);
        while (e == ERR_BUSY);
        if (e != ERR_OK)
            atomic_fetch_add(&crowd_failed, 1);
        arena_reset(a);
    }
    db_release(db);
    arena_free(a);
    return NULL;
}

static void
test_many_consumers_at_once_do_it_once(void)
{
    (void)endpoint_new("http://a.test/", "*");
    for (size_t i = 0; i < EVENTS; i++)
        crowd_ev[i] = event_of("order.paid", (int64_t)i + 1, STR_NULL);
    it_threads(CONSUMERS, consumer, NULL);
    CU_ASSERT_EQUAL(crowd_failed, 0);
    CU_ASSERT_EQUAL(sql_int("SELECT COUNT(*) FROM mail", 0), EVENTS);
    CU_ASSERT_EQUAL(sql_int("SELECT COUNT(*) FROM webhook_delivery", 0), EVENTS);
    CU_ASSERT_EQUAL(sql_int("SELECT COUNT(DISTINCT event_id) FROM mail", 0), EVENTS);
}

static enum err
then_fail(struct db *db, void *arg)
{
    enum err e = feed_tx(db, arg);

    return e == ERR_OK ? ERR_INTERNAL : e;
}

static void
test_a_transaction_that_fails_leaves_nothing(void)
{
    struct event ev = event_of("order.paid", 1, STR_NULL);
    struct feed f = {&ev, 1, shop_ar};

    CU_ASSERT_EQUAL(db_tx(shop_db, then_fail, &f), ERR_INTERNAL);
    CU_ASSERT_EQUAL(sql_int("SELECT COUNT(*) FROM mail", 0), 0);
    must(feed(&ev, 1));
    CU_ASSERT_EQUAL(sql_int("SELECT COUNT(*) FROM mail", 0), 1);
}

static void
test_a_bad_event_holds_up_no_other(void)
{
    const struct notify_filter f = {.limit = 10};
    struct dead_letter *dead;
    struct event ev[7];
    struct fault flt;
    size_t n;

    ev[0] = event_of("order.paid", 1, STR_NULL);
    ev[1] = event_of("order.eaten", 2, STR_NULL);
    ev[2] = event_of("order.paid", 3, STR_NULL);
    ev[2].version = 2;
    ev[3] = event_of("stock.low", 4, STR("{\"sku\":"));
    ev[4] = event_of("stock.low", 5, STR("\xff\xfe"));
    ev[5] = event_of("account.reset", 6, STR_NULL);
    ev[6] = event_of("order.shipped", 7, STR_NULL);
    must(feed(ev, NELEM(ev)));
    must(feed(ev, NELEM(ev)));
    must(notify_refuse(shop_db, shop_ar, STR("no \x80 event"), "not JSON", now));
    CU_ASSERT_EQUAL(sql_int("SELECT COUNT(*) FROM mail", 0), 2);
    must(notify_dead_list(shop_db, shop_ar, &f, &dead, &n));
    CU_ASSERT_EQUAL_FATAL(n, 6);
    for (size_t i = 0; i < n; i++) {
        CU_ASSERT(dead[i].kind == DEAD_EVENT && dead[i].reason.n > 0);
        CU_ASSERT(i == 0 || dead[i].id < dead[i - 1].id);
    }
    CU_ASSERT(str_eq_c(dead[0].reason, "not JSON"));
    fault_clear(&flt);
    CU_ASSERT_EQUAL(
        notify_retry(shop_db, shop_ar, DEAD_EVENT, dead[5].id, now, &flt), ERR_CONFLICT);
    CU_ASSERT(str_eq_c(str_c(flt.slug), "still_bad"));
    /* Once the program knows it: what follows is written, and the letter is gone. */
    sql_do("UPDATE event_dead SET type = 'order.cancelled' WHERE id = ?", dead[5].id);
    must(notify_retry(shop_db, shop_ar, DEAD_EVENT, dead[5].id, now, &flt));
    CU_ASSERT_EQUAL(sql_int("SELECT COUNT(*) FROM mail WHERE subject_id = 2", 0), 1);
    CU_ASSERT_EQUAL(
        notify_retry(shop_db, shop_ar, DEAD_EVENT, dead[5].id, now, &flt), ERR_NOT_FOUND);
}

/* --- mails --- */

static struct str
file_of(const struct mail *m)
{
    char path[600], bytes[1 << 16];
    FILE *f;
    size_t n;

    snprintf(path, sizeof(path), "%s/%" PRId64 ".eml", folder, m->id);
    if ((f = fopen(path, "r")) == NULL)
        return STR_NULL;
    n = fread(bytes, 1, sizeof(bytes), f);
    (void)fclose(f);
    return arena_str(shop_ar, (struct str){bytes, n});
}

static void
test_an_orders_mail_is_written_and_sent_once(void)
{
    struct goods g = goods_new(1999, 100);
    struct shopper who = guest_new(shop_ar);
    struct event ev;
    struct mail m;
    struct str file;

    ev = event_of("order.placed", order_new(&who, &g, 2), STR_NULL);
    must(feed(&ev, 1));
    CU_ASSERT_EQUAL(mail_at(folder, now - 1).sent, 0); /* not due yet */
    CU_ASSERT_EQUAL(mail_at(folder, now).sent, 1);
    CU_ASSERT_EQUAL(mail_at(folder, now + DAY).sent, 0);
    m = only_mail();
    CU_ASSERT(str_eq_c(m.status, "sent") && m.sent_at >= now && m.next_at == 0);
    CU_ASSERT(str_eq_c(m.recipient, "buyer@example.com"));
    CU_ASSERT(str_starts(m.subject, STR("Your order S-")));
    CU_ASSERT_PTR_NOT_NULL(strstr(m.text.p, "Total: $39.98"));
    CU_ASSERT_PTR_NOT_NULL(strstr(m.text.p, "1 Souk Lane"));
    CU_ASSERT_PTR_NOT_NULL(strstr(m.text.p, "http://shop.test/orders/"));
    CU_ASSERT_PTR_NOT_NULL(strstr(m.html.p, "$39.98"));
    file = file_of(&m);
    CU_ASSERT_PTR_NOT_NULL_FATAL(file.p);
    CU_ASSERT_PTR_NOT_NULL(strstr(file.p, "To: buyer@example.com\r\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(file.p,
        arena_printf(shop_ar, "Message-ID: <souk.%" PRId64 "@souk.test>", m.id).p));
}

/* The folder is a file: nothing can be written there. */
static void
broken_folder(char out[300])
{
    FILE *f;

    snprintf(out, 300, "%s.broken", folder);
    f = fopen(out, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    (void)fclose(f);
}

static void
test_tried_for_three_days_then_dead_and_again(void)
{
    struct event ev = account_event("account.changed", "a@example.com");
    const struct notify_filter f = {.limit = 10};
    struct dead_letter *dead;
    int64_t at = now, tries = 0;
    struct fault flt;
    char broken[300];
    struct mail m;
    size_t n;

    broken_folder(broken);
    must(feed(&ev, 1));
    for (; tries < 100; tries++) {
        CU_ASSERT_EQUAL(mail_at(broken, at).sent, 0);
        m = only_mail();
        CU_ASSERT_EQUAL(m.tries, tries + 1);
        if (!str_eq_c(m.status, "failed"))
            break;
        CU_ASSERT(m.next_at > at && m.next_at <= at + INT64_C(6) * 3600000);
        CU_ASSERT_EQUAL(mail_at(broken, m.next_at - 1).failed, 0); /* not before */
        at = m.next_at;
    }
    CU_ASSERT(str_eq_c(m.status, "dead") && m.next_at == 0);
    CU_ASSERT(at > now + DAY * 5 / 2 && at < now + 3 * DAY && tries > 10);
    must(notify_dead_list(shop_db, shop_ar, &f, &dead, &n));
    CU_ASSERT_EQUAL_FATAL(n, 1);
    CU_ASSERT(dead[0].kind == DEAD_MAIL && dead[0].id == m.id);
    CU_ASSERT(str_eq_c(dead[0].to, "a@example.com") && dead[0].reason.n > 0);
    fault_clear(&flt);
    must(notify_retry(shop_db, shop_ar, DEAD_MAIL, m.id, at, &flt));
    CU_ASSERT_EQUAL(
        notify_retry(shop_db, shop_ar, DEAD_MAIL, m.id, at, &flt), ERR_CONFLICT);
    CU_ASSERT_EQUAL(
        notify_retry(shop_db, shop_ar, DEAD_MAIL, 1, at, &flt), ERR_NOT_FOUND);
    CU_ASSERT_EQUAL(mail_at(folder, at).sent, 1);
    must(notify_dead_list(shop_db, shop_ar, &f, &dead, &n));
    CU_ASSERT_EQUAL(n, 0);
}

static void
test_an_address_that_cannot_be_is_dead_at_once(void)
{
    static const char *const bad[] = {"", "nobody", "a@b", "a b@example.com",
        "a@example.com\\r\\nBcc: b@example.com", "a@example.com,b@example.com",
        "<a@example.com>", "a@127.0.0.1"};

    for (size_t i = 0; i < NELEM(bad); i++) {
        struct event ev = account_event("account.changed", bad[i]);
        struct mail m;

        must(feed(&ev, 1));
        CU_ASSERT_EQUAL(mail_at(folder, now).dead, 1);
        m = only_mail();
        CU_ASSERT(str_eq_c(m.status, "dead") && m.tries == 1);
        CU_ASSERT(str_starts(m.last_error, STR("an address that cannot be: ")));
        CU_ASSERT_PTR_NULL(file_of(&m).p);
        sql_do("DELETE FROM mail", 0);
    }
}

static void
test_an_order_that_is_not_there_is_dead(void)
{
    struct event ev = event_of("order.paid", 12345, STR_NULL);

    must(feed(&ev, 1));
    CU_ASSERT_EQUAL(mail_at(folder, now).dead, 1);
    CU_ASSERT(str_eq_c(only_mail().last_error, "there is no such order"));
}

static void
test_a_secret_is_sent_and_not_kept(void)
{
    struct event ev = account_event("account.reset", "a@example.com");
    struct mail m;

    must(feed(&ev, 1));
    CU_ASSERT_EQUAL(mail_at(folder, now).sent, 1);
    m = only_mail();
    CU_ASSERT(m.text.p == NULL && m.html.p == NULL);
    CU_ASSERT_PTR_NOT_NULL(strstr(file_of(&m).p, "reset?t=3Ds3cr3t"));
    CU_ASSERT_EQUAL(
        sql_int("SELECT COUNT(*) FROM mail WHERE CONCAT_WS('', data, subject, body_text,"
                " body_html) LIKE '%s3cr3t%'",
            0),
        0);
}

static void
test_links_lead_to_the_shop_alone(void)
{
    struct event ev = event_of("account.reset", 7,
        STR("{\"email\":\"a@example.com\",\"path\":\"//evil.example/\"}"));

    must(feed(&ev, 1));
    CU_ASSERT_EQUAL(mail_at(folder, now).dead, 1);
}

static void
test_low_stock_goes_to_the_staff_or_nobody(void)
{
    struct event ev[2];
    struct mailer *m = mailer_of(folder, "staff@souk.test");
    struct mailer_did did;

    ev[0] = event_of("stock.low", 5, STR("{\"sku\":\"LAMP-1\",\"available\":3}"));
    ev[1] = event_of("stock.low", 6, STR("{\"sku\":\"LAMP-2\",\"available\":2}"));
    must(feed(&ev[0], 1));
    CU_ASSERT_EQUAL(mail_at(folder, now).skipped, 1);
    CU_ASSERT(str_eq_c(only_mail().status, "skipped"));
    must(feed(&ev[1], 1));
    must(mailer_run(m, shop_db, shop_ar, now, &did));
    CU_ASSERT_EQUAL(did.sent, 1);
    CU_ASSERT_EQUAL(sql_int("SELECT COUNT(*) FROM mail WHERE recipient ="
                            " 'staff@souk.test' AND body_text LIKE '%only 3 left%'",
                        0),
        0);
    CU_ASSERT_EQUAL(sql_int("SELECT COUNT(*) FROM mail WHERE recipient ="
                            " 'staff@souk.test' AND body_text LIKE '%only 2 left%'",
                        0),
        1);
    mailer_free(m);
}

/* Whoever dies between claim and mark: the mail is another's when the claim ends, and a
 * mark that comes late changes nothing. */
static void
test_a_claim_ends_by_itself(void)
{
    struct event ev = account_event("account.changed", "a@example.com");
    const struct due_mark late = {.end = DUE_DEAD, .why = STR("late")};
    struct due *d;
    size_t n;

    must(feed(&ev, 1));
    must(mail_store_claim(shop_db, shop_ar, now, 60000, 10, &d, &n));
    CU_ASSERT_EQUAL_FATAL(n, 1);
    CU_ASSERT(str_eq_c(only_mail().status, "sending"));
    CU_ASSERT_EQUAL(mail_at(folder, now + 59999).sent, 0);
    CU_ASSERT_EQUAL(mail_at(folder, now + 60000).sent, 1);
    CU_ASSERT_EQUAL(mail_store_mark(shop_db, d, &late, now), ERR_CONFLICT);
    CU_ASSERT(str_eq_c(only_mail().status, "sent"));
}

/* Whoever had it never came back: it is tried alone, not for ever, and takes no other along. */
static void
test_a_mail_that_kills_is_a_dead_letter(void)
{
    struct event ev[] = {account_event("account.changed", "a@example.com"),
        account_event("account.changed", "b@example.com")};
    int64_t deadly, when = now;
    struct due *d;
    size_t n;

    must(feed(ev, 2));
    deadly = sql_int("SELECT MIN(id) FROM mail", 0);
    must(mail_store_claim(shop_db, shop_ar, when, 1000, 10, &d, &n));
    CU_ASSERT_EQUAL_FATAL(n, 2);
    for (int lives = 1; lives < DUE_LAPSES_MAX; lives++) {
        when += 1000;
        must(mail_store_claim(shop_db, shop_ar, when, 1000, 10, &d, &n));
        CU_ASSERT_EQUAL_FATAL(n, 1);
        CU_ASSERT_EQUAL(d[0].lapses, lives);
        CU_ASSERT_EQUAL(d[0].id, deadly);
        sql_do("UPDATE mail SET next_at = 1 WHERE id = ?", deadly);
    }
    CU_ASSERT_EQUAL(mail_at(folder, when + 1000).dead, 1);
    CU_ASSERT_EQUAL(mail_at(folder, when + 1000).sent, 1);
    CU_ASSERT_EQUAL(sql_int("SELECT COUNT(*) FROM mail WHERE status = 'dead'"
                            " AND last_error <> '' AND id = ?", deadly), 1);
    CU_ASSERT_EQUAL(sql_int("SELECT SUM(lapses) FROM mail", 0), 0);
}

#define MAILS 200
#define SENDERS 4

static void *
sender(void *arg)
{
    struct mailer *m = mailer_of(folder, "");
    struct arena *a = arena_new(1 << 14);
    atomic_int *sent = arg;
    struct mailer_did did = {.more = true};
    struct db *db;

    must(db_acquire(shop_pool(), &db));
    for (int idle = 0; idle < 3; idle += !did.more) {
        must(mailer_run(m, db, a, now, &did));
        atomic_fetch_add(sent, (int)did.sent);
        arena_reset(a);
    }
    db_release(db);
    arena_free(a);
    mailer_free(m);
    return NULL;
}

static void
test_many_senders_send_each_mail_once(void)
{
    struct event ev[MAILS];
    atomic_int sent = 0;

    for (size_t i = 0; i < MAILS; i++)
        ev[i] = account_event("account.changed", "a@example.com");
    must(feed(ev, MAILS));
    it_threads(SENDERS, sender, &sent);
    CU_ASSERT_EQUAL(sent, MAILS);
    CU_ASSERT_EQUAL(sql_int("SELECT COUNT(*) FROM mail WHERE status = 'sent'"
                            " AND tries = 1",
                        0),
        MAILS);
}

/* --- mail servers --- */

/* The one mail due, to a server with this script. */
static struct mailer_did
mail_by_server(struct mail_server *sv, const struct mail_script *s, int64_t when)
{
    struct mailer_did did;
    struct mailer_conf c = {
        .shop = {.tmpl = set, .name = "Souk", .url = "http://shop.test", .staff = ""},
        .from = "shop@souk.test",
        .smtp = {.tls = SMTP_TLS_NEVER},
        .rate = 100,
        .retry_ms = RETRY_MS};
    struct mailer *m;
    char url[60];

    mail_server_start(sv, s);
    snprintf(url, sizeof(url), "smtp://127.0.0.1:%d", sv->port);
    c.smtp.url = url;
    m = mailer_new(&c);
    must(mailer_run(m, shop_db, shop_ar, when, &did));
    mailer_free(m);
    mail_server_stop(sv);
    return did;
}

static void
test_a_server_that_wants_it_later_gets_the_same(void)
{
    const struct mail_script busy = {.text = "451 4.3.0 try later"}, well = {.greet = NULL};
    struct event ev = account_event("account.changed", "a@example.com");
    struct mail_server sv;
    struct str first;
    struct mail m;

    must(feed(&ev, 1));
    CU_ASSERT_EQUAL(mail_by_server(&sv, &busy, now).failed, 1);
    first = arena_str(shop_ar, str_c(sv.got));
    m = only_mail();
    CU_ASSERT(str_eq_c(m.status, "failed") && m.last_code == 451);
    CU_ASSERT(str_eq_c(m.last_error, "451 4.3.0 try later"));
    CU_ASSERT_EQUAL(mail_by_server(&sv, &well, m.next_at).sent, 1);
    CU_ASSERT(first.n > 500 && str_eq_c(first, sv.got));
    m = only_mail();
    CU_ASSERT(str_eq_c(m.status, "sent") && m.tries == 2 && m.last_error.n == 0);
}

static void
test_a_server_that_never_wants_it_ends_it(void)
{
    const struct mail_script no = {.rcpt = "550 5.1.1 no such user"};
    struct event ev[3];
    struct mail_server sv;

    for (size_t i = 0; i < NELEM(ev); i++)
        ev[i] = account_event("account.changed", "a@example.com");
    must(feed(ev, NELEM(ev)));
    CU_ASSERT_EQUAL(mail_by_server(&sv, &no, now).dead, 3);
    CU_ASSERT_EQUAL(sql_int("SELECT COUNT(*) FROM mail WHERE status = 'dead' AND"
                            " last_code = 550 AND last_error LIKE '550%'",
                        0),
        3);
}

/* One that is away is asked once, not once a mail. */
static void
test_a_server_that_is_away_is_asked_once(void)
{
    const struct mail_script away = {.greet = ""};
    struct event ev[5];
    struct mail_server sv;

    for (size_t i = 0; i < NELEM(ev); i++)
        ev[i] = account_event("account.changed", "a@example.com");
    must(feed(ev, NELEM(ev)));
    CU_ASSERT_EQUAL(mail_by_server(&sv, &away, now).failed, 5);
    CU_ASSERT_EQUAL(sv.connections, 1);
}

/* --- webhooks --- */

/* Until one has ended. */
static void
hooks_once(bool private_too, int64_t at, struct hooks_did *all)
{
    const struct hooks_conf c = {.private_too = private_too, .retry_ms = RETRY_MS};
    struct hooks *h = hooks_new(&c);
    struct hooks_did did;

    *all = (struct hooks_did){.sent = 0};
    for (int i = 0; i < 100 && all->sent + all->failed + all->dead == 0; i++) {
        must(hooks_run(h, shop_pool(), shop_ar, at, 50, &did));
        all->sent += did.sent;
        all->failed += did.failed;
        all->dead += did.dead;
    }
    hooks_free(h);
}

static struct delivery
only_delivery(void)
{
    const struct notify_filter f = {.limit = 2};
    struct delivery *d, full;
    size_t n;

    must(delivery_list(shop_db, shop_ar, &f, &d, &n));
    CU_ASSERT_EQUAL_FATAL(n, 1);
    must(delivery_get(shop_db, shop_ar, d[0].id, &full));
    return full;
}

static int64_t
one_delivery(const char *url)
{
    struct goods g = goods_new(500, 10);
    struct shopper who = guest_new(shop_ar);
    struct event ev = event_of("order.placed", order_new(&who, &g, 1), STR_NULL);
    int64_t id = endpoint_new(url, "*");

    must(feed(&ev, 1));
    return id;
}

static void
test_private_addresses_are_not_called(void)
{
    struct hooks_did did;
    struct delivery d;

    (void)one_delivery("http://localhost:9/hook");
    hooks_once(false, now, &did);
    CU_ASSERT_EQUAL(did.failed, 1);
    d = only_delivery();
    CU_ASSERT(str_eq_c(d.last_error, "the address is not a public one"));
    CU_ASSERT(str_eq_c(d.status, "failed") && d.last_code == 0);
    /* What was written stays: the order as it was told of first. */
    CU_ASSERT_PTR_NOT_NULL(strstr(d.body.p, "\"type\":\"order.placed\""));
    CU_ASSERT_PTR_NOT_NULL(strstr(d.body.p, "\"status\":\"pending\""));
    hooks_once(true, d.next_at, &did);
    CU_ASSERT_EQUAL(did.failed, 1);
    CU_ASSERT(!str_eq_c(only_delivery().last_error, "the address is not a public one"));
    CU_ASSERT_EQUAL(only_delivery().tries, 2);
}

static void
test_deliveries_die_after_three_days(void)
{
    struct hooks_did did;
    struct fault flt;
    int64_t id;

    (void)one_delivery("http://127.0.0.1:9/hook");
    hooks_once(true, now + 3 * DAY - 10, &did);
    CU_ASSERT_EQUAL(did.dead, 1);
    id = only_delivery().id;
    fault_clear(&flt);
    must(notify_retry(shop_db, shop_ar, DEAD_DELIVERY, id, now + 4 * DAY, &flt));
    CU_ASSERT(str_eq_c(only_delivery().status, "queued"));
    hooks_once(true, now + 4 * DAY, &did);
    CU_ASSERT_EQUAL(did.failed, 1);
}

static void
test_an_endpoint_that_is_gone_is_given_up(void)
{
    int64_t id = one_delivery("http://127.0.0.1:9/hook");
    struct endpoint *p;
    int64_t gone;
    size_t n;

    sql_do("UPDATE webhook_endpoint SET active = 0 WHERE id = ?", id);
    must(hook_store_endpoints(shop_db, shop_ar, now, &p, &n));
    CU_ASSERT_EQUAL(n, 0); /* it waits */
    must(notify_tidy(shop_db, now, &(struct notify_old){.before = 0}, 100, &gone));
    CU_ASSERT(str_eq_c(only_delivery().status, "queued"));
    must(endpoint_store_remove(shop_db, id, now));
    must(notify_tidy(shop_db, now, &(struct notify_old){.before = 0}, 100, &gone));
    CU_ASSERT(str_eq_c(only_delivery().status, "dead"));
}

/* --- what people see --- */

static void
test_dead_letters_page_by_key(void)
{
    struct notify_filter f = {.limit = 3};
    struct dead_letter *dead;
    size_t n, all = 0;
    int64_t last = INT64_MAX, count;

    (void)endpoint_new("http://a.test/", "*");
    for (int i = 0; i < 10; i++) {
        struct event ev = event_of(i % 2 ? "order.paid" : "order.eaten", i + 1, STR_NULL);

        must(feed(&ev, 1));
    }
    sql_do("UPDATE mail SET status = 'dead', next_at = NULL", 0);
    sql_do("UPDATE webhook_delivery SET status = 'dead', next_at = NULL", 0);
    do {
        must(notify_dead_list(shop_db, shop_ar, &f, &dead, &n));
        for (size_t i = 0; i < n; i++) {
            CU_ASSERT(dead[i].id < last);
            last = dead[i].id;
        }
        all += n;
        f.after = last;
    } while (n == 3);
    CU_ASSERT_EQUAL(all, 15);
    must(notify_dead_count(shop_db, shop_ar, &count));
    CU_ASSERT_EQUAL(count, 15);
}

static void
test_figures_and_forgetting(void)
{
    struct event ev[3];
    struct notify_figures fig;
    int64_t n;

    (void)endpoint_new("http://a.test/", "*");
    for (size_t i = 0; i < NELEM(ev); i++)
        ev[i] = event_of("order.paid", (int64_t)i + 1, STR_NULL);
    must(feed(ev, NELEM(ev)));
    must(notify_figures(shop_db, shop_ar, now + 5000, &fig));
    CU_ASSERT(fig.mails_waiting == 3 && fig.deliveries_waiting == 3 && fig.dead == 0);
    CU_ASSERT(fig.mail_age_ms == 5000 && fig.delivery_age_ms == 5000);
    CU_ASSERT_EQUAL(mail_at(folder, now).dead, 3);
    must(notify_figures(shop_db, shop_ar, now, &fig));
    CU_ASSERT(fig.mails_waiting == 0 && fig.mail_age_ms == 0 && fig.dead == 3);
    /* What waits is never forgotten. */
    must(notify_tidy(
        shop_db, now, &(struct notify_old){.before = now + 2 * DAY}, 100, &n));
    CU_ASSERT_EQUAL(n, 3 + 3);
    CU_ASSERT_EQUAL(sql_int("SELECT COUNT(*) FROM webhook_delivery", 0), 3);
    CU_ASSERT_EQUAL(sql_int("SELECT COUNT(*) FROM mail", 0), 0);
}

/* As many at a time as it was told, and never what is young. */
static void
test_a_forgotten_mail_leaves_no_file(void)
{
    const struct notify_old early = {now - DAY, folder}, late = {now + 2 * DAY, folder};
    const struct notify_filter all = {.limit = 10};
    struct event ev[3];
    struct mail *m;
    size_t left;
    int64_t n;

    for (size_t i = 0; i < NELEM(ev); i++)
        ev[i] = account_event("account.changed", "a@example.com");
    must(feed(ev, NELEM(ev)));
    CU_ASSERT_EQUAL(mail_at(folder, now).sent, 3);
    must(mail_list(shop_db, shop_ar, &all, &m, &left));
    CU_ASSERT_EQUAL_FATAL(left, 3);
    must(notify_tidy(shop_db, now, &early, 2, &n));
    for (size_t i = 0; i < 3; i++)
        CU_ASSERT(file_of(&m[i]).n > 0);
    must(notify_tidy(shop_db, now, &late, 2, &n));
    CU_ASSERT_EQUAL(sql_int("SELECT COUNT(*) FROM mail", 0), 1);
    CU_ASSERT(file_of(&m[0]).n > 0); /* the newest */
    CU_ASSERT(file_of(&m[1]).n == 0 && file_of(&m[2]).n == 0);
    must(notify_tidy(shop_db, now, &late, 2, &n));
    CU_ASSERT(file_of(&m[0]).n == 0);
    must(notify_tidy(shop_db, now, &late, 2, &n));
}

static CU_TestInfo tests[] = {
    {"an event is once, whatever comes again",
        test_an_event_is_once_whatever_comes_again},
    {"many consumers at once do it once", test_many_consumers_at_once_do_it_once},
    {"a transaction that fails leaves nothing",
        test_a_transaction_that_fails_leaves_nothing},
    {"a bad event holds up no other", test_a_bad_event_holds_up_no_other},
    {"an order's mail is written and sent once",
        test_an_orders_mail_is_written_and_sent_once},
    {"tried for three days, then dead, and again",
        test_tried_for_three_days_then_dead_and_again},
    {"an address that cannot be is dead at once",
        test_an_address_that_cannot_be_is_dead_at_once},
    {"an order that is not there is dead", test_an_order_that_is_not_there_is_dead},
    {"a secret is sent and not kept", test_a_secret_is_sent_and_not_kept},
    {"links lead to the shop alone", test_links_lead_to_the_shop_alone},
    {"low stock goes to the staff or nobody", test_low_stock_goes_to_the_staff_or_nobody},
    {"a claim ends by itself", test_a_claim_ends_by_itself},
    {"a mail that kills is a dead letter", test_a_mail_that_kills_is_a_dead_letter},
    {"many senders send each mail once", test_many_senders_send_each_mail_once},
    {"a server that wants it later gets the same",
        test_a_server_that_wants_it_later_gets_the_same},
    {"a server that never wants it ends it", test_a_server_that_never_wants_it_ends_it},
    {"a server that is away is asked once", test_a_server_that_is_away_is_asked_once},
    {"private addresses are not called", test_private_addresses_are_not_called},
    {"deliveries die after three days", test_deliveries_die_after_three_days},
    {"an endpoint that is gone is given up", test_an_endpoint_that_is_gone_is_given_up},
    {"dead letters page by key", test_dead_letters_page_by_key},
    {"figures and forgetting", test_figures_and_forgetting},
    {"a forgotten mail leaves no file", test_a_forgotten_mail_leaves_no_file},
    CU_TEST_INFO_NULL,
};

int
main(void)
{
    CU_SuiteInfo s = {"notify", up, down, test_up, shop_test_down, tests};

    return it_main(&s);
}
