/* The unit tests of lib/: every suite of lib_suites.h, which scripts/dev/list-sources
 * writes. */
#include "runner.h"

#define SUITE(name) extern CU_SuiteInfo name;
#include "lib_suites.h"
#undef SUITE

int
main(int argc, char **argv)
{
    static const CU_SuiteInfo *const suites[] = {
#define SUITE(name) &(name),
#include "lib_suites.h"
#undef SUITE
    };

    return run_suites(suites, sizeof(suites) / sizeof(suites[0]), argc, argv);
}
