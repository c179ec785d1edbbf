/* Clocks and the two text forms of a time that leave the program.  Reads no time zone. */
#include "base/clock.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MS_MIN (INT64_C(-62167219200) * 1000)       /* 0000-01-01T00:00:00.000Z */
#define MS_MAX (INT64_C(253402300799) * 1000 + 999) /* 9999-12-31T23:59:59.999Z */

static struct timespec
now(clockid_t id)
{
    struct timespec ts;

    if (clock_gettime(id, &ts) != 0)
        abort();
    return ts;
}

int64_t
clock_ms(void)
{
    struct timespec ts = now(CLOCK_REALTIME);

    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
clock_mono_us(void)
{
    struct timespec ts = now(CLOCK_MONOTONIC);

    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* Broken-down UTC; times outside the four-digit years are brought to their ends.
 * Returns the milliseconds of the second. */
static int
to_tm(int64_t ms, struct tm *tm)
{
    int64_t frac;
    time_t s;

    if (ms < MS_MIN)
        ms = MS_MIN;
    if (ms > MS_MAX)
        ms = MS_MAX;
    frac = ms % 1000;
    if (frac < 0)
        frac += 1000;
    s = (time_t)((ms - frac) / 1000);
    if (gmtime_r(&s, tm) == NULL)
        abort();
    return (int)frac;
}

static char *
put_digits(char *out, int v, int width)
{
    int i;

    for (i = width - 1; i >= 0; i--) {
        out[i] = (char)('0' + v % 10);
        v /= 10;
    }
    return out + width;
}

static char *
put_hms(char *p, const struct tm *tm)
{
    p = put_digits(p, tm->tm_hour, 2);
    *p++ = ':';
    p = put_digits(p, tm->tm_min, 2);
    *p++ = ':';
    return put_digits(p, tm->tm_sec, 2);
}

char *
time_rfc3339(char out[TIME_RFC3339_N], int64_t ms)
{
    struct tm tm;
    int frac = to_tm(ms, &tm);
    char *p = put_digits(out, tm.tm_year + 1900, 4);

    *p++ = '-';
    p = put_digits(p, tm.tm_mon + 1, 2);
    *p++ = '-';
    p = put_digits(p, tm.tm_mday, 2);
    *p++ = 'T';
    p = put_hms(p, &tm);
    *p++ = '.';
    p = put_digits(p, frac, 3);
    *p++ = 'Z';
    *p = '\0';
    return out;
}

char *
time_http(char out[TIME_HTTP_N], int64_t ms)
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct tm tm;
    char *p = out;

    to_tm(ms, &tm);
    memcpy(p, days + (ptrdiff_t)tm.tm_wday * 3, 3);
    p[3] = ',';
    p[4] = ' ';
    p = put_digits(p + 5, tm.tm_mday, 2);
    *p++ = ' ';
    memcpy(p, months + (ptrdiff_t)tm.tm_mon * 3, 3);
    p[3] = ' ';
    p = put_digits(p + 4, tm.tm_year + 1900, 4);
    *p++ = ' ';
    p = put_hms(p, &tm);
    memcpy(p, " GMT", 5);
    return out;
}

/* `width` digits at *at, moved behind them; -1: they are not there. */
static int
take_digits(struct str s, size_t *at, size_t width)
{
    int v = 0;

    for (size_t i = 0; i < width; i++, (*at)++) {
        if (*at >= s.n || s.p[*at] < '0' || s.p[*at] > '9')
            return -1;
        v = v * 10 + (s.p[*at] - '0');
    }
    return v;
}

static bool
take_char(struct str s, size_t *at, const char *any)
{
    return *at < s.n && s.p[*at] != '\0' && strchr(any, s.p[(*at)++]) != NULL;
}

/* Milliseconds of ".5", ".25", ".123456"; none is 0. -1: no digit behind the point. */
static int
take_fraction(struct str s, size_t *at)
{
    int ms = 0, scale = 100;
    size_t first;

    if (*at >= s.n || s.p[*at] != '.')
        return 0;
    first = ++*at;
    for (; *at < s.n && s.p[*at] >= '0' && s.p[*at] <= '9'; (*at)++, scale /= 10)
        ms += (s.p[*at] - '0') * scale;
    return *at > first ? ms : -1;
}

/* Minutes east of UTC. */
static bool
take_offset(struct str s, size_t *at, int *minutes)
{
    int h, m, sign;

    *minutes = 0;
    if (*at < s.n && (s.p[*at] == 'Z' || s.p[*at] == 'z')) {
        ++*at;
        return true;
    }
    if (!take_char(s, at, "+-"))
        return false;
    sign = s.p[*at - 1] == '-' ? -1 : 1;
    h = take_digits(s, at, 2);
    if (!take_char(s, at, ":"))
        return false;
    m = take_digits(s, at, 2);
    *minutes = sign * (h * 60 + m);
    return h >= 0 && h <= 23 && m >= 0 && m <= 59;
}

bool
time_rfc3339_parse(struct str s, int64_t *ms)
{
    struct tm tm = {.tm_sec = 0}, back;
    size_t at = 0;
    int frac, east;
    time_t t;

    tm.tm_year = take_digits(s, &at, 4) - 1900;
    if (!take_char(s, &at, "-"))
        return false;
    tm.tm_mon = take_digits(s, &at, 2) - 1;
    if (!take_char(s, &at, "-"))
        return false;
    tm.tm_mday = take_digits(s, &at, 2);
    if (!take_char(s, &at, "Tt "))
        return false;
    tm.tm_hour = take_digits(s, &at, 2);
    if (!take_char(s, &at, ":"))
        return false;
    tm.tm_min = take_digits(s, &at, 2);
    if (!take_char(s, &at, ":"))
        return false;
    tm.tm_sec = take_digits(s, &at, 2);
    frac = take_fraction(s, &at);
    if (frac < 0 || !take_offset(s, &at, &east) || at != s.n)
        return false;
    back = tm;
    t = timegm(&back); /* brings a 31 April to May: then they differ */
    if (tm.tm_year < 70 || back.tm_mday != tm.tm_mday || back.tm_mon != tm.tm_mon ||
        back.tm_hour != tm.tm_hour || back.tm_min != tm.tm_min || back.tm_sec != tm.tm_sec)
        return false;
    *ms = (int64_t)t * 1000 + frac - (int64_t)east * 60000;
    return *ms >= 0;
}

void
clock_sleep_ms(int64_t ms)
{
    struct timespec ts;

    if (ms <= 0)
        return;
    ts.tv_sec = (time_t)(ms / 1000);
    ts.tv_nsec = (long)(ms % 1000) * 1000000;
    (void)nanosleep(&ts, NULL);
}
