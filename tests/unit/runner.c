/* Runs the suites of one unit-test program and counts tests, not assertions. */
#include "runner.h"

#include <CUnit/Basic.h>
#include <CUnit/TestRun.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool
wanted(const char *name, int argc, char **argv)
{
    int i;

    for (i = 1; i < argc; i++)
        if (strstr(name, argv[i]) != NULL)
            return true;
    return argc < 2;
}

static bool
add_suite(const CU_SuiteInfo *s)
{
    CU_pSuite suite = CU_add_suite_with_setup_and_teardown(
        s->pName, s->pInitFunc, s->pCleanupFunc, s->pSetUpFunc, s->pTearDownFunc);
    const CU_TestInfo *t;

    if (suite == NULL)
        return false;
    for (t = s->pTests; t->pName != NULL; t++)
        if (CU_add_test(suite, t->pName, t->pTestFunc) == NULL)
            return false;
    return true;
}

int
run_suites(const CU_SuiteInfo *const *suites, size_t n, int argc, char **argv)
{
    unsigned ran, failed;
    size_t i;

    if (CU_initialize_registry() != CUE_SUCCESS)
        return 1;
    for (i = 0; i < n; i++)
        if (wanted(suites[i]->pName, argc, argv) && !add_suite(suites[i])) {
            (void)printf("%s: %s\n", suites[i]->pName, CU_get_error_msg());
            return 1;
        }
    CU_basic_set_mode(CU_BRM_NORMAL);
    if (CU_basic_run_tests() != CUE_SUCCESS)
        return 1;
    ran = CU_get_number_of_tests_run();
    failed = CU_get_number_of_tests_failed() + CU_get_number_of_suites_failed();
    CU_cleanup_registry();
    (void)printf("%u passed, %u failed\n", ran - (failed < ran ? failed : ran), failed);
    /* A run of nothing is no success: a misspelt word would pass for ever. */
    return failed > 0 || ran == 0;
}
