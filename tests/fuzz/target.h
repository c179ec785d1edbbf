/* How a target is called: by libFuzzer under its one name, by the unit tests, which go through
 * the corpus each time (tests/unit/app_test_corpus.c), under a name of its own. */
#ifndef SOUK_TESTS_FUZZ_TARGET_H
#define SOUK_TESTS_FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>

#ifdef SOUK_CORPUS
#define FUZZ_NAME(name) fuzz_##name
#else
#define FUZZ_NAME(name) LLVMFuzzerTestOneInput
#endif
#define FUZZ_TARGET(name)                                                                \
    int FUZZ_NAME(name)(const uint8_t *data, size_t size);                               \
                                                                                         \
    int FUZZ_NAME(name)(const uint8_t *data, size_t size)

#endif
