/* lib/auth/sign: signatures of messages, by vectors made with another program (Python's hmac),
 * and everything that must be refused. */
#include <CUnit/CUnit.h>

#include "auth/sign.h"

extern CU_SuiteInfo sign_suite;

#define SECRET STR("whsec_0123456789abcdef0123456789abcdef")
#define BODY STR("{\"id\":\"evt_1\",\"type\":\"payment.succeeded\"}")
#define MAC \
    "f87b59674611e7a80c11e685bb3c58ebf18c6db46a363182c248c263689fb8a8"
#define NOW INT64_C(1700000000)

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

static enum sign_verdict
check(const char *header)
{
    return sign_check(SECRET, str_c(header), BODY, NOW, SIGN_TOLERANCE_S);
}

static void
test_vectors(void)
{
    static const struct {
        const char *secret, *body, *header;
        int64_t t;
    } v[] = {
        {"whsec_0123456789abcdef0123456789abcdef",
            "{\"id\":\"evt_1\",\"type\":\"payment.succeeded\"}", "t=1700000000,v1=" MAC, NOW},
        {"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk", "",
            "t=0,v1=67d00a1429874f76679ba3ea3f0679df1b5fcf956587601e3270c0dd4d884e60", 0},
        {"whsec_0123456789abcdef0123456789abcdef",
            "{\"name\":\"Caf\xc3\xa9 \xe2\x98\x83\"}",
            "t=1700000000,v1="
            "4d17ce12a0c0ed69e4bfe8dd86f438e533a3f497428694aec8e4c8df9e3d553a",
            NOW},
    };

    for (size_t i = 0; i < NELEM(v); i++) {
        struct str s = sign_header(ar, str_c(v[i].secret), v[i].t, str_c(v[i].body));

        CU_ASSERT(str_eq_c(s, v[i].header));
        CU_ASSERT_EQUAL(sign_check(str_c(v[i].secret), str_c(v[i].header),
                            str_c(v[i].body), v[i].t, SIGN_TOLERANCE_S),
            SIGN_OK);
    }
}

static void
test_tolerance_is_exact(void)
{
    struct str body = STR("x"), h = sign_header(ar, SECRET, NOW, body);

    CU_ASSERT_EQUAL(sign_check(SECRET, h, body, NOW + 300, 300), SIGN_OK);
    CU_ASSERT_EQUAL(sign_check(SECRET, h, body, NOW + 301, 300), SIGN_OLD);
    CU_ASSERT_EQUAL(sign_check(SECRET, h, body, NOW - 300, 300), SIGN_OK);
    CU_ASSERT_EQUAL(sign_check(SECRET, h, body, NOW - 301, 300), SIGN_OLD);
    /* Wrong and old is wrong: the time of a stranger's message is not looked at. */
    CU_ASSERT_EQUAL(sign_check(STR("other"), h, body, NOW + 301, 300), SIGN_WRONG);
}

static void
test_every_byte_counts(void)
{
    struct str h = sign_header(ar, SECRET, NOW, BODY), body = BODY;

    for (size_t i = 0; i < body.n; i++) {
        char *changed = arena_cstr(ar, body);

        changed[i] ^= 1;
        CU_ASSERT_EQUAL(
            sign_check(SECRET, h, (struct str){changed, body.n}, NOW, 300), SIGN_WRONG);
        CU_ASSERT_EQUAL(sign_check(SECRET, h, str_sub(body, 0, i), NOW, 300), SIGN_WRONG);
    }
    for (size_t i = h.n - 64; i < h.n; i++) {
        char *changed = arena_cstr(ar, h);

        changed[i] = changed[i] == '0' ? '1' : '0';
        CU_ASSERT_EQUAL(
            sign_check(SECRET, (struct str){changed, h.n}, body, NOW, 300), SIGN_WRONG);
    }
}

static void
test_forms(void)
{
    static const char *const bad[] = {"", "t=1700000000", "v1=" MAC, "t=,v1=" MAC,
        "t=17e8,v1=" MAC, "t=-1,v1=" MAC, "t= 1700000000,v1=" MAC,
        "t=99999999999999999999,v1=" MAC, "t=9223372036854775807,v1=" MAC,
        "t=1700000000,t=1700000000,v1=" MAC, "t=1700000000,v1", ",,,", "t=1700000000,v0=" MAC,
        "nonsense"};
    static const char *const wrong[] = {"t=1700000000,v1=", "t=1700000000,v1=00",
        "t=1700000001,v1=" MAC, "t=1700000000,v1=" MAC "0"};
    static const char *const good[] = {"t=1700000000,v1=" MAC, "v1=" MAC ",t=1700000000",
        "t=1700000000, v1=" MAC, "t=1700000000,v0=ff,v1=" MAC,
        "t=1700000000,v1=00,v1=" MAC, "t=1700000000,v1=" MAC ",v1=00"};

    for (size_t i = 0; i < NELEM(bad); i++)
        CU_ASSERT_EQUAL(check(bad[i]), SIGN_MALFORMED);
    for (size_t i = 0; i < NELEM(wrong); i++)
        CU_ASSERT_EQUAL(check(wrong[i]), SIGN_WRONG);
    for (size_t i = 0; i < NELEM(good); i++)
        CU_ASSERT_EQUAL(check(good[i]), SIGN_OK);
    CU_ASSERT_EQUAL(sign_check(SECRET, STR_NULL, BODY, NOW, 300), SIGN_MALFORMED);
}

static CU_TestInfo tests[] = {
    {"vectors", test_vectors},
    {"the tolerance is exact", test_tolerance_is_exact},
    {"every byte counts", test_every_byte_counts},
    {"forms of the header", test_forms},
    CU_TEST_INFO_NULL,
};

CU_SuiteInfo sign_suite = {"sign", NULL, NULL, set_up, tear_down, tests};

