/* A reader of ustar archives just good enough for test data we chose ourselves: gzip
 * unpacks, names of at most 100 bytes, files of at most 1 MiB. */
#include "tar_each.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"

#define BLOCK 512
#define CONTENT_MAX ((size_t)1 << 20)

bool
test_data(const char *file, char *out, size_t cap)
{
    const char *dir = getenv("SOUK_TEST_DATA"); /* NOLINT(concurrency-mt-unsafe) */
    int n = snprintf(out, cap, "%s/%s", dir != NULL ? dir : "", file);

    if (dir != NULL && n > 0 && (size_t)n < cap && access(out, R_OK) == 0)
        return true;
    (void)printf("skipped: no %s in SOUK_TEST_DATA\n", file);
    return false;
}

static size_t
octal(const char *p, size_t n)
{
    size_t i, v = 0;

    for (i = 0; i < n && p[i] >= '0' && p[i] <= '7'; i++)
        v = v * 8 + (size_t)(p[i] - '0');
    return v;
}

/* The next entry: its head and content; false at the end. */
static bool
entry(FILE *f, char head[BLOCK], char *content, size_t *n)
{
    if (fread(head, 1, BLOCK, f) != BLOCK || head[0] == '\0')
        return false;
    *n = octal(head + 124, 12);
    return *n <= CONTENT_MAX - BLOCK &&
           fread(content, BLOCK, (*n + BLOCK - 1) / BLOCK, f) == (*n + BLOCK - 1) / BLOCK;
}

size_t
tar_each(const char *file, void (*fn)(void *arg, const char *name, struct str content),
    void *arg)
{
    char path[512], command[600], head[BLOCK], name[101];
    size_t n, count = 0;
    char *content;
    FILE *f;

    if (!test_data(file, path, sizeof(path)))
        return 0;
    (void)snprintf(command, sizeof(command), "exec gzip -dc '%s'", path);
    f = popen(command, "re"); /* NOLINT(cert-env33-c): a path of the test's own */
    content = malloc(CONTENT_MAX);
    while (f != NULL && content != NULL && entry(f, head, content, &n)) {
        memcpy(name, head, 100);
        name[100] = '\0';
        if (head[156] != '0' && head[156] != '\0')
            continue;
        fn(arg, name, (struct str){content, n});
        count++;
    }
    free(content);
    if (f != NULL)
        (void)pclose(f);
    return count;
}
