/* The catalogue's pure rules: drafts out of JSON, merge patches, bounds, search words,
 * validators. */
#include <CUnit/CUnit.h>

#include <string.h>

#include "catalog/catalog_http.h"
#include "catalog/catalog_query.h"
#include "catalog/catalog_rules.h"
#include "catalog/draft.h"
#include "catalog/import_priv.h"

extern CU_SuiteInfo catalog_rules_suite;

static struct arena *ar;
static struct fault flt;

static void
set_up(void)
{
    ar = arena_new(1 << 16);
    fault_clear(&flt);
}

static void
tear_down(void)
{
    arena_free(ar);
}

static struct jval *
json(const char *text)
{
    struct jval *v = NULL;

    CU_ASSERT_EQUAL_FATAL(jin_parse(ar, str_c(text), &v, &flt), ERR_OK);
    return v;
}

static enum err
read_api(const char *text, struct product_draft *d)
{
    enum err e;

    fault_clear(&flt);
    e = draft_read(ar, json(text), DRAFT_API, STR("EUR"), d, &flt);
    return e == ERR_OK ? product_draft_check(d, &flt) : e;
}

static enum err
read_import(const char *text, struct product_draft *d)
{
    enum err e;

    fault_clear(&flt);
    e = draft_read(ar, json(text), DRAFT_IMPORT, STR("EUR"), d, &flt);
    return e == ERR_OK ? product_draft_check(d, &flt) : e;
}

static void
test_whole_product_out_of_json(void)
{
    struct product_draft d;

    CU_ASSERT_EQUAL(
        read_api("{\"sku\":\"A\",\"name\":\" Lamp \",\"price\":{\"amount\":1999,"
                 "\"currency\":\"USD\"},\"stock\":3,\"category\":\"Light / Table\","
                 "\"images\":[\"/a.svg\",{\"url\":\"https://x/b\",\"alt\":\"B\"}],"
                 "\"attributes\":{\"Watts\":40.0,\"Dim\":true,\"Big\":1e3}}",
            &d),
        ERR_OK);
    CU_ASSERT_TRUE(str_eq_c(d.p.name, "Lamp"));
    CU_ASSERT_TRUE(str_eq_c(d.p.currency, "USD"));
    CU_ASSERT_EQUAL(d.p.skus_n, 1);
    CU_ASSERT_EQUAL(d.p.skus[0].price, 1999);
    CU_ASSERT_EQUAL(d.p.skus[0].stock, 3);
    CU_ASSERT_TRUE(d.has_stock);
    CU_ASSERT_EQUAL(d.p.category_n, 2);
    CU_ASSERT_TRUE(str_eq_c(d.p.category[1], "Table"));
    CU_ASSERT_EQUAL(d.p.images_n, 2);
    CU_ASSERT_TRUE(str_eq_c(d.p.images[1].alt, "B"));
    CU_ASSERT_TRUE(str_eq_c(d.p.attributes[0].value, "40"));
    CU_ASSERT_TRUE(str_eq_c(d.p.attributes[1].value, "true"));
    CU_ASSERT_TRUE(str_eq_c(d.p.attributes[2].value, "1e3"));
}

static void
test_variants_take_the_products_price(void)
{
    struct product_draft d;

    CU_ASSERT_EQUAL(
        read_import(
            "{\"sku\":\"T-S\",\"name\":\"T\",\"price\":\"10\",\"stock\":4,\"variants\":["
            "{\"sku\":\"T-S\",\"options\":{\"Size\":\"S\"}},"
            "{\"sku\":\"T-L\",\"options\":{\"Size\":\"L\",\"Ink\":\"Red\"},"
            "\"price\":9.5,\"stock\":2}]}",
            &d),
        ERR_OK);
    CU_ASSERT_EQUAL(d.p.skus_n, 2);
    CU_ASSERT_EQUAL(d.p.skus[0].price, 1000);
    CU_ASSERT_EQUAL(d.p.skus[0].stock, 4);
    CU_ASSERT_EQUAL(d.p.skus[1].price, 950);
    CU_ASSERT_TRUE(str_eq_c(d.p.skus[1].variant, "L, Red"));
    CU_ASSERT_TRUE(str_eq_c(d.p.skus[1].options, "{\"Size\":\"L\",\"Ink\":\"Red\"}"));
    CU_ASSERT_TRUE(str_eq_c(d.p.currency, "EUR"));
    CU_ASSERT_EQUAL(product_lowest_price(&d.p), 950);
}

