/* Static files carry a hash of their content in the name that pages use, so that browsers may
 * keep them for a year. nginx serves the hashed name from the plain file; nothing is copied. */
#include "web/assets.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "auth/token.h"

#define ASSETS_MAX 4096
#define ASSET_BYTES_MAX ((size_t)8 << 20)
#define PATH_N 700

struct asset {
    char *path, *url;
};

struct assets {
    struct asset *v;
    size_t n, cap;
};

static int
by_path(const void *a, const void *b)
{
    const struct asset *x = a, *y = b;

    return strcmp(x->path, y->path);
}

static void *
must(void *p)
{
    if (p == NULL)
        abort();
    return p;
}

/* "/static/css/souk.css" and the hash give "/static/css/souk.0a1b2c3d.css". */
static char *
hashed(const char *path, const unsigned char sum[SHA256_N])
{
    const char *dot = strrchr(path, '.');
    size_t stem = dot != NULL ? (size_t)(dot - path) : strlen(path);
    char *url = NULL;

    if (asprintf(&url, "%.*s.%02x%02x%02x%02x%s", (int)stem, path, sum[0], sum[1], sum[2],
            sum[3], path + stem)
        < 0)
        abort();
    return url;
}

static bool
file_sum(const char *file, unsigned char sum[SHA256_N])
{
    FILE *f = fopen(file, "rbe");
    char *p;
    size_t n;
    bool ok;

    if (f == NULL)
        return false;
    p = must(malloc(ASSET_BYTES_MAX));
    n = fread(p, 1, ASSET_BYTES_MAX, f);
    ok = ferror(f) == 0 && n < ASSET_BYTES_MAX;
    if (fclose(f) != 0)
        ok = false;
    if (ok)
        sha256(p, n, sum);
    free(p);
    return ok;
}

static bool
add(struct assets *as, const char *file, const char *path)
{
    unsigned char sum[SHA256_N];

    if (as->n >= ASSETS_MAX || !file_sum(file, sum))
        return false;
    if (as->n == as->cap) {
        as->cap = as->cap == 0 ? 64 : as->cap * 2;
        as->v = must(realloc(as->v, as->cap * sizeof(*as->v)));
    }
    as->v[as->n++] = (struct asset){must(strdup(path)), hashed(path, sum)};
    return true;
}

/* Take in a folder and, at most three deep, those below it. */
static bool
walk(struct assets *as, const char *dir, const char *prefix, int depth)
{
    DIR *d = opendir(dir);
    const struct dirent *de;
    bool ok = d != NULL && depth <= 3;

    /* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody else reads this stream */
    while (ok && (de = readdir(d)) != NULL) {
        char file[PATH_N], path[PATH_N];
        struct stat st;

        if (de->d_name[0] == '.')
            continue;
        ok = snprintf(file, sizeof(file), "%s/%s", dir, de->d_name) < PATH_N
            && snprintf(path, sizeof(path), "%s/%s", prefix, de->d_name) < PATH_N
            && stat(file, &st) == 0;
        if (ok)
            ok = S_ISDIR(st.st_mode) ? walk(as, file, path, depth + 1)
                                     : add(as, file, path);
    }
    if (d != NULL)
        (void)closedir(d);
    return ok;
}

enum err
assets_load(struct assets **out, const char *dir, char *msg, size_t msg_n)
{
    struct assets *as = must(calloc(1, sizeof(*as)));

    if (!walk(as, dir, "/static", 0)) {
        (void)snprintf(msg, msg_n, "%s: cannot be read: %s", dir,
            errno != 0 ? strerrordesc_np(errno) : "too many or too large files");
        assets_free(as);
        return ERR_INVALID;
    }
    if (as->n > 0)
        qsort(as->v, as->n, sizeof(*as->v), by_path);
    *out = as;
    return ERR_OK;
}

void
assets_free(struct assets *as)
{
    size_t i;

    for (i = 0; i < as->n; i++) {
        free(as->v[i].path);
        free(as->v[i].url);
    }
    free(as->v);
    free(as);
}

struct str
asset_url(const struct assets *as, struct str path)
{
    size_t lo = 0, hi = as->n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int c = str_cmp(str_c(as->v[mid].path), path);

        if (c == 0)
            return str_c(as->v[mid].url);
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return path;
}
