/* The catalogue on a real database: what a create, a replace and an archive leave behind,
 * that the ledger explains every stock figure, and what lists and searches find. */
#include <CUnit/CUnit.h>

#include <stdlib.h>
#include <string.h>

#include "base/rand.h"
#include "catalog/catalog.h"
#include "it.h"
#include "it_shop.h"
#include "stock/stock.h"

static struct fault flt;

/* A draft of one SKU; codes are new each time. */
static struct product_draft
draft_of(const char *name, int64_t price, int64_t stock)
{
    struct product_draft d = {.p = {.name = str_c(name),
                                  .description = STR("made for a test"),
                                  .currency = STR("USD"),
                                  .skus_n = 1},
        .has_stock = true};

    d.p.skus = arena_calloc(shop_ar, PRODUCT_SKUS_MAX, sizeof(*d.p.skus));
    d.p.skus[0] =
        (struct sku){.sku = arena_printf(shop_ar, "C-%lld", (long long)id_next()),
            .variant = STR(""),
            .options = STR("{}"),
            .price = price,
            .stock = stock};
    return d;
}

static void
add_sku(struct product_draft *d, const char *variant, int64_t price, int64_t stock)
{
    d->p.skus[d->p.skus_n++] =
        (struct sku){.sku = arena_printf(shop_ar, "C-%lld", (long long)id_next()),
            .variant = str_c(variant),
            .options = STR("{}"),
            .price = price,
            .stock = stock};
}

/* One call in a transaction of its own. */
struct call {
    struct product_draft *d;
    int64_t id, version;
    enum { CREATE, REPLACE, ARCHIVE } what;
};

static enum err
call_tx(struct db *db, void *arg)
{
    struct call *c = arg;

    fault_clear(&flt);
    if (c->what == CREATE)
        return catalog_create(db, shop_ar, c->d, "test", &c->id, &flt);
    if (c->what == REPLACE)
        return catalog_replace(db, shop_ar, c->id, c->version, c->d, "test", &flt);
    return catalog_archive(db, c->id, c->version);
}

static enum err
create(struct product_draft *d, int64_t *id)
{
    struct call c = {.d = d, .what = CREATE};
    enum err e = db_tx(shop_db, call_tx, &c);

    *id = c.id;
    return e;
}

static enum err
replace(int64_t id, int64_t version, struct product_draft *d)
{
    struct call c = {.d = d, .id = id, .version = version, .what = REPLACE};

    return db_tx(shop_db, call_tx, &c);
}

static struct product
get(int64_t id)
{
    struct product p;

    CU_ASSERT_EQUAL_FATAL(catalog_get(shop_db, shop_ar, id, &p), ERR_OK);
    return p;
}

static int64_t
ledger(int64_t sku_id)
{
    return sql_int(
        "SELECT COALESCE(SUM(quantity), 0) FROM stock_move WHERE sku_id = ?", sku_id);
}

static void
test_created_product_is_read_back(void)
{
    static struct image images[] = {
        {STR_INIT("/a.svg"), STR_INIT("A")}, {STR_INIT("/b.svg"), STR_INIT("")}};
    static struct attribute attributes[] = {{STR_INIT("Watts"), STR_INIT("40")}};
    struct product_draft d = draft_of("Ünïcode Lamp", 2500, 3);
    struct product p;
    int64_t id;

    d.p.brand = STR("Maison Fès");
    d.p.category[0] = STR("Light & Lamps");
    d.p.category[1] = STR("Table");
    d.p.category_n = 2;
    d.p.images = images;
    d.p.images_n = 2;
    d.p.attributes = attributes;
    d.p.attributes_n = 1;
    add_sku(&d, "Large", 1900, 0);
    CU_ASSERT_EQUAL_FATAL(create(&d, &id), ERR_OK);
    p = get(id);
    CU_ASSERT_TRUE(str_starts(p.slug, STR("unicode-lamp")));
    CU_ASSERT_TRUE(str_eq_c(p.brand, "Maison Fès"));
    CU_ASSERT_TRUE(str_eq_c(p.category_path, "light-lamps/table"));
    CU_ASSERT_EQUAL(p.category_n, 2);
    CU_ASSERT_TRUE(str_eq_c(p.category[0], "Light & Lamps"));
    CU_ASSERT_EQUAL(p.price, 1900);
    CU_ASSERT_EQUAL(p.skus_n, 2);
    CU_ASSERT_TRUE(str_eq(p.skus[0].sku, d.p.skus[0].sku));
    CU_ASSERT_EQUAL(p.skus[0].stock, 3);
    CU_ASSERT_EQUAL(p.images_n, 2);
    CU_ASSERT_TRUE(str_eq_c(p.images[0].alt, "A"));
    CU_ASSERT_EQUAL(p.attributes_n, 1);
    CU_ASSERT_EQUAL(p.version, 1);
    CU_ASSERT_EQUAL(ledger(p.skus[0].id), 3);
    CU_ASSERT_EQUAL(ledger(p.skus[1].id), 0);
    CU_ASSERT_EQUAL(catalog_get_slug(shop_db, shop_ar, p.slug, &p), ERR_OK);
    CU_ASSERT_EQUAL(p.id, id);
}