static void
test_bad_drafts_are_refused(void)
{
    static const struct {
        const char *json, *pointer;
    } t[] = {
        {"{\"name\":\"N\",\"price\":\"1\"}", "/sku"},
        {"{\"sku\":\"A\",\"name\":\"N\"}", "/price"},
        {"{\"sku\":\"A\",\"price\":\"1\"}", "/name"},
        {"{\"sku\":\"A\",\"name\":\"N\",\"price\":\"-1\"}", "/price"},
        {"{\"sku\":\"A\",\"name\":\"N\",\"price\":\"1.001\"}", "/price"},
        {"{\"sku\":\"A\",\"name\":\"N\",\"price\":1e2}", "/price"},
        {"{\"sku\":\"A\",\"name\":\"N\",\"price\":true}", "/price"},
        {"{\"sku\":\"A\\n\\u0001\",\"name\":\"N\",\"price\":\"1\"}", "/sku"},
        {"{\"sku\":\"A\",\"name\":\"N\\u0007\",\"price\":\"1\"}", "/name"},
        {"{\"sku\":\"A\",\"name\":\"N\",\"price\":\"1\",\"stock\":-1}", "/stock"},
        {"{\"sku\":\"A\",\"name\":\"N\",\"price\":\"1\",\"stock\":1.5}", "/stock"},
        {"{\"sku\":\"A\",\"name\":\"N\",\"price\":\"1\",\"stock\":2000000000}", "/stock"},
        {"{\"sku\":\"A\",\"name\":\"N\",\"price\":\"1\",\"currency\":\"XYZ\"}", "/price"},
        {"{\"sku\":\"A\",\"name\":\"N\",\"price\":\"1\",\"category\":[\"a\",1]}",
            "/category"},
        {"{\"sku\":\"A\",\"name\":\"N\",\"price\":\"1\",\"category\":[\"\"]}",
            "/category/0"},
        {"{\"sku\":\"A\",\"name\":\"N\",\"price\":\"1\",\"category\":\"a/b/c/d/e/f/g/h/"
         "i\"}",
            "/category"},
        {"{\"sku\":\"A\",\"name\":\"N\",\"price\":\"1\",\"image\":\"javascript:x\"}",
            "/images/0/url"},
        {"{\"sku\":\"A\",\"name\":\"N\",\"price\":\"1\",\"attributes\":{\"x\":[]}}",
            "/attributes"},
        {"{\"sku\":\"A\",\"name\":\"N\",\"price\":\"1\",\"slug\":\"12\"}", "/slug"},
        {"{\"sku\":\"A\",\"name\":\"N\",\"price\":\"1\",\"variants\":[{\"sku\":\"B\"}]}",
            "/variants/0/sku"},
        {"{\"sku\":\"A\",\"name\":\"N\",\"price\":\"1\",\"variants\":[{\"sku\":\"A\"},"
         "{\"sku\":\"A\"}]}",
            "/variants/1/sku"},
    };
    struct product_draft d;
    size_t i;

    for (i = 0; i < NELEM(t); i++) {
        CU_ASSERT_EQUAL(read_import(t[i].json, &d), ERR_INVALID);
        CU_ASSERT_TRUE(flt.n > 0);
        CU_ASSERT_STRING_EQUAL(flt.field[0].pointer, t[i].pointer);
    }
}

/* A product of two SKUs at 500 and one at 700. */
static struct product
sample(void)
{
    static const char *const codes[] = {"P-S", "P-M", "P-L"};
    struct product p = {.id = 7,
        .name = STR("Pot"),
        .slug = STR("pot"),
        .brand = STR("B"),
        .description = STR("d"),
        .currency = STR("USD"),
        .price = 500,
        .version = 3,
        .revision = 9};
    size_t i;

    p.skus = arena_calloc(ar, 3, sizeof(*p.skus));
    for (i = 0; i < 3; i++)
        p.skus[p.skus_n++] = (struct sku){.id = (int64_t)i + 1,
            .sku = str_c(codes[i]),
            .variant = str_c(codes[i]),
            .options = STR("{}"),
            .price = i < 2 ? 500 : 700,
            .stock = 5};
    p.attributes = arena_calloc(ar, 2, sizeof(*p.attributes));
    p.attributes[p.attributes_n++] = (struct attribute){STR("Colour"), STR("Red")};
    p.attributes[p.attributes_n++] = (struct attribute){STR("Size"), STR("L")};
    return p;
}

static enum err
patch(const char *text, const struct product *cur, struct product_draft *d)
{
    fault_clear(&flt);
    return draft_patch(ar, json(text), cur, d, &flt);
}

