/* Which servers strangers may name. */
#include "fetch/addr.h"

#include <CUnit/CUnit.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static bool
public_address(const char *text)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};

    if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
        return addr_public((const struct sockaddr *)&in, sizeof(in));
    CU_ASSERT_EQUAL_FATAL(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
    return addr_public((const struct sockaddr *)&in6, sizeof(in6));
}

static void
test_the_internets_addresses(void)
{
    static const char *const ok[] = {"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0",
        "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.1", "169.253.0.1",
        "172.15.255.255", "172.32.0.0", "192.167.1.1", "192.169.0.1", "198.17.0.1",
        "198.20.0.1", "223.255.255.255", "2606:4700:4700::1111", "2a00:1450::1",
        "2001:4860:4860::8888", "64:ff9b::808:808", "2002:808:808::1", "::ffff:8.8.8.8"};

    for (size_t i = 0; i < NELEM(ok); i++)
        if (!public_address(ok[i]))
            CU_FAIL(ok[i]);
}

static void
test_addresses_that_are_not(void)
{
    static const char *const bad[] = {"0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255",
        "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254",
        "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1",
        "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.7",
        "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
        "::7f00:1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1",
        "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1", "2001::1",
        "2001:20::1", "2001:db8::1", "3fff::1", "2002:7f00:1::1", "2002:a00:1::1"};

    for (size_t i = 0; i < NELEM(bad); i++)
        if (public_address(bad[i]))
            CU_FAIL(bad[i]);
}

static void
test_other_families_are_refused(void)
{
    struct sockaddr sa = {.sa_family = AF_UNIX};
    struct sockaddr_in in = {.sin_family = AF_INET};

    CU_ASSERT_FALSE(addr_public(&sa, sizeof(sa)));
    CU_ASSERT_EQUAL(inet_pton(AF_INET, "8.8.8.8", &in.sin_addr), 1);
    CU_ASSERT_FALSE(addr_public((const struct sockaddr *)&in, 4));
}

static void
test_which_urls_may_be_called(void)
{
    static const char *const ok[] = {"http://example.com", "https://example.com/hook?a=b",
        "https://example.com:8443/x", "http://127.0.0.1:9/", "HTTPS://EXAMPLE.COM/",
        "http://[::1]:80/"};
    static const char *const bad[] = {"", "example.com/hook", "ftp://example.com/",
        "file:///etc/passwd", "gopher://x/", "http://", "http:///x",
        "https://u@example.com", "https://u:p@example.com/", "https://example.com/#a",
        "https://example.com/a b", "https://example.com/\r\nX: y", "https://exämple.com/",
        "http:example.com", "javascript:alert(1)", "smtp://example.com/",
        "http://example.com:99999/"};

    for (size_t i = 0; i < NELEM(ok); i++)
        if (!url_callable(str_c(ok[i]), 500))
            CU_FAIL(ok[i]);
    for (size_t i = 0; i < NELEM(bad); i++)
        if (url_callable(str_c(bad[i]), 500))
            CU_FAIL(bad[i]);
    CU_ASSERT_FALSE(url_callable(STR("http://example.com/12345"), 10));
}

static CU_TestInfo tests[] = {
    {"the Internet's addresses", test_the_internets_addresses},
    {"addresses that are not", test_addresses_that_are_not},
    {"other families are refused", test_other_families_are_refused},
    {"which URLs may be called", test_which_urls_may_be_called},
    CU_TEST_INFO_NULL,
};
CU_SuiteInfo addr_suite = {"addr", NULL, NULL, NULL, NULL, tests};
