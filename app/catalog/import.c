/* Importing: reads lines of bounded length, finds the bad ones, and hands the rest on in
 * batches of bounded size, so that memory does not grow with the file but for what it has
 * named so far (SKUs, brands, categories). */
#include "catalog/import.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "catalog/import_priv.h"

#define BATCH_LINES 500
#define BATCH_SKUS 1000
#define BATCH_BYTES ((size_t)16 << 20)
#define CHUNK ((size_t)64 << 10)

struct reader {
    FILE *in;
    char chunk[CHUNK];
    size_t at, n;
    struct buf line;
    bool too_long;
};

/* Bytes that are at hand; false at the end. */
static bool
fill(struct reader *rd)
{
    if (rd->at < rd->n)
        return true;
    rd->at = 0;
    rd->n = fread(rd->chunk, 1, sizeof(rd->chunk), rd->in);
    return rd->n > 0;
}

/* The next line into rd->line without its end; of one that is too long nothing is
 * kept. */
static bool
next_line(struct reader *rd, int64_t *bytes)
{
    const char *p, *end = NULL;
    bool any = false;
    size_t n;

    buf_clear(&rd->line);
    rd->too_long = false;
    while (end == NULL && fill(rd)) {
        any = true;
        p = rd->chunk + rd->at;
        end = memchr(p, '\n', rd->n - rd->at);
        n = end != NULL ? (size_t)(end - p) : rd->n - rd->at;
        rd->at += n + (end != NULL);
        *bytes += (int64_t)(n + (end != NULL));
        if (rd->line.n + n > IMPORT_LINE_MAX)
            rd->too_long = true;
        if (!rd->too_long)
            buf_put(&rd->line, p, n);
    }
    return any;
}

/* The line before this one that has one of its SKUs already, 0 if none. */
static int64_t
seen_before(const struct import *im, const struct product *p, struct str *sku)
{
    int64_t line;
    size_t i;

    for (i = 0; i < p->skus_n; i++) {
        *sku = p->skus[i].sku;
        if (import_map_get(&im->seen, *sku, &line))
            return line;
    }
    return 0;
}

/* Read one line of text; false when it was bad or blank. */
static bool
take_line(struct import *im, struct reader *rd, struct import_line *l)
{
    struct str text = buf_view(&rd->line), sku;
    int64_t before;
    size_t i;

    *l = (struct import_line){.number = im->r->lines};
    if (rd->too_long) {
        import_bad(im, l->number, "longer than 1 MiB");
        return false;
    }
    if (l->number == 1 && str_starts(text, STR("\xef\xbb\xbf")))
        text = str_sub(text, 3, text.n);
    text = str_trim(text);
    if (text.n == 0)
        return false;
    if (!import_line_read(im->batch, text, im->o->currency, l)) {
        import_bad(im, l->number, l->reason);
        return false;
    }
    /* The hash lies in the line itself, which stays where it is. */
    before = seen_before(im, &l->d.p, &sku);
    if (before != 0) {
        (void)snprintf(l->reason, sizeof(l->reason), "SKU %.*s: line %lld has it already",
            STR_F(sku), (long long)before);
        import_bad(im, l->number, l->reason);
        return false;
    }
    for (i = 0; i < l->d.p.skus_n; i++)
        import_map_put(&im->seen, l->d.p.skus[i].sku, l->number);
    return true;
}

static enum err
store(struct import *im, struct import_line *lines, size_t *n)
{
    enum err e = *n > 0 ? import_batch(im, lines, *n) : ERR_OK;

    *n = 0;
    arena_reset(im->batch);
    if (im->o->progress != NULL)
        im->o->progress(im->o->arg, im->r->lines, im->r->bytes);
    return e;
}

static enum err
run(struct import *im, struct reader *rd, struct import_line *lines)
{
    size_t n = 0, skus = 0;
    enum err e = ERR_OK;

    while (e == ERR_OK && next_line(rd, &im->r->bytes)) {
        im->r->lines++;
        if (take_line(im, rd, &lines[n]))
            skus += lines[n++].d.p.skus_n;
        /* One line may bring PRODUCT_SKUS_MAX. */
        if (n < BATCH_LINES && skus < BATCH_SKUS - PRODUCT_SKUS_MAX &&
            arena_used(im->batch) < BATCH_BYTES)
            continue;
        e = store(im, lines, &n);
        skus = 0;
    }
    if (e == ERR_OK)
        e = store(im, lines, &n);
    return e == ERR_OK && ferror(rd->in) ? ERR_UPSTREAM : e;
}

enum err
import_file(struct db *db, struct cache *c, FILE *in, const struct import_options *o,
    struct import_report *r)
{
    struct import im = {.db = db, .cache = c, .o = o, .r = r};
    struct import_line *lines;
    struct reader *rd;
    enum err e;

    *r = (struct import_report){.lines = 0};
    im.actor = o->actor != NULL ? o->actor : "import";
    im.keys = arena_new((size_t)1 << 16);
    im.batch = arena_new((size_t)1 << 20);
    import_map_init(&im.seen, im.keys);
    import_map_init(&im.brands, im.keys);
    import_map_init(&im.categories, im.keys);
    lines = arena_calloc(im.keys, BATCH_LINES, sizeof(*lines));
    rd = arena_calloc(im.keys, 1, sizeof(*rd));
    rd->in = in;
    buf_init(&rd->line, IMPORT_LINE_MAX);

    e = run(&im, rd, lines);
    if (r->created > 0 || r->updated > 0)
        catalog_nav_changed(c);

    buf_done(&rd->line);
    import_map_done(&im.seen);
    import_map_done(&im.brands);
    import_map_done(&im.categories);
    arena_free(im.batch);
    arena_free(im.keys);
    return e;
}