static void
test_a_code_is_sold_by_one_product_only(void)
{
    struct product_draft d = draft_of("One", 100, 1), other = draft_of("Two", 100, 1);
    int64_t id, before;

    CU_ASSERT_EQUAL_FATAL(create(&d, &id), ERR_OK);
    add_sku(&other, "x", 100, 1);
    other.p.skus[1].sku = d.p.skus[0].sku;
    before = sql_int("SELECT COUNT(*) FROM product", 0);
    CU_ASSERT_EQUAL(create(&other, &id), ERR_CONFLICT);
    CU_ASSERT_STRING_EQUAL(flt.slug, "sku_taken");
    CU_ASSERT_STRING_EQUAL(flt.field[0].pointer, "/variants/1/sku");
    CU_ASSERT_EQUAL(sql_int("SELECT COUNT(*) FROM product", 0), before);
}

static void
test_equal_names_get_their_own_slugs(void)
{
    struct product_draft a = draft_of("Same Name", 1, 0), b = draft_of("Same Name", 1, 0);
    int64_t x, y;

    CU_ASSERT_EQUAL_FATAL(create(&a, &x), ERR_OK);
    CU_ASSERT_EQUAL_FATAL(create(&b, &y), ERR_OK);
    CU_ASSERT_FALSE(str_eq(get(x).slug, get(y).slug));
    b = draft_of("Another", 1, 0);
    b.p.slug = get(x).slug;
    CU_ASSERT_EQUAL(create(&b, &y), ERR_CONFLICT);
    CU_ASSERT_STRING_EQUAL(flt.slug, "slug_taken");
}

static void
test_replace_keeps_rows_and_settles_stock(void)
{
    struct product_draft d = draft_of("Kettle", 1000, 10), r;
    struct product before, after;
    int64_t id, gone;

    add_sku(&d, "Blue", 1200, 4);
    CU_ASSERT_EQUAL_FATAL(create(&d, &id), ERR_OK);
    before = get(id);
    gone = before.skus[1].id;
    r = draft_of("Kettle II", 900, 7);
    r.p.skus[0].sku = d.p.skus[0].sku;
    add_sku(&r, "Green", 950, 2);
    CU_ASSERT_EQUAL(replace(id, before.version, &r), ERR_OK);
    after = get(id);
    CU_ASSERT_EQUAL(after.version, before.version + 1);
    CU_ASSERT_TRUE(after.revision > before.revision);
    CU_ASSERT_TRUE(str_eq(after.slug, before.slug));
    CU_ASSERT_EQUAL(after.skus_n, 2);
    CU_ASSERT_EQUAL(after.skus[0].id, before.skus[0].id);
    CU_ASSERT_EQUAL(after.skus[0].stock, 7);
    CU_ASSERT_EQUAL(ledger(after.skus[0].id), 7);
    CU_ASSERT_EQUAL(ledger(after.skus[1].id), 2);
    CU_ASSERT_EQUAL(after.price, 900);
    CU_ASSERT_EQUAL(
        sql_int("SELECT COUNT(*) FROM sku WHERE id = ? AND status = 'archived'", gone),
        1);
    /* Without stock in the draft the figure stays. */
    r.p.skus[0].stock = -1;
    r.p.skus[1].stock = -1;
    CU_ASSERT_EQUAL(replace(id, 0, &r), ERR_OK);
    CU_ASSERT_EQUAL(get(id).skus[0].stock, 7);
}

