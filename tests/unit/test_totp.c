/* lib/auth/totp and seal: the vectors of RFC 6238 and RFC 4648, codes that are used at their
 * time alone, and sealed texts that open for nobody else. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "auth/seal.h"
#include "auth/totp.h"

extern CU_SuiteInfo totp_suite;

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

/* RFC 6238, appendix B, its SHA-1 rows. */
static void
test_rfc_6238(void)
{
    static const struct {
        int64_t at_s;
        uint32_t code;
    } rows[] = {{59, 94287082}, {1111111109, 7081804}, {1111111111, 14050471},
        {1234567890, 89005924}, {2000000000, 69279037}, {INT64_C(20000000000), 65353130}};
    const struct str key = STR("12345678901234567890");
    size_t i;

    for (i = 0; i < NELEM(rows); i++)
        CU_ASSERT_EQUAL(totp_code(key, rows[i].at_s / 30, 8), rows[i].code);
}

static void
test_codes_of_their_time(void)
{
    const struct str key = STR("12345678901234567890");
    const int64_t now = INT64_C(1111111111000), step = now / TOTP_STEP_MS;

    CU_ASSERT_EQUAL(totp_match(key, STR("050471"), now), step);
    CU_ASSERT_EQUAL(totp_match(key, STR("050 471"), now), step);
    CU_ASSERT_EQUAL(totp_match(key, STR("050471"), now + TOTP_STEP_MS), step);
    CU_ASSERT_EQUAL(totp_match(key, STR("050471"), now - TOTP_STEP_MS), step);
    CU_ASSERT_EQUAL(totp_match(key, STR("050471"), now + 2 * TOTP_STEP_MS), 0);
    CU_ASSERT_EQUAL(totp_match(key, STR("050471"), now - 2 * TOTP_STEP_MS), 0);
    CU_ASSERT_EQUAL(totp_match(key, STR("050472"), now), 0);
    CU_ASSERT_EQUAL(totp_match(key, STR("50471"), now), 0);
    CU_ASSERT_EQUAL(totp_match(key, STR("0504710"), now), 0);
    CU_ASSERT_EQUAL(totp_match(key, STR("05047x"), now), 0);
    CU_ASSERT_EQUAL(totp_match(key, STR_NULL, now), 0);
}

/* RFC 4648, section 10, without the padding. */
static void
test_base32(void)
{
    static const char *const rows[][2] = {{"", ""}, {"f", "MY"}, {"fo", "MZXQ"},
        {"foo", "MZXW6"}, {"foob", "MZXW6YQ"}, {"fooba", "MZXW6YTB"},
        {"foobar", "MZXW6YTBOI"}};
    size_t i;

    for (i = 0; i < NELEM(rows); i++)
        CU_ASSERT(str_eq_c(base32(ar, str_c(rows[i][0])), rows[i][1]));
}

static struct token_keys
two_keys(void)
{
    struct token_keys k = {.n = 2};

    memcpy(k.k[0].kid, "new", 4);
    memcpy(k.k[1].kid, "old", 4);
    memset(k.k[0].key, 0x11, 32);
    memset(k.k[1].key, 0x22, 32);
    k.k[0].n = k.k[1].n = 32;
    return k;
}

static void
test_sealed_opens_for_its_owner_alone(void)
{
    const struct token_keys k = two_keys();
    struct str a, b, out;
    bool old = true;
    size_t i;
    char *bad;

    CU_ASSERT_EQUAL_FATAL(seal(&k, ar, "totp", STR("7"), STR("a secret"), &a), ERR_OK);
    CU_ASSERT_EQUAL_FATAL(seal(&k, ar, "totp", STR("7"), STR("a secret"), &b), ERR_OK);
    CU_ASSERT_FALSE(str_eq(a, b)); /* each with a nonce of its own */
    CU_ASSERT_PTR_NULL(memmem(a.p, a.n, "secret", 6));
    CU_ASSERT_EQUAL(unseal(&k, ar, "totp", STR("7"), a, &out, &old), ERR_OK);
    CU_ASSERT(str_eq_c(out, "a secret") && !old);
    CU_ASSERT_EQUAL(unseal(&k, ar, "totp", STR("8"), a, &out, &old), ERR_BAD);
    CU_ASSERT_EQUAL(unseal(&k, ar, "mail", STR("7"), a, &out, &old), ERR_BAD);
    for (i = 0; i < a.n; i++) {
        bad = arena_cstr(ar, a);
        bad[i] = (char)(bad[i] ^ 1);
        CU_ASSERT_NOT_EQUAL(
            unseal(&k, ar, "totp", STR("7"), (struct str){bad, a.n}, &out, &old), ERR_OK);
        CU_ASSERT_NOT_EQUAL(
            unseal(&k, ar, "totp", STR("7"), str_sub(a, 0, i), &out, &old), ERR_OK);
    }
}

static void
test_sealed_outlives_a_new_key(void)
{
    struct token_keys k = two_keys(), before = {.n = 1};
    struct str a, out;
    bool old = false;

    before.k[0] = k.k[1];
    CU_ASSERT_EQUAL_FATAL(seal(&before, ar, "totp", STR("7"), STR("s"), &a), ERR_OK);
    CU_ASSERT_EQUAL(unseal(&k, ar, "totp", STR("7"), a, &out, &old), ERR_OK);
    CU_ASSERT(old);
    k.n = 1;
    CU_ASSERT_EQUAL(unseal(&k, ar, "totp", STR("7"), a, &out, &old), ERR_NOT_FOUND);
}

static CU_TestInfo tests[] = {
    {"RFC 6238's codes", test_rfc_6238},
    {"a code is good at its time", test_codes_of_their_time},
    {"RFC 4648's base32", test_base32},
    {"a sealed text opens for its owner alone", test_sealed_opens_for_its_owner_alone},
    {"a sealed text outlives a new key", test_sealed_outlives_a_new_key},
    CU_TEST_INFO_NULL,
};
CU_SuiteInfo totp_suite = {"totp", NULL, NULL, set_up, tear_down, tests};
