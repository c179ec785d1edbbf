/* lib/auth: key files, hashes and MACs against published values, text forms. */
#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/token.h"
#include "auth/token_int.h"

extern CU_SuiteInfo token_keys_suite;

static struct arena *ar;
static struct token_keys keys;

static void
set_up(void)
{
    ar = arena_new(65536);
    keys = (struct token_keys){.n = 1, .iss = "souk", .aud = "shop"};
    memset(keys.k[0].key, 0x11, 32);
    keys.k[0].n = 32;
}

static void
tear_down(void)
{
    arena_free(ar);
}

#define HEX32 "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F"

static enum err
load(const char *text, mode_t mode, char *msg, size_t msg_n)
{
    char path[] = "/tmp/souk-keys-XXXXXX";
    int fd = mkstemp(path);
    enum err e;

    CU_ASSERT_FATAL(fd >= 0);
    CU_ASSERT_EQUAL_FATAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    CU_ASSERT_EQUAL(fchmod(fd, mode), 0);
    CU_ASSERT_EQUAL(close(fd), 0);
    e = token_keys_load(&keys, path, msg, msg_n);
    CU_ASSERT_EQUAL(unlink(path), 0);
    return e;
}

static void
test_key_file(void)
{
    static const struct {
        const char *text, *says;
        mode_t mode;
    } bad[] = {
        {"k1 " HEX32 "\n", "others may read", 0644},
        {"k1 " HEX32 "\n", "others may read or write", 0620},
        {"", "no key", 0600},
        {"# only a comment\n", "no key", 0600},
        {"k1\n", "line 1: not", 0600},
        {"k1 0011\n", "line 1: a key is", 0600},
        {"k1 " HEX32 "0\n", "line 1: a key is", 0600},
        {"k1 " HEX32 "zz\n", "line 1: a key is", 0600},
        {"k1 " HEX32 HEX32 "00\n", "line 1: a key is", 0600},
        {"k1 " HEX32 "\nk1 " HEX32 "\n", "line 2: the kid is there twice", 0600},
        {"seventeen-chars-x " HEX32 "\n", "line 1: a kid is", 0600},
        {"k\"1 " HEX32 "\n", "line 1: a kid is", 0600},
        {"a " HEX32 "\nb " HEX32 "\nc " HEX32 "\nd " HEX32 "\ne " HEX32, "line 5: more",
            0600},
    };
    char msg[256];
    size_t i;

    CU_ASSERT_EQUAL_FATAL(load("# today\nnow " HEX32 "\n\nold  " HEX32 HEX32 "\r\n", 0640,
                              msg, sizeof(msg)),
        ERR_OK);
    CU_ASSERT_EQUAL(keys.n, 2);
    CU_ASSERT_STRING_EQUAL(keys.k[0].kid, "now");
    CU_ASSERT_EQUAL(keys.k[0].n, 32);
    CU_ASSERT_EQUAL(keys.k[0].key[31], 0x1f);
    CU_ASSERT_EQUAL(keys.k[1].n, 64);
    CU_ASSERT_STRING_EQUAL(keys.iss, "souk");
    for (i = 0; i < NELEM(bad); i++) {
        CU_ASSERT_EQUAL(load(bad[i].text, bad[i].mode, msg, sizeof(msg)), ERR_INVALID);
        CU_ASSERT_PTR_NOT_NULL(strstr(msg, bad[i].says));
        CU_ASSERT_PTR_NULL(strstr(msg, "0102"));
        CU_ASSERT_EQUAL(keys.n, 0);
    }
    CU_ASSERT_EQUAL(
        token_keys_load(&keys, "/nonexistent/keys", msg, sizeof(msg)), ERR_INVALID);
    CU_ASSERT_EQUAL(token_keys_load(&keys, "/tmp", msg, sizeof(msg)), ERR_INVALID);
}

static void
test_hashes_agree_with_the_standards(void)
{
    unsigned char h[SHA256_N], key[20];
    struct str hi = STR("Hi There");

    sha256("abc", 3, h);
    CU_ASSERT_TRUE(str_eq_c(hex(ar, h, 32),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    memset(key, 0x0b, sizeof(key)); /* RFC 4231, case 1 */
    hmac_sha256(key, sizeof(key), &hi, 1, h);
    CU_ASSERT_TRUE(str_eq_c(hex(ar, h, 32),
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"));
}

static void
test_macs_differ_by_purpose_data_and_key(void)
{
    unsigned char a[SHA256_N], b[SHA256_N];

    token_mac(&keys, "csrf", STR("7"), a);
    token_mac(&keys, "csrf", STR("7"), b);
    CU_ASSERT_EQUAL(memcmp(a, b, sizeof(a)), 0);
    token_mac(&keys, "csrf7", STR(""), b);
    CU_ASSERT_NOT_EQUAL(memcmp(a, b, sizeof(a)), 0);
    token_mac(&keys, "csrf7", STR_NULL, a);
    CU_ASSERT_EQUAL(memcmp(a, b, sizeof(a)), 0);
    keys.k[0].key[0] ^= 1;
    token_mac(&keys, "csrf7", STR(""), b);
    CU_ASSERT_NOT_EQUAL(memcmp(a, b, sizeof(a)), 0);
}

static void
test_text_forms(void)
{
    static const char *const bad[] = {
        "A", "AAAAA", "AB", "AAB", "A+AA", "A/AA", "AA==", " "};
    unsigned char bytes[256];
    struct str s, back;
    size_t i;

    for (i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(i * 7);
    for (i = 0; i <= sizeof(bytes); i++) {
        s = b64url(ar, bytes, i);
        CU_ASSERT_TRUE(b64url_decode(ar, s, &back));
        CU_ASSERT_TRUE(back.n == i && memcmp(back.p, bytes, i) == 0);
    }
    CU_ASSERT_TRUE(str_eq_c(b64url(ar, "\xfb\xff\xfe", 3), "-__-"));
    CU_ASSERT_TRUE(str_eq_c(b64url(ar, "fooba", 5), "Zm9vYmE"));
    for (i = 0; i < NELEM(bad); i++)
        CU_ASSERT_FALSE(b64url_decode(ar, str_c(bad[i]), &back));
    CU_ASSERT_TRUE(secret_eq(STR("abc"), STR("abc")));
    CU_ASSERT_FALSE(secret_eq(STR("abc"), STR("abd")));
    CU_ASSERT_FALSE(secret_eq(STR("abc"), STR("abcd")));
    CU_ASSERT_TRUE(secret_eq(STR(""), STR_NULL));
}

static CU_TestInfo tests[] = {
    {"key files are read or refused with a reason", test_key_file},
    {"hashes agree with the standards", test_hashes_agree_with_the_standards},
    {"MACs differ by purpose, data and key", test_macs_differ_by_purpose_data_and_key},
    {"text forms are strict", test_text_forms},
    CU_TEST_INFO_NULL,
};
CU_SuiteInfo token_keys_suite = {"token_keys", NULL, NULL, set_up, tear_down, tests};