static void
test_rename_keeps_the_sku(void)
{
    struct product_draft d = draft_of("Rename me", 1000, 10);
    struct product p;
    int64_t id, sku_id;

    CU_ASSERT_EQUAL_FATAL(create(&d, &id), ERR_OK);
    sku_id = get(id).skus[0].id;
    d.p.skus[0].id = sku_id;
    d.p.skus[0].sku = arena_printf(shop_ar, "R-%lld", (long long)id);
    d.p.skus[0].stock = -1;
    CU_ASSERT_EQUAL(replace(id, 0, &d), ERR_OK);
    p = get(id);
    CU_ASSERT_EQUAL(p.skus_n, 1);
    CU_ASSERT_EQUAL(p.skus[0].id, sku_id);
    CU_ASSERT_EQUAL(p.skus[0].stock, 10);
    CU_ASSERT_TRUE(str_starts(p.skus[0].sku, STR("R-")));
}

static void
test_stale_version_changes_nothing(void)
{
    struct product_draft d = draft_of("Stale", 1000, 1);
    struct call archive = {.version = 9, .what = ARCHIVE};
    int64_t id;

    CU_ASSERT_EQUAL_FATAL(create(&d, &id), ERR_OK);
    d.p.name = STR("Newer");
    CU_ASSERT_EQUAL(replace(id, 2, &d), ERR_PRECONDITION);
    archive.id = id;
    CU_ASSERT_EQUAL(db_tx(shop_db, call_tx, &archive), ERR_PRECONDITION);
    CU_ASSERT_TRUE(str_eq_c(get(id).name, "Stale"));
    CU_ASSERT_EQUAL(replace(id + 1, 0, &d), ERR_NOT_FOUND);
}

static struct catalog_query
query_of(const char *q)
{
    return (struct catalog_query){.q = str_c(q),
        .min_price = -1,
        .max_price = -1,
        .page = 1,
        .per_page = 100,
        .sort = SORT_RELEVANCE};
}

static size_t
found(const struct catalog_query *q, struct product_card **out)
{
    int64_t total = -1;
    size_t n = 0;

    CU_ASSERT_EQUAL_FATAL(catalog_list(shop_db, shop_ar, q, out, &n, &total), ERR_OK);
    if (!q->walk && q->page == 1 && n < (size_t)q->per_page)
        CU_ASSERT_EQUAL(total, (int64_t)n);
    return n;
}

static void
test_archived_products_are_found_by_admins_only(void)
{
    struct product_draft d = draft_of("Zzyzx relic", 1000, 1);
    struct call archive = {.version = 1, .what = ARCHIVE};
    struct catalog_query q = query_of("zzyzx");
    struct product_card *c;
    struct sku_info info;

    CU_ASSERT_EQUAL_FATAL(create(&d, &archive.id), ERR_OK);
    CU_ASSERT_EQUAL(found(&q, &c), 1);
    CU_ASSERT_EQUAL(db_tx(shop_db, call_tx, &archive), ERR_OK);
    CU_ASSERT_EQUAL(found(&q, &c), 0);
    q.with_archived = true;
    CU_ASSERT_EQUAL(found(&q, &c), 1);
    CU_ASSERT_TRUE(c[0].archived);
    CU_ASSERT_TRUE(get(archive.id).archived);
    CU_ASSERT_EQUAL(catalog_skus(shop_db, shop_ar, &d.p.skus[0].sku, 1, &info), ERR_OK);
    CU_ASSERT_TRUE(info.sku_id != 0 && !info.active);
}

