/* QR codes: the marks by which readers find them, and what is too much for one. That they
 * are read as what was put in is tests/browser's to see, with a reader of its own. */
#include <CUnit/CUnit.h>
#include <string.h>

#include "html/qr.h"

extern CU_SuiteInfo qr_suite;

static struct arena *arena;

static void
set_up(void)
{
    arena = arena_new((size_t)64 << 10);
}

static void
tear_down(void)
{
    arena_free(arena);
}

static void
test_the_marks_are_there(void)
{
    struct qr qr;

    CU_ASSERT_EQUAL_FATAL(qr_make(arena, STR("otpauth://totp/Souk"), &qr), ERR_OK);
    /* Version 2 at level M: 25 modules, and 4 of white on each side. */
    CU_ASSERT_EQUAL(qr.size, 33);
    /* The upper edges of the two upper marks, the lower edge of the third. */
    CU_ASSERT(str_starts(qr.path, STR("M4 4h7v1h-7z")));
    CU_ASSERT_PTR_NOT_NULL(strstr(arena_cstr(arena, qr.path), "M22 4h7v1h-7z"));
    CU_ASSERT_PTR_NOT_NULL(strstr(arena_cstr(arena, qr.path), "M4 28h7v1h-7z"));
}

static void
test_too_much_is_refused(void)
{
    static char much[4000];
    struct qr qr;

    memset(much, 'x', sizeof(much));
    CU_ASSERT_EQUAL(qr_make(arena, (struct str){much, sizeof(much)}, &qr), ERR_TOO_LARGE);
    CU_ASSERT_EQUAL(qr_make(arena, (struct str){much, 2000}, &qr), ERR_OK);
    CU_ASSERT_EQUAL(qr_make(arena, STR(""), &qr), ERR_TOO_LARGE);
}

static CU_TestInfo tests[] = {
    {"the marks that readers look for are there", test_the_marks_are_there},
    {"what no code can hold is refused", test_too_much_is_refused},
    CU_TEST_INFO_NULL,
};
CU_SuiteInfo qr_suite = {"qr", NULL, NULL, set_up, tear_down, tests};