static void
test_patch_leaves_the_rest(void)
{
    struct product cur = sample();
    struct product_draft d;

    CU_ASSERT_EQUAL(patch("{\"name\":\"Kettle\",\"brand\":null}", &cur, &d), ERR_OK);
    CU_ASSERT_TRUE(str_eq_c(d.p.name, "Kettle"));
    CU_ASSERT_PTR_NULL(d.p.brand.p);
    CU_ASSERT_TRUE(str_eq_c(d.p.description, "d"));
    CU_ASSERT_EQUAL(d.p.skus_n, 3);
    CU_ASSERT_EQUAL(d.p.skus[2].id, 3);
    CU_ASSERT_EQUAL(d.p.skus[0].stock, -1);
    CU_ASSERT_FALSE(d.has_stock);
    CU_ASSERT_EQUAL(cur.skus[0].stock, 5);
}

static void
test_patch_of_the_price_moves_those_that_cost_it(void)
{
    struct product cur = sample();
    struct product_draft d;

    CU_ASSERT_EQUAL(patch("{\"price\":{\"amount\":600}}", &cur, &d), ERR_OK);
    CU_ASSERT_EQUAL(d.p.skus[0].price, 600);
    CU_ASSERT_EQUAL(d.p.skus[1].price, 600);
    CU_ASSERT_EQUAL(d.p.skus[2].price, 700);
    CU_ASSERT_TRUE(str_eq_c(d.p.currency, "USD"));
    CU_ASSERT_EQUAL(cur.skus[0].price, 500);
}

static void
test_patch_merges_attributes_by_name(void)
{
    struct product cur = sample();
    struct product_draft d;

    CU_ASSERT_EQUAL(
        patch("{\"attributes\":{\"Colour\":null,\"Size\":\"M\",\"New\":1}}", &cur, &d),
        ERR_OK);
    CU_ASSERT_EQUAL(d.p.attributes_n, 2);
    CU_ASSERT_TRUE(str_eq_c(d.p.attributes[0].value, "M"));
    CU_ASSERT_TRUE(str_eq_c(d.p.attributes[1].name, "New"));
    CU_ASSERT_TRUE(str_eq_c(cur.attributes[0].value, "Red"));
    CU_ASSERT_EQUAL(patch("{\"attributes\":null}", &cur, &d), ERR_OK);
    CU_ASSERT_EQUAL(d.p.attributes_n, 0);
}

static void
test_patch_of_stock_needs_one_sku(void)
{
    struct product cur = sample();
    struct product_draft d;

    CU_ASSERT_EQUAL(patch("{\"stock\":4}", &cur, &d), ERR_INVALID);
    CU_ASSERT_STRING_EQUAL(flt.field[0].code, "ambiguous");
    cur.skus_n = 1;
    CU_ASSERT_EQUAL(patch("{\"stock\":4,\"sku\":\"Q\"}", &cur, &d), ERR_OK);
    CU_ASSERT_EQUAL(d.p.skus[0].stock, 4);
    CU_ASSERT_EQUAL(d.p.skus[0].id, 1);
    CU_ASSERT_TRUE(str_eq_c(d.p.skus[0].sku, "Q"));
    CU_ASSERT_TRUE(d.has_stock);
}

/* Variants are replaced whole; one that is known keeps its price when none is given. */
static void
test_patch_replaces_variants(void)
{
    struct product cur = sample();
    struct product_draft d;

    CU_ASSERT_EQUAL(
        patch(
            "{\"variants\":[{\"sku\":\"P-L\"},{\"sku\":\"P-X\",\"stock\":2}]}", &cur, &d),
        ERR_OK);
    CU_ASSERT_EQUAL(d.p.skus_n, 2);
    CU_ASSERT_EQUAL(d.p.skus[0].price, 700);
    CU_ASSERT_EQUAL(d.p.skus[0].stock, -1);
    CU_ASSERT_EQUAL(d.p.skus[1].price, 500);
    CU_ASSERT_EQUAL(d.p.skus[1].stock, 2);
}