struct adjust {
    int64_t sku_id, delta, left;
};

static enum err
adjust_tx(struct db *db, void *arg)
{
    struct adjust *x = arg;

    fault_clear(&flt);
    return stock_adjust(db, x->sku_id, x->delta, STR("count"), "test", &x->left, &flt);
}

/* The same for several threads, which share no fault. */
static enum err
take_tx(struct db *db, void *arg)
{
    struct adjust *x = arg;

    return stock_adjust(db, x->sku_id, x->delta, STR("count"), "test", &x->left, NULL);
}

static void
test_stock_never_falls_below_zero(void)
{
    struct product_draft d = draft_of("Few", 1000, 5);
    struct adjust x = {.delta = -6};
    struct stock_move *m;
    int64_t id;
    size_t n;

    CU_ASSERT_EQUAL_FATAL(create(&d, &id), ERR_OK);
    x.sku_id = get(id).skus[0].id;
    CU_ASSERT_EQUAL(db_tx(shop_db, adjust_tx, &x), ERR_CONFLICT);
    CU_ASSERT_STRING_EQUAL(flt.slug, "out_of_stock");
    x.delta = -5;
    CU_ASSERT_EQUAL(db_tx(shop_db, adjust_tx, &x), ERR_OK);
    CU_ASSERT_EQUAL(x.left, 0);
    x.delta = STOCK_MAX;
    CU_ASSERT_EQUAL(db_tx(shop_db, adjust_tx, &x), ERR_OK);
    x.delta = 1;
    CU_ASSERT_EQUAL(db_tx(shop_db, adjust_tx, &x), ERR_INVALID);
    x.delta = 0;
    CU_ASSERT_EQUAL(db_tx(shop_db, adjust_tx, &x), ERR_INVALID);
    CU_ASSERT_EQUAL(ledger(x.sku_id), STOCK_MAX);
    CU_ASSERT_EQUAL(stock_moves(shop_db, shop_ar, x.sku_id, 10, &m, &n), ERR_OK);
    CU_ASSERT_EQUAL(n, 3);
    CU_ASSERT_EQUAL(m[0].quantity, STOCK_MAX);
    CU_ASSERT_TRUE(str_eq_c(m[2].kind, "receive"));
    x.sku_id = 1;
    CU_ASSERT_EQUAL(db_tx(shop_db, adjust_tx, &x), ERR_INVALID);
    x.delta = 1;
    CU_ASSERT_EQUAL(db_tx(shop_db, adjust_tx, &x), ERR_NOT_FOUND);
}

/* Each thread takes one unit at a time, more often than there are units. */
static void *
racer(void *arg)
{
    struct adjust x = {.sku_id = *(const int64_t *)arg, .delta = -1};
    struct db *db;
    int i;

    if (db_acquire(shop_pool(), &db) != ERR_OK)
        abort();
    for (i = 0; i < 25; i++)
        while (db_tx(db, take_tx, &x) == ERR_BUSY)
            continue;
    db_release(db);
    return NULL;
}

static void
test_ledger_holds_under_contention(void)
{
    struct product_draft d = draft_of("Hot", 1000, 60);
    int64_t id, sku_id;

    CU_ASSERT_EQUAL_FATAL(create(&d, &id), ERR_OK);
    sku_id = get(id).skus[0].id;
    it_threads(4, racer, &sku_id);
    CU_ASSERT_EQUAL(get(id).skus[0].stock, 0);
    CU_ASSERT_EQUAL(ledger(sku_id), 0);
    CU_ASSERT_EQUAL(
        sql_int("SELECT COUNT(*) FROM stock_move WHERE sku_id = ?", sku_id), 61);
}

