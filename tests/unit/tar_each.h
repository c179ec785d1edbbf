/* Reading test data out of a .tar.gz without unpacking it on the disk. */
#ifndef SOUK_TESTS_TAR_EACH_H
#define SOUK_TESTS_TAR_EACH_H

#include "base/str.h"

/* Call fn(arg, name, content) for each regular file of $SOUK_TEST_DATA/`file`; returns
 * how many there were.  Without the data prints that the test is skipped, returns 0. */
size_t tar_each(const char *file, void (*fn)(void *arg, const char *name, struct str content),
    void *arg);
/* Whether $SOUK_TEST_DATA has `file`; its path in out[cap]. */
bool test_data(const char *file, char *out, size_t cap);

#endif