static void
test_if_match(void)
{
    struct product p = sample(); /* 3-9 */

    CU_ASSERT_TRUE(product_if_match(STR("\"3-9\""), &p, true));
    CU_ASSERT_TRUE(product_if_match(STR("\"3-8\""), &p, false));
    CU_ASSERT_FALSE(product_if_match(STR("\"3-8\""), &p, true));
    CU_ASSERT_FALSE(product_if_match(STR("\"33-9\""), &p, false));
    CU_ASSERT_FALSE(product_if_match(STR("\"2-9\""), &p, false));
    CU_ASSERT_TRUE(product_if_match(STR("*"), &p, true));
    CU_ASSERT_TRUE(product_if_match(STR("\"1-1\" , \"3-9\""), &p, true));
    /* Our own nginx weakens the tag of an answer that it compresses. */
    CU_ASSERT_TRUE(product_if_match(STR("W/\"3-9\""), &p, false));
    CU_ASSERT_FALSE(product_if_match(STR("W/\"2-9\""), &p, false));
    CU_ASSERT_FALSE(product_if_match(STR("3-9"), &p, false));
    CU_ASSERT_FALSE(product_if_match(STR("\"\""), &p, false));
    CU_ASSERT_FALSE(product_if_match(STR("\""), &p, false));
}

static void
test_search_words(void)
{
    struct search_words w;

    search_words(ar, STR("Brass  lamps"), &w);
    CU_ASSERT_TRUE(str_eq_c(w.all, "+brass* +lamp*"));
    CU_ASSERT_EQUAL(w.like_n, 0);
    search_words(ar, STR("+the -\"HP\" (ink)*~<>@"), &w);
    CU_ASSERT_TRUE(str_eq_c(w.all, "+ink*"));
    CU_ASSERT_EQUAL(w.like_n, 1);
    CU_ASSERT_TRUE(str_eq_c(w.like[0], "%hp%"));
    search_words(ar, STR("100%_!"), &w);
    CU_ASSERT_TRUE(str_eq_c(w.all, "+100*"));
    CU_ASSERT_TRUE(str_eq_c(w.like[0], "%!_%"));
    search_words(ar, STR("the"), &w);
    CU_ASSERT_PTR_NULL(w.all.p);
    CU_ASSERT_TRUE(str_eq_c(w.like[0], "%the%"));
    search_words(ar, STR("%!"), &w);
    CU_ASSERT_TRUE(str_eq_c(w.like[0], "%!%!!%"));
    search_words(ar, STR("日本語 カメラ"), &w);
    CU_ASSERT_PTR_NULL(w.all.p);
    CU_ASSERT_EQUAL(w.like_n, 2);
    search_words(ar, STR("a1 b2 c3 d4 e5 f6 g7 h8 i9 j0 k1 l2 m3 n4"), &w);
    CU_ASSERT_EQUAL(w.like_n, SEARCH_WORDS_MAX);
}

static void
test_search_text_is_bounded(void)
{
    struct product p = sample();
    char *big = arena_alloc(ar, 100000);
    struct str s;

    memset(big, 'x', 100000);
    p.description = (struct str){big, 100000};
    s = product_search_text(ar, &p);
    CU_ASSERT_TRUE(s.n > 16000 && s.n <= 16384);
    CU_ASSERT_TRUE(str_starts(s, STR("B\nP-S\n")));
}

/* A bad line is shown on somebody's terminal: its text must not steer it. */
static void
test_reasons_are_one_plain_line(void)
{
    struct import_line l = {.number = 1};

    CU_ASSERT_FALSE(import_line_read(ar,
        STR("{\"sku\":\"A\",\"name\":\"n\",\"price\":\"\\u001b[31m9\\n\\u007f\"}"),
        STR("USD"), &l));
    CU_ASSERT_STRING_EQUAL(l.reason, "/price: \"?[31m9??\" is no price in USD");
}

static CU_TestInfo tests[] = {
    {"reasons of bad lines are one plain line", test_reasons_are_one_plain_line},
    {"a whole product out of JSON", test_whole_product_out_of_json},
    {"variants take the product's price", test_variants_take_the_products_price},
    {"bad drafts are refused by name", test_bad_drafts_are_refused},
    {"a patch leaves the rest", test_patch_leaves_the_rest},
    {"a patched price moves those that cost it",
        test_patch_of_the_price_moves_those_that_cost_it},
    {"a patch merges attributes by name", test_patch_merges_attributes_by_name},
    {"a patch of stock needs one SKU", test_patch_of_stock_needs_one_sku},
    {"a patch replaces variants whole", test_patch_replaces_variants},
    {"If-Match compares versions, weakened on the way or not", test_if_match},
    {"search words are cleaned", test_search_words},
    {"the search text is bounded", test_search_text_is_bounded},
    CU_TEST_INFO_NULL,
};
CU_SuiteInfo catalog_rules_suite = {
    "catalog rules", NULL, NULL, set_up, tear_down, tests};