static void
test_lists_filter_and_sort(void)
{
    static const char *const names[] = {"Qolor red", "Qolor green", "Qolor blue"};
    struct catalog_query q = query_of("qolor");
    struct product_card *c;
    int64_t id[3];
    size_t i;

    for (i = 0; i < 3; i++) {
        struct product_draft d = draft_of(names[i], 1000 * (int64_t)(i + 1), (int64_t)i);

        d.p.brand = i == 0 ? STR("Brand A") : STR("Brand B");
        d.p.category[0] = STR("Paint Box");
        d.p.category[1] = i == 0 ? STR("Warm") : STR("Cold");
        d.p.category_n = 2;
        CU_ASSERT_EQUAL_FATAL(create(&d, &id[i]), ERR_OK);
    }
    CU_ASSERT_EQUAL(found(&q, &c), 3);
    q.sort = SORT_PRICE_DESC;
    CU_ASSERT_EQUAL_FATAL(found(&q, &c), 3);
    CU_ASSERT_EQUAL(c[0].id, id[2]);
    CU_ASSERT_TRUE(str_eq_c(c[0].category[1], "Cold"));
    CU_ASSERT_EQUAL(c[0].stock, 2);
    q.sort = SORT_NAME;
    CU_ASSERT_EQUAL_FATAL(found(&q, &c), 3);
    CU_ASSERT_EQUAL(c[0].id, id[2]);
    q.in_stock = true;
    CU_ASSERT_EQUAL(found(&q, &c), 2);
    q.in_stock = false;
    q.min_price = 2000;
    q.max_price = 2999;
    CU_ASSERT_EQUAL_FATAL(found(&q, &c), 1);
    CU_ASSERT_EQUAL(c[0].id, id[1]);
    q = query_of("");
    q.category = STR("paint-box");
    CU_ASSERT_EQUAL(found(&q, &c), 3);
    q.category = STR("paint-box/cold");
    CU_ASSERT_EQUAL(found(&q, &c), 2);
    q.category = STR("paint");
    CU_ASSERT_EQUAL(found(&q, &c), 0);
    q.category = STR("paint-box%");
    CU_ASSERT_EQUAL(found(&q, &c), 0);
    q.category = STR("paint-box");
    q.brand[q.brand_n++] = STR("Brand B");
    CU_ASSERT_EQUAL(found(&q, &c), 2);
    q.brand[q.brand_n++] = STR("Brand A");
    CU_ASSERT_EQUAL(found(&q, &c), 3);
    q.brand[0] = q.brand[1] = STR("' OR 1=1 --");
    CU_ASSERT_EQUAL(found(&q, &c), 0);
}

static void
test_facets_count_what_the_list_shows(void)
{
    struct catalog_query q = query_of("fazet");
    struct product_card *c;
    struct facets f;
    int64_t sum = 0, id;
    size_t i;

    for (i = 0; i < 9; i++) {
        struct product_draft d = draft_of("Fazet thing", (int64_t)(i * i * 1000), 1);

        d.p.brand = i % 3 == 0 ? STR("Fz A") : STR("Fz B");
        d.p.category[0] = STR("Fz");
        d.p.category[1] = i % 2 == 0 ? STR("Even") : STR("Odd");
        d.p.category_n = 2;
        CU_ASSERT_EQUAL_FATAL(create(&d, &id), ERR_OK);
    }
    CU_ASSERT_EQUAL(catalog_facets(shop_db, shop_ar, &q, &f), ERR_OK);
    CU_ASSERT_EQUAL_FATAL(f.categories_n, 1);
    CU_ASSERT_TRUE(str_eq_c(f.categories[0].key, "fz"));
    CU_ASSERT_EQUAL(f.categories[0].count, 9);
    CU_ASSERT_EQUAL_FATAL(f.brands_n, 2);
    CU_ASSERT_TRUE(str_eq_c(f.brands[0].name, "Fz B"));
    CU_ASSERT_EQUAL(f.brands[0].count, 6);
    CU_ASSERT_TRUE(f.prices_n > 1 && f.prices_n <= 6);
    for (i = 0; i < f.prices_n; i++) {
        q.min_price = f.prices[i].from;
        q.max_price = f.prices[i].to;
        CU_ASSERT_EQUAL((int64_t)found(&q, &c), f.prices[i].count);
        sum += f.prices[i].count;
    }
    CU_ASSERT_EQUAL(sum, 9);
    q = query_of("fazet");
    q.category = STR("fz");
    CU_ASSERT_EQUAL(catalog_facets(shop_db, shop_ar, &q, &f), ERR_OK);
    CU_ASSERT_EQUAL_FATAL(f.categories_n, 2);
    CU_ASSERT_TRUE(str_eq_c(f.categories[0].key, "fz/even"));
    CU_ASSERT_EQUAL(f.categories[0].count, 5);
}

