/* Is a word one that many products of a large shop have? The full-text index reads every match
 * before it gives the first one: with 100,000 matches that is a second. Such words are looked for
 * in the products themselves, in the order of the list, which soon has a page full. */
#include "catalog/catalog_query.h"
#include "db/tally.h"

#define SAMPLE 1000
#define RUNS 20
#define RUN "50"
#define SAMPLE_VERY_COMMON 50
#define SAMPLE_COMMON 10 /* of the sample: a page of twenty lies within 2,000 products */

static const char kept_sql[] = "SELECT n FROM tally WHERE name = 'product:active'";
static const char ends_sql[] = "SELECT MIN(id), MAX(id) FROM product";

bool
query_is_filtered(const struct catalog_query *cq)
{
    return cq->category.n > 0 || cq->brand_n > 0 || cq->min_price >= 0 ||
           cq->max_price >= 0;
}

bool
query_in_window(const struct catalog_query *cq)
{
    return cq->sort == SORT_RELEVANCE && cq->page * cq->per_page <= QUERY_WINDOW;
}

/* How many of a sample have all the words: runs of neighbours, evenly spread over the ids,
 * because what was imported together is alike. */
static enum err
sample(struct db *db, struct arena *a, const struct search_words *w, int64_t *hits)
{
    struct db_rows r;
    struct query q;
    int64_t i, low, step;
    enum err e = db_query(db, ends_sql, NULL, 0, a, &r);

    if (e != ERR_OK || r.n == 0)
        return e;
    low = db_i64(&r, 0, 0);
    step = (db_i64(&r, 0, 1) - low) / RUNS;
    query_init(&q, a, "SELECT COUNT(*) FROM (");
    for (i = 0; i < RUNS; i++) {
        query_add(&q, i > 0 ? " UNION ALL " : "");
        query_add(&q, "(SELECT id FROM product WHERE id >= ? ORDER BY id LIMIT " RUN ")");
        query_value(&q, DB_I64(low + i * step));
    }
    query_add(&q, ") s JOIN product p ON p.id = s.id WHERE p.status = 'active'");
    query_regexps(&q, w);
    if ((e = query_run(&q, db, a, &r)) == ERR_OK)
        *hits = r.n > 0 ? db_i64(&r, 0, 0) : 0;
    return e;
}

/* Not in a small shop, where the index is quick and its order the better one. With a filter the
 * walk may be long, and only a word that very many have is worth it. */
enum err
query_common(struct db *db, struct arena *a, const struct catalog_query *cq,
    struct search_words *w)
{
    int64_t all, hits = 0, wanted = query_is_filtered(cq) ? SAMPLE_VERY_COMMON : SAMPLE_COMMON;
    struct db_rows r;
    enum err e;

    w->common = 0;
    if (w->regexp_n == 0 || w->like_n > 0 || cq->only_archived)
        return ERR_OK;
    if ((e = db_query(db, kept_sql, NULL, 0, a, &r)) != ERR_OK)
        return e;
    all = r.n > 0 ? db_i64(&r, 0, 0) : 0;
    if (all < TALLY_EXACT)
        return ERR_OK;
    if ((e = sample(db, a, w, &hits)) != ERR_OK || hits < wanted)
        return e;
    w->common = all / SAMPLE * hits;
    if (w->common > TALLY_EXACT)
        w->common = TALLY_EXACT;
    return ERR_OK;
}
