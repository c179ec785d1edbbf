/* The fixed corpus of the fuzz targets (tests/fuzz), each time and with every compiler: what
 * broke a reader once, or is near to what would, does not come back. A target that finds
 * something aborts. */
#include <CUnit/CUnit.h>
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

extern CU_SuiteInfo corpus_suite;

#define INPUT_MAX ((size_t)64 << 10)

typedef int fuzz_fn(const uint8_t *data, size_t size);
fuzz_fn fuzz_cookie, fuzz_fcgi_params, fuzz_import_line, fuzz_json, fuzz_jwt, fuzz_multipart,
    fuzz_tmpl, fuzz_urlencoded;

static void
one_file(fuzz_fn *fn, const char *path)
{
    FILE *f = fopen(path, "rbe");
    uint8_t *text, *exact;
    size_t n;

    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    text = malloc(INPUT_MAX);
    n = fread(text, 1, INPUT_MAX, f);
    (void)fclose(f);
    /* As large as it is: a byte read beyond it is seen by a sanitizer. */
    exact = malloc(n > 0 ? n : 1);
    for (size_t i = 0; i < n; i++)
        exact[i] = text[i];
    CU_ASSERT_EQUAL(fn(exact, n), 0);
    for (size_t cut = 0; cut < n && cut < 64; cut++)
        CU_ASSERT_EQUAL(fn(exact, cut), 0);
    free(exact);
    free(text);
}

static void
each_file(const char *name, fuzz_fn *fn)
{
    char path[512];
    struct dirent *d;
    int files = 0;
    DIR *dir;

    (void)snprintf(path, sizeof(path), "%s/%s", SOUK_FUZZ_SEEDS, name);
    dir = opendir(path);
    CU_ASSERT_PTR_NOT_NULL_FATAL(dir);
    while ((d = readdir(dir)) != NULL) { /* NOLINT(concurrency-mt-unsafe) */
        if (d->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof(path), "%s/%s/%s", SOUK_FUZZ_SEEDS, name, d->d_name);
        one_file(fn, path);
        files++;
    }
    (void)closedir(dir);
    CU_ASSERT(files >= 5);
}

#define TARGET(name)                                                                     \
    static void test_##name(void)                                                        \
    {                                                                                    \
        each_file(#name, fuzz_##name);                                                   \
    }
TARGET(cookie)
TARGET(fcgi_params)
TARGET(import_line)
TARGET(json)
TARGET(jwt)
TARGET(multipart)
TARGET(tmpl)
TARGET(urlencoded)

static CU_TestInfo tests[] = {
    {"cookies", test_cookie},
    {"FastCGI parameters", test_fcgi_params},
    {"lines of an import", test_import_line},
    {"JSON bodies", test_json},
    {"tokens", test_jwt},
    {"forms with files", test_multipart},
    {"templates", test_tmpl},
    {"query strings and forms", test_urlencoded},
    CU_TEST_INFO_NULL,
};
CU_SuiteInfo corpus_suite = {"corpus", NULL, NULL, NULL, NULL, tests};