/* Every page by key, each product once. */
/* What is kept counts for lists of the whole shop alone, and only when they are long. */
static void
test_long_lists_tell_what_was_counted(void)
{
    struct catalog_query all = query_of(""), some = query_of("");
    const int64_t n = sql_int("SELECT COUNT(*) FROM product WHERE status = 'active'", 0);
    struct product_card *c;
    size_t shown;
    int64_t total = 0;

    CU_ASSERT_EQUAL_FATAL(tally_keep(shop_db, shop_ar, &catalog_tally, 1), ERR_OK);
    CU_ASSERT_EQUAL(sql_int("SELECT n FROM tally WHERE name = 'product:active'", 0), n);
    CU_ASSERT_EQUAL_FATAL(
        db_exec(shop_db, "UPDATE tally SET n = n + 7", NULL, 0, NULL), ERR_OK);
    CU_ASSERT_EQUAL_FATAL(catalog_list(shop_db, shop_ar, &all, &c, &shown, &total), ERR_OK);
    CU_ASSERT_EQUAL(total, n);
    CU_ASSERT_EQUAL_FATAL(
        db_exec(shop_db, "UPDATE tally SET n = 1234567", NULL, 0, NULL), ERR_OK);
    CU_ASSERT_EQUAL_FATAL(catalog_list(shop_db, shop_ar, &all, &c, &shown, &total), ERR_OK);
    CU_ASSERT_EQUAL(total, 1234567);
    some.max_price = INT32_MAX;
    CU_ASSERT_EQUAL_FATAL(catalog_list(shop_db, shop_ar, &some, &c, &shown, &total), ERR_OK);
    CU_ASSERT_EQUAL(total, n);
    CU_ASSERT_EQUAL_FATAL(db_exec(shop_db, "DELETE FROM tally", NULL, 0, NULL), ERR_OK);
}

static void
test_walk_sees_everything_once(void)
{
    struct catalog_query q = query_of("");
    struct product_card *c;
    int64_t seen = 0, last = 0, want;
    size_t n, i;

    want = sql_int("SELECT COUNT(*) FROM product WHERE status = 'active'", 0);
    q.per_page = 3;
    q.walk = true;
    while ((n = found(&q, &c)) > 0) {
        for (i = 0; i < n; i++) {
            CU_ASSERT_TRUE(c[i].id > last);
            last = c[i].id;
        }
        seen += (int64_t)n;
        q.after = last;
    }
    CU_ASSERT_TRUE(want > 5);
    CU_ASSERT_EQUAL(seen, want);
}

static void
test_search_ranks_and_survives_operators(void)
{
    static const char *const naughty[] = {"+", "\"", "(", "-qwark", "qwark*", "@5",
        "<qwark>", "~", "+-qwark", "qwark%", "'", "\\", "qwark \"", "((qwark))"};
    struct product_draft body = draft_of("Plain thing", 100, 1),
                         name = draft_of("Qwark tool", 100, 1),
                         exact = draft_of("Nothing alike", 100, 1);
    struct catalog_query q = query_of("qwark");
    struct product_card *c;
    int64_t id_name, id_body, id_exact;
    size_t i;

    body.p.description = STR("works with any qwark there is");
    exact.p.skus[0].sku = STR("AX-7 qwark");
    CU_ASSERT_EQUAL_FATAL(create(&body, &id_body), ERR_OK);
    CU_ASSERT_EQUAL_FATAL(create(&name, &id_name), ERR_OK);
    CU_ASSERT_EQUAL_FATAL(create(&exact, &id_exact), ERR_OK);
    CU_ASSERT_EQUAL_FATAL(found(&q, &c), 3);
    CU_ASSERT_EQUAL(c[0].id, id_name);
    q = query_of("AX-7 qwark");
    CU_ASSERT_TRUE_FATAL(found(&q, &c) >= 1);
    CU_ASSERT_EQUAL(c[0].id, id_exact);
    q = query_of("qwa");
    CU_ASSERT_EQUAL(found(&q, &c), 3);
    q = query_of("qwarks");
    CU_ASSERT_EQUAL(found(&q, &c), 3);
    for (i = 0; i < NELEM(naughty); i++) {
        q = query_of(naughty[i]);
        if (strstr(naughty[i], "qwark") != NULL)
            CU_ASSERT_EQUAL(found(&q, &c), 3)
        else
            (void)found(&q, &c);
    }
}

