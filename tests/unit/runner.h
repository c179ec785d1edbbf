/* Running CUnit suites: what lib_main.c and app_main.c share. */
#ifndef SOUK_TESTS_RUNNER_H
#define SOUK_TESTS_RUNNER_H

#include <CUnit/CUnit.h>
#include <stddef.h>

/* Run the suites whose name contains one of the words argv[1..] (all without words).
 * Prints each failure and "N passed, N failed"; returns the exit status. */
int run_suites(const CU_SuiteInfo *const *suites, size_t n, int argc, char **argv);

#endif
