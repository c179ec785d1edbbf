/* Addresses, by the registries of special-purpose addresses (RFC 6890 and its updates).
 */
#include "fetch/addr.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <string.h>

struct range {
    uint32_t first;
    int bits;
};

static bool
v4_public(uint32_t ip)
{
    static const struct range special[] = {
        {0x00000000, 8},  /* this network */
        {0x0a000000, 8},  /* private */
        {0x64400000, 10}, /* shared by carriers */
        {0x7f000000, 8},  /* loopback */
        {0xa9fe0000, 16}, /* link-local, and where clouds keep their secrets */
        {0xac100000, 12}, /* private */
        {0xc0000000, 24}, /* protocol assignments */
        {0xc0000200, 24}, /* documentation */
        {0xc0586300, 24}, /* 6to4 relays */
        {0xc0a80000, 16}, /* private */
        {0xc6120000, 15}, /* benchmarks */
        {0xc6336400, 24}, /* documentation */
        {0xcb007100, 24}, /* documentation */
        {0xe0000000, 4},  /* multicast */
        {0xf0000000, 4},  /* reserved, broadcast */
    };

    for (size_t i = 0; i < NELEM(special); i++)
        if (((ip ^ special[i].first) >> (32 - special[i].bits)) == 0)
            return false;
    return true;
}

static uint32_t
v4_at(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Of 2000::/3, all that is given out so far, without what is special there; and IPv4
 * behind a translator. */
static bool
v6_public(const unsigned char ip[16])
{
    static const unsigned char nat64[12] = {0x00, 0x64, 0xff, 0x9b};
    static const unsigned char documentation[4] = {0x20, 0x01, 0x0d, 0xb8};
    static const unsigned char documentation_new[2] = {0x3f, 0xff};

    if (memcmp(ip, nat64, sizeof(nat64)) == 0)
        return v4_public(v4_at(ip + 12));
    if ((ip[0] & 0xe0) != 0x20)
        return false;
    if (ip[0] == 0x20 && ip[1] == 0x02)
        return v4_public(v4_at(ip + 2));
    /* 2001::/23: Teredo, ORCHID and other protocols. */
    if (ip[0] == 0x20 && ip[1] == 0x01 && ip[2] < 0x02)
        return false;
    return memcmp(ip, documentation, sizeof(documentation)) != 0 &&
           !(memcmp(ip, documentation_new, 2) == 0 && ip[2] < 0x10);
}

bool
addr_public(const struct sockaddr *sa, socklen_t n)
{
    struct sockaddr_in in;
    struct sockaddr_in6 in6;

    if (sa->sa_family == AF_INET && n >= (socklen_t)sizeof(in)) {
        memcpy(&in, sa, sizeof(in));
        return v4_public(ntohl(in.sin_addr.s_addr));
    }
    if (sa->sa_family != AF_INET6 || n < (socklen_t)sizeof(in6))
        return false;
    memcpy(&in6, sa, sizeof(in6));
    if (IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr))
        return v4_public(v4_at(in6.sin6_addr.s6_addr + 12));
    return v6_public(in6.sin6_addr.s6_addr);
}

static bool
plain(struct str url, size_t max)
{
    if (url.n == 0 || url.n > max)
        return false;
    for (size_t i = 0; i < url.n; i++)
        if (url.p[i] <= ' ' || (unsigned char)url.p[i] > 0x7e)
            return false;
    return true;
}

/* Is the part there, with something in it? */
static bool
has(CURLU *u, CURLUPart what)
{
    char *p = NULL;
    bool yes = curl_url_get(u, what, &p, 0) == CURLUE_OK && p[0] != '\0';

    curl_free(p);
    return yes;
}

bool
url_callable(struct str url, size_t max)
{
    char text[2048];
    size_t host;
    CURLU *u;
    bool ok;

    if (max >= sizeof(text) || !plain(url, max))
        return false;
    memcpy(text, url.p, url.n);
    text[url.n] = '\0';
    host = strncasecmp(text, "http://", 7) == 0 ? 7 : 8;
    if (host == 8 && strncasecmp(text, "https://", 8) != 0)
        return false;
    /* curl would take a third slash for a slip of the pen. */
    if (text[host] == '/')
        return false;
    if ((u = curl_url()) == NULL)
        return false;
    ok = curl_url_set(u, CURLUPART_URL, text, 0) == CURLUE_OK && has(u, CURLUPART_HOST) &&
         !has(u, CURLUPART_USER) && !has(u, CURLUPART_PASSWORD) &&
         !has(u, CURLUPART_FRAGMENT);
    curl_url_cleanup(u);
    return ok;
}