static void
test_category_tree_counts_its_subtrees(void)
{
    struct product_draft a = draft_of("T1", 1, 0), b = draft_of("T2", 1, 0);
    static struct image img = {STR_INIT("/tree.svg"), STR_INIT("")};
    struct category *c, *top = NULL, *leaf = NULL;
    int64_t id;
    size_t i, n;

    a.p.category[0] = b.p.category[0] = STR("Tree");
    a.p.category_n = 1;
    b.p.category[1] = STR("Leaf");
    b.p.category_n = 2;
    b.p.images = &img;
    b.p.images_n = 1;
    CU_ASSERT_EQUAL_FATAL(create(&a, &id), ERR_OK);
    CU_ASSERT_EQUAL_FATAL(create(&b, &id), ERR_OK);
    /* "tree-x" sorts between "tree" and "tree/leaf" as bytes, not as a tree. */
    a = draft_of("T3", 1, 0);
    a.p.category[0] = STR("Tree X");
    a.p.category_n = 1;
    CU_ASSERT_EQUAL_FATAL(create(&a, &id), ERR_OK);
    CU_ASSERT_EQUAL_FATAL(catalog_categories(shop_db, shop_ar, &c, &n), ERR_OK);
    for (i = 0; i < n; i++) {
        if (str_eq_c(c[i].path, "tree"))
            top = &c[i];
        if (str_eq_c(c[i].path, "tree/leaf"))
            leaf = &c[i];
    }
    CU_ASSERT_FATAL(top != NULL && leaf != NULL);
    if (top == NULL || leaf == NULL)
        return; /* said for compilers that do not know CUnit's jump */
    CU_ASSERT_EQUAL(top->count, 2);
    CU_ASSERT_EQUAL(leaf->count, 1);
    CU_ASSERT_PTR_EQUAL(leaf, top + 1);
    CU_ASSERT_EQUAL(leaf->parent_id, top->id);
    CU_ASSERT_TRUE(str_eq_c(top->image, "/tree.svg"));
}

static CU_TestInfo tests[] = {
    {"a created product is read back", test_created_product_is_read_back},
    {"a code is sold by one product only", test_a_code_is_sold_by_one_product_only},
    {"equal names get their own slugs", test_equal_names_get_their_own_slugs},
    {"a replace keeps rows and settles stock", test_replace_keeps_rows_and_settles_stock},
    {"a renamed SKU is the same SKU", test_rename_keeps_the_sku},
    {"a stale version changes nothing", test_stale_version_changes_nothing},
    {"archived products are for admins", test_archived_products_are_found_by_admins_only},
    {"stock never falls below zero", test_stock_never_falls_below_zero},
    {"the ledger holds under contention", test_ledger_holds_under_contention},
    {"lists filter and sort", test_lists_filter_and_sort},
    {"facets count what the list shows", test_facets_count_what_the_list_shows},
    {"long lists tell what was counted", test_long_lists_tell_what_was_counted},
    {"a walk sees everything once", test_walk_sees_everything_once},
    {"search ranks and survives operators", test_search_ranks_and_survives_operators},
    {"the tree counts its subtrees", test_category_tree_counts_its_subtrees},
    CU_TEST_INFO_NULL,
};

int
main(void)
{
    CU_SuiteInfo s = {"catalog", shop_up, shop_down, shop_test_up, shop_test_down, tests};

    return it_main(&s);
}
