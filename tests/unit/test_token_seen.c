/* Tokens that were verified before are still asked for their end, and only those that were
 * accepted are remembered. */
#include <CUnit/CUnit.h>
#include <string.h>

#include "auth/token_seen.h"

extern CU_SuiteInfo token_seen_suite;

#define NOW INT64_C(1700000000000)

static struct token_keys keys;
static struct arena *ar;

static void
up(void)
{
    ar = arena_new(4096);
    keys = (struct token_keys){.n = 1, .iss = "souk", .aud = "shop"};
    memcpy(keys.k[0].kid, "k1", 3);
    memset(keys.k[0].key, 'k', TOKEN_KEY_MIN);
    keys.k[0].n = TOKEN_KEY_MIN;
}

static void
down(void)
{
    arena_free(ar);
}

static struct str
token_of(int64_t user, int64_t exp_ms)
{
    struct token_claims c = {.user_id = user, .session_id = 1, .exp_ms = exp_ms};
    struct str t = STR_NULL;

    memcpy(c.role, "customer", 9);
    CU_ASSERT_EQUAL(token_sign(&keys, &c, ar, &t), ERR_OK);
    return t;
}

static void
test_a_token_seen_before_ends_when_it_ends(void)
{
    struct token_seen *s = token_seen_new(8);
    struct token_claims c;
    struct str t = token_of(7, NOW + 60000);

    for (int i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(token_seen_verify(s, &keys, t, NOW, &c), ERR_OK);
        CU_ASSERT_EQUAL(c.user_id, 7);
    }
    CU_ASSERT_EQUAL(token_seen_verify(s, &keys, t, NOW + 59999, &c), ERR_OK);
    CU_ASSERT_EQUAL(token_seen_verify(s, &keys, t, NOW + 60000, &c), ERR_AUTH);
    token_seen_free(s);
}

static void
test_a_changed_token_is_another(void)
{
    struct token_seen *s = token_seen_new(1);
    struct token_claims c;
    struct str t = token_of(7, NOW + 60000);
    char *bad = arena_cstr(ar, t);

    CU_ASSERT_EQUAL(token_seen_verify(s, &keys, t, NOW, &c), ERR_OK);
    bad[t.n - 5] = bad[t.n - 5] == 'A' ? 'B' : 'A';
    CU_ASSERT_EQUAL(token_seen_verify(s, &keys, (struct str){bad, t.n}, NOW, &c), ERR_AUTH);
    CU_ASSERT_EQUAL(token_seen_verify(s, &keys, (struct str){bad, t.n}, NOW, &c), ERR_AUTH);
    CU_ASSERT_EQUAL(token_seen_verify(s, &keys, t, NOW, &c), ERR_OK);
    token_seen_free(s);
}

static void
test_tokens_that_share_a_place_keep_their_claims(void)
{
    struct token_seen *s = token_seen_new(1);
    struct token_claims c;
    struct str t[3];

    for (int i = 0; i < 3; i++)
        t[i] = token_of(10 + i, NOW + 60000);
    for (int i = 0; i < 9; i++) {
        CU_ASSERT_EQUAL(token_seen_verify(s, &keys, t[i % 3], NOW, &c), ERR_OK);
        CU_ASSERT_EQUAL(c.user_id, 10 + i % 3);
    }
    token_seen_free(s);
}

static CU_TestInfo tests[] = {
    {"a token seen before ends when it ends", test_a_token_seen_before_ends_when_it_ends},
    {"a changed token is another", test_a_changed_token_is_another},
    {"tokens that share a place keep their claims",
        test_tokens_that_share_a_place_keep_their_claims},
    CU_TEST_INFO_NULL,
};

CU_SuiteInfo token_seen_suite = {"token seen", NULL, NULL, up, down, tests};
