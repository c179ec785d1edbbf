/* Statuses and slugs as the contract has them, the fault's bounds, and the log's lines.
 */
#include "base/err.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

static struct fault flt;

static void
set_up(void)
{
    memset(&flt, 0x5a, sizeof(flt));
    fault_clear(&flt);
}

static void
test_statuses(void)
{
    static const int want[ERR__MAX] = {200, 400, 401, 402, 403, 404, 405, 406, 409, 412,
        413, 415, 422, 428, 429, 500, 503, 503};
    size_t i, j;

    for (i = 0; i < ERR__MAX; i++) {
        CU_ASSERT_EQUAL(err_status((enum err)i), want[i]);
        CU_ASSERT(strlen(err_title((enum err)i)) > 0);
        for (j = 0; j < i; j++)
            CU_ASSERT_STRING_NOT_EQUAL(err_slug((enum err)i), err_slug((enum err)j));
    }
    CU_ASSERT_STRING_EQUAL(err_slug(ERR_INVALID), "validation_failed");
    CU_ASSERT_EQUAL(err_status(ERR__MAX), 500);
}

static void
test_fault_set(void)
{
    CU_ASSERT_EQUAL(fault_set(&flt, ERR_CONFLICT, "paid", "order %d", 7), ERR_CONFLICT);
    CU_ASSERT_STRING_EQUAL(flt.slug, "paid");
    CU_ASSERT_STRING_EQUAL(flt.detail, "order 7");
    CU_ASSERT_EQUAL(fault_set(&flt, ERR_BAD, NULL, "x"), ERR_BAD);
    CU_ASSERT_STRING_EQUAL(flt.slug, "");
    CU_ASSERT_EQUAL(fault_set(NULL, ERR_LIMIT, "a", "b"), ERR_LIMIT);
}

static void
test_detail_is_cut_between_code_points(void)
{
    char text[400];
    size_t i;

    for (i = 0; i + 2 < sizeof(text); i += 2)
        memcpy(text + i, "\xc3\xa9", 3);
    (void)fault_set(&flt, ERR_BAD, NULL, "x%s", text);
    CU_ASSERT_EQUAL(strlen(flt.detail), sizeof(flt.detail) - 1);
    CU_ASSERT(str_utf8_valid(str_c(flt.detail)));
    (void)fault_set(&flt, ERR_BAD, NULL, "%s", text);
    CU_ASSERT_EQUAL(strlen(flt.detail), sizeof(flt.detail) - 2);
}

static void
test_fields_are_bounded(void)
{
    size_t i;

    for (i = 0; i < FAULT_FIELDS_MAX + 5; i++)
        CU_ASSERT_EQUAL(fault_field(&flt, "/a", "required", "no %zu", i), ERR_INVALID);
    CU_ASSERT_EQUAL(flt.n, FAULT_FIELDS_MAX);
    CU_ASSERT_STRING_EQUAL(flt.field[31].detail, "no 31");
    CU_ASSERT_STRING_EQUAL(flt.field[0].pointer, "/a");
    CU_ASSERT_STRING_EQUAL(flt.field[0].extra, "");
    CU_ASSERT_EQUAL(fault_field(NULL, "/a", "b", "c"), ERR_INVALID);
}

static void
test_extra_members_are_json(void)
{
    (void)fault_field(&flt, "/items/0", "out_of_stock", "short");
    fault_extra_str(&flt, "sku", STR("A\"1"));
    fault_extra_i64(&flt, "available", -2);
    CU_ASSERT_STRING_EQUAL(flt.field[0].extra, "\"sku\":\"A\\\"1\",\"available\":-2");
}

static void
test_extra_that_does_not_fit_is_left_out_whole(void)
{
    char text[190];

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    fault_extra_i64(&flt, "early", 1);
    (void)fault_field(&flt, "/a", "b", "c");
    fault_extra_i64(&flt, "n", 1);
    fault_extra_str(&flt, "long", str_c(text));
    CU_ASSERT_STRING_EQUAL(flt.field[0].extra, "\"n\":1");
    fault_extra_str(NULL, "a", STR("b"));
}

/* The lines that `say` logs, as one text. */
static size_t
logged(char *out, size_t cap, void (*say)(void))
{
    ssize_t n = 0;
    int fd[2];

    out[0] = '\0';
    if (pipe(fd) != 0)
        return 0;
    log_init(LOG_LVL_INFO, fd[1]);
    say();
    log_init(LOG_LVL_INFO, 2);
    (void)close(fd[1]);
    n = read(fd[0], out, cap - 1);
    (void)close(fd[0]);
    out[n > 0 ? n : 0] = '\0';
    return n > 0 ? (size_t)n : 0;
}

static void
say_injection(void)
{
    log_set_request(STR("r1"));
    errno = EAGAIN;
    log_warn("http", "path=%s", "/a\n2026-01-01 error forged \x1b[31m");
    CU_ASSERT_EQUAL(errno, EAGAIN);
    log_debug("http", "hidden");
    log_set_request(STR(""));
}

static void
test_log_line_cannot_be_forged(void)
{
    char out[4096];
    size_t n = logged(out, sizeof(out), say_injection);

    CU_ASSERT_FATAL(n > 30);
    CU_ASSERT_PTR_EQUAL(strchr(out, '\n'), out + n - 1);
    CU_ASSERT_EQUAL(out[23], 'Z');
    CU_ASSERT_STRING_EQUAL(
        out + 24, " warn r1 http path=/a\\n2026-01-01 error forged \\x1b[31m\n");
}

static void
say_much(void)
{
    static char text[5000];

    memset(text, '\n', sizeof(text) - 1);
    log_error("m", "%s", text);
    log_set_request(
        STR("0123456789012345678901234567890123456789012345678901234567890123456"));
    log_error("m", "x");
    log_set_request(STR(""));
}

static void
test_log_line_is_bounded(void)
{
    char out[8192], *end;

    CU_ASSERT_FATAL(logged(out, sizeof(out), say_much) > 0);
    end = strchr(out, '\n');
    CU_ASSERT_PTR_NOT_NULL_FATAL(end);
    CU_ASSERT(end - out < 2048 && memcmp(end - 3, "...", 3) == 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(end, "error 01234567890123456789012345678901234567890"
                                       "1234567890123456789012 m x\n"));
}

static void
test_trace_adds_up(void)
{
    trace_reset();
    trace_add(TRACE_DB, 5);
    trace_add(TRACE_DB, 7);
    trace_add(TRACE_CACHE, 1);
    CU_ASSERT(trace_get(TRACE_DB) == 12 && trace_get(TRACE_CACHE) == 1);
    trace_reset();
    CU_ASSERT(trace_get(TRACE_DB) == 0 && trace_get(TRACE_CACHE) == 0);
}

static CU_TestInfo tests[] = {
    {"statuses and slugs", test_statuses},
    {"a fault's slug and detail", test_fault_set},
    {"a detail is cut between code points", test_detail_is_cut_between_code_points},
    {"fields are bounded", test_fields_are_bounded},
    {"extra members are JSON", test_extra_members_are_json},
    {"an extra that does not fit is left out whole",
        test_extra_that_does_not_fit_is_left_out_whole},
    {"log: a line cannot be forged", test_log_line_cannot_be_forged},
    {"log: a line is bounded", test_log_line_is_bounded},
    {"log: the trace adds up", test_trace_adds_up},
    CU_TEST_INFO_NULL,
};
CU_SuiteInfo err_suite = {"err", NULL, NULL, set_up, NULL, tests};
