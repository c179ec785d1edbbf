/* Importing and exporting on a real database: again changes nothing, bad lines name
 * themselves and hurt nobody else, what was sold stays sold, and out is in again. */
#include <CUnit/CUnit.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/catalog.h"
#include "catalog/import.h"
#include "it.h"
#include "it_shop.h"
#include "stock/stock.h"

#define BAD_MAX 64

static struct {
    int64_t line;
    char reason[200];
} bad[BAD_MAX];
static size_t bad_n;

static void
on_bad(void *arg, int64_t line, const char *reason)
{
    (void)arg;
    if (bad_n == BAD_MAX)
        return;
    bad[bad_n].line = line;
    (void)snprintf(bad[bad_n++].reason, sizeof(bad[0].reason), "%s", reason);
}

static struct import_report
import_bytes(const char *text, size_t n, bool set_stock)
{
    struct import_options o = {
        .currency = STR("USD"), .set_stock = set_stock, .bad_line = on_bad};
    struct import_report r;
    FILE *f = tmpfile();

    bad_n = 0;
    CU_ASSERT_FATAL(f != NULL && fwrite(text, 1, n, f) == n);
    rewind(f);
    CU_ASSERT_EQUAL(import_file(shop_db, NULL, f, &o, &r), ERR_OK);
    CU_ASSERT_EQUAL(r.bytes, (int64_t)n);
    CU_ASSERT_EQUAL(r.bad, (int64_t)bad_n);
    (void)fclose(f);
    return r;
}

static struct import_report
import_text(const char *text, bool set_stock)
{
    return import_bytes(text, strlen(text), set_stock);
}

static struct product
by_sku(const char *sku)
{
    struct sku_info info = {.sku_id = 0};
    struct str code = str_c(sku);
    struct product p = {.id = 0};

    CU_ASSERT_EQUAL(catalog_skus(shop_db, shop_ar, &code, 1, &info), ERR_OK);
    CU_ASSERT_TRUE(info.sku_id != 0);
    CU_ASSERT_EQUAL_FATAL(catalog_get(shop_db, shop_ar, info.product_id, &p), ERR_OK);
    return p;
}

static void
empty_catalogue(void)
{
    static const char *const tables[] = {"DELETE FROM stock_move", "DELETE FROM stock",
        "DELETE FROM sku", "DELETE FROM product_image", "DELETE FROM product_attribute",
        "DELETE FROM product"};
    size_t i;

    for (i = 0; i < NELEM(tables); i++)
        sql_do(tables[i], 0);
}

static void
up(void)
{
    shop_test_up();
    empty_catalogue();
}

/* Everything a second run could have touched. */
static int64_t
fingerprint(void)
{
    return sql_int(
               "SELECT COALESCE(SUM(CRC32(CONCAT_WS('|', id, slug, name, version, price,"
               " updated_at, HEX(import_hash)))), 0) FROM product",
               0) +
           sql_int(
               "SELECT COALESCE(SUM(CRC32(CONCAT_WS('|', s.id, s.sku, s.price, s.status,"
               " k.available, k.version))), 0) FROM sku s JOIN stock k ON k.sku_id = "
               "s.id",
               0) +
           sql_int("SELECT COUNT(*) FROM stock_move", 0) * 7 +
           sql_int("SELECT COUNT(*) FROM product_attribute", 0) * 11;
}

static const char three[] =
    "\xef\xbb\xbf{\"sku\":\"A1\",\"name\":\"Alpha\",\"price\":\"12.50\",\"stock\":5}\r\n"
    "\r\n"
    "{\"sku\":\"A2\",\"name\":\"Beta\",\"price\":7,\"currency\":\"JPY\",\"category\":"
    "[\"Top\",\"Sub\"],\"brand\":\"B\",\"image\":\"http://x/y.jpg\",\"gtin\":\"1\"}\n"
    "{\"sku\":\"A3\",\"name\":\"Gamma\",\"price\":3.5,\"attributes\":{\"w\":1.0,\"ok\":"
    "true}}";

static void
test_lines_become_products(void)
{
    struct import_report r = import_text(three, false);
    struct product p;

    CU_ASSERT_EQUAL(r.lines, 4);
    CU_ASSERT_EQUAL(r.created, 3);
    CU_ASSERT_EQUAL(r.bad, 0);
    p = by_sku("A1");
    CU_ASSERT_EQUAL(p.price, 1250);
    CU_ASSERT_EQUAL(p.skus[0].stock, 5);
    CU_ASSERT_TRUE(str_eq_c(p.currency, "USD"));
    p = by_sku("A2");
    CU_ASSERT_EQUAL(p.price, 7);
    CU_ASSERT_TRUE(str_eq_c(p.category_path, "top/sub"));
    CU_ASSERT_EQUAL(p.images_n, 1);
    p = by_sku("A3");
    CU_ASSERT_EQUAL(p.attributes_n, 2);
    CU_ASSERT_TRUE(str_eq_c(p.attributes[0].value, "1"));
}

static void
test_again_changes_nothing(void)
{
    struct import_report r = import_text(three, false);
    int64_t before = fingerprint();

    CU_ASSERT_EQUAL(r.created, 3);
    r = import_text(three, false);
    CU_ASSERT_EQUAL(r.unchanged, 3);
    CU_ASSERT_EQUAL(r.created + r.updated + r.bad, 0);
    r = import_text(three, true);
    CU_ASSERT_EQUAL(r.unchanged, 3);
    CU_ASSERT_EQUAL(fingerprint(), before);
    /* Written otherwise, saying the same. */
    r = import_text(
        "{ \"price\": 12.5, \"name\":\"Alpha\" ,\"stock\":5,\"sku\":\"A1\"}\n", false);
    CU_ASSERT_EQUAL(r.unchanged, 1);
    CU_ASSERT_EQUAL(fingerprint(), before);
}

static enum err
sell_two(struct db *db, void *arg)
{
    int64_t left;

    return stock_adjust(db, *(const int64_t *)arg, -2, STR("sold"), "test", &left, NULL);
}

static void
test_what_was_sold_stays_sold(void)
{
    static const char renamed[] =
        "{\"sku\":\"A1\",\"name\":\"Alpha II\",\"price\":\"12.50\",\"stock\":5}\n";
    struct import_report r = import_text(three, false);
    struct product p = by_sku("A1");

    CU_ASSERT_EQUAL(r.created, 3);
    CU_ASSERT_EQUAL(db_tx(shop_db, sell_two, &p.skus[0].id), ERR_OK);
    r = import_text(three, false);
    CU_ASSERT_EQUAL(r.unchanged, 3);
    CU_ASSERT_EQUAL(by_sku("A1").skus[0].stock, 3);
    r = import_text(renamed, false);
    CU_ASSERT_EQUAL(r.updated, 1);
    p = by_sku("A1");
    CU_ASSERT_TRUE(str_eq_c(p.name, "Alpha II"));
    CU_ASSERT_EQUAL(p.skus[0].stock, 3);
    CU_ASSERT_EQUAL(p.version, 2);
    r = import_text(renamed, true);
    CU_ASSERT_EQUAL(r.updated, 1);
    CU_ASSERT_EQUAL(by_sku("A1").skus[0].stock, 5);
    r = import_text(renamed, true);
    CU_ASSERT_EQUAL(r.unchanged, 1);
}

static void
test_bad_lines_name_themselves(void)
{
    static const char text[] =
        "{\"sku\":\"G1\",\"name\":\"Good\",\"price\":\"1\"}\n"
        "not json\n"
        "[1]\n"
        "{\"sku\":\"G2\",\"name\":\"No price\"}\n"
        "{\"sku\":\"G3\",\"name\":\"Bad\",\"price\":\"1.999\"}\n"
        "{\"sku\":\"G4\",\"name\":\"Bad\",\"price\":\"-1\"}\n"
        "{\"sku\":\"G1\",\"name\":\"Twice\",\"price\":\"1\"}\n"
        "{\"sku\":\"G5\",\"name\":\"\xff\xfe\",\"price\":\"1\"}\n"
        "{\"sku\":\"G6\",\"sku\":\"G7\",\"name\":\"N\",\"price\":\"1\"}\n"
        "{\"sku\":\"G8\",\"name\":\"Cut off\",\"pri\n"
        "{\"sku\":\"G9\",\"name\":\"Good too\",\"price\":\"2\"}\n";
    static const int64_t want[] = {2, 3, 4, 5, 6, 7, 8, 9, 10};
    struct import_report r = import_text(text, false);
    size_t i;

    CU_ASSERT_EQUAL(r.lines, 11);
    CU_ASSERT_EQUAL(r.created, 2);
    CU_ASSERT_EQUAL_FATAL(bad_n, NELEM(want));
    for (i = 0; i < bad_n; i++) {
        CU_ASSERT_EQUAL(bad[i].line, want[i]);
        CU_ASSERT_TRUE(bad[i].reason[0] != '\0');
    }
    CU_ASSERT_PTR_NOT_NULL(strstr(bad[5].reason, "line 1 has it"));
    CU_ASSERT_EQUAL(sql_int("SELECT COUNT(*) FROM product", 0), 2);
}

/* The line that the database refuses must not take its batch with it. */
static void
test_refused_by_the_database_alone(void)
{
    static const char text[] =
        "{\"sku\":\"S1\",\"name\":\"One\",\"price\":\"1\",\"slug\":\"the-one\"}\n"
        "{\"sku\":\"S2\",\"name\":\"Two\",\"price\":\"1\",\"slug\":\"the-one\"}\n"
        "{\"sku\":\"S3\",\"name\":\"Three\",\"price\":\"1\"}\n";
    struct import_report r = import_text(text, false);

    CU_ASSERT_EQUAL(r.created, 2);
    CU_ASSERT_EQUAL_FATAL(bad_n, 1);
    CU_ASSERT_EQUAL(bad[0].line, 2);
    CU_ASSERT_PTR_NOT_NULL(strstr(bad[0].reason, "slug"));
    CU_ASSERT_TRUE(str_eq_c(by_sku("S1").slug, "the-one"));
}

static void
test_long_lines_are_skipped(void)
{
    static const char head[] = "{\"sku\":\"L1\",\"name\":\"",
                      tail[] = "\",\"price\":\"1\"}\n";
    static const char good[] = "{\"sku\":\"L2\",\"name\":\"Short\",\"price\":\"1\"}\n";
    size_t n = IMPORT_LINE_MAX + 100, at = 0;
    char *text = malloc(n + sizeof(head) + sizeof(tail) + sizeof(good));
    struct import_report r;

    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    if (text == NULL)
        return;
    memcpy(text, head, sizeof(head) - 1);
    at = sizeof(head) - 1;
    memset(text + at, 'x', n);
    at += n;
    memcpy(text + at, tail, sizeof(tail) - 1);
    at += sizeof(tail) - 1;
    memcpy(text + at, good, sizeof(good) - 1);
    at += sizeof(good) - 1;
    r = import_bytes(text, at, false);
    free(text);
    CU_ASSERT_EQUAL(r.lines, 2);
    CU_ASSERT_EQUAL(r.created, 1);
    CU_ASSERT_EQUAL_FATAL(bad_n, 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(bad[0].reason, "1 MiB"));
}

static void
test_variants_are_safe_from_plain_lines(void)
{
    static const char with[] =
        "{\"sku\":\"V-S\",\"name\":\"Vest\",\"price\":\"9\",\"stock\":2,\"variants\":["
        "{\"sku\":\"V-S\",\"options\":{\"Size\":\"S\"}},"
        "{\"sku\":\"V-L\",\"options\":{\"Size\":\"L\"},\"stock\":3}]}\n";
    static const char plain[] = "{\"sku\":\"V-S\",\"name\":\"Vest\",\"price\":\"8\"}\n"
                                "{\"sku\":\"V-L\",\"name\":\"Other\",\"price\":\"8\"}\n";
    static const char fewer[] = "{\"sku\":\"V-S\",\"name\":\"Vest\",\"price\":\"9\","
                                "\"variants\":[{\"sku\":\"V-S\"}]}\n";
    struct import_report r = import_text(with, false);

    CU_ASSERT_EQUAL(r.created, 1);
    CU_ASSERT_EQUAL(by_sku("V-L").skus_n, 2);
    r = import_text(plain, false);
    CU_ASSERT_EQUAL(r.bad, 2);
    CU_ASSERT_EQUAL(by_sku("V-S").skus_n, 2);
    r = import_text(fewer, false);
    CU_ASSERT_EQUAL(r.updated, 1);
    CU_ASSERT_EQUAL(by_sku("V-S").skus_n, 1);
    CU_ASSERT_EQUAL(by_sku("V-S").skus[0].stock, 2);
    r = import_text("{\"sku\":\"V-L\",\"name\":\"Other\",\"price\":\"8\"}\n", false);
    CU_ASSERT_EQUAL(r.bad, 1);
}

static void
test_archived_products_stay_archived(void)
{
    struct import_report r = import_text(three, false);
    struct product p = by_sku("A1");

    CU_ASSERT_EQUAL(r.created, 3);
    CU_ASSERT_EQUAL(catalog_archive(shop_db, p.id, 0), ERR_OK);
    r = import_text("{\"sku\":\"A1\",\"name\":\"Changed\",\"price\":\"1\"}\n", false);
    CU_ASSERT_EQUAL(r.updated, 1);
    CU_ASSERT_TRUE(by_sku("A1").archived);
    CU_ASSERT_TRUE(str_eq_c(by_sku("A1").name, "Changed"));
}

static char *
export_text(size_t *n, int64_t *count)
{
    char *text = NULL;
    FILE *f = open_memstream(&text, n);

    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    CU_ASSERT_EQUAL(export_file(shop_db, f, count), ERR_OK);
    (void)fclose(f);
    return text;
}

static void
test_out_is_in_again(void)
{
    static const char more[] =
        "{\"sku\":\"X-S\",\"name\":\"Vest "
        "\\\"é\\\"\",\"price\":\"9\",\"currency\":\"KWD\","
        "\"stock\":2,\"images\":[\"/a.svg\",{\"url\":\"/b.svg\",\"alt\":\"b\"}],"
        "\"description\":\"line\\nline\",\"variants\":[{\"sku\":\"X-S\",\"options\":"
        "{\"Size\":\"S\"}},{\"sku\":\"X-L\",\"options\":{\"Size\":\"L\"},\"price\":\"1."
        "234\"}]}\n";
    struct import_report r;
    char *first, *second;
    size_t n, m;
    int64_t count;

    (void)import_text(three, false);
    (void)import_text(more, false);
    first = export_text(&n, &count);
    CU_ASSERT_EQUAL(count, 4);
    empty_catalogue();
    r = import_bytes(first, n, false);
    CU_ASSERT_EQUAL(r.created, 4);
    CU_ASSERT_EQUAL(r.bad, 0);
    second = export_text(&m, &count);
    CU_ASSERT_EQUAL(m, n);
    CU_ASSERT_EQUAL(n == m ? memcmp(first, second, n) : 1, 0);
    r = import_bytes(second, m, false);
    CU_ASSERT_EQUAL(r.unchanged, 4);
    free(first);
    free(second);
}

/* The real catalogue of the shared data, twice. */
static void
test_real_catalogue_twice(void)
{
    struct import_options o = {.currency = STR("USD"), .bad_line = on_bad};
    const char *dir = getenv("SOUK_TEST_DATA");
    struct import_report r;
    char command[512];
    int64_t before = 0;
    int i;

    (void)snprintf(command, sizeof(command), "zcat '%s/catalog/products_usd.jsonl.gz'",
        dir != NULL ? dir : "");
    if (dir == NULL) {
        (void)printf("skipped: no SOUK_TEST_DATA\n");
        return;
    }
    for (i = 0; i < 2; i++) {
        FILE *f = popen(command, "r");

        CU_ASSERT_PTR_NOT_NULL_FATAL(f);
        bad_n = 0;
        CU_ASSERT_EQUAL(import_file(shop_db, NULL, f, &o, &r), ERR_OK);
        (void)pclose(f);
        if (r.lines == 0) {
            (void)printf("skipped: no SOUK_TEST_DATA/catalog\n");
            return;
        }
        CU_ASSERT_EQUAL(r.lines, 22691);
        CU_ASSERT_EQUAL(i == 0 ? r.created : r.unchanged, 22691);
        CU_ASSERT_EQUAL(r.bad, 0);
        if (i == 0)
            before = fingerprint();
    }
    CU_ASSERT_EQUAL(fingerprint(), before);
}

static CU_TestInfo tests[] = {
    {"lines become products", test_lines_become_products},
    {"again changes nothing", test_again_changes_nothing},
    {"what was sold stays sold", test_what_was_sold_stays_sold},
    {"bad lines name themselves", test_bad_lines_name_themselves},
    {"a line the database refuses is alone", test_refused_by_the_database_alone},
    {"long lines are skipped", test_long_lines_are_skipped},
    {"variants are safe from plain lines", test_variants_are_safe_from_plain_lines},
    {"archived products stay archived", test_archived_products_stay_archived},
    {"out is in again", test_out_is_in_again},
    {"the real catalogue twice", test_real_catalogue_twice},
    CU_TEST_INFO_NULL,
};

int
main(void)
{
    CU_SuiteInfo s = {"import", shop_up, shop_down, up, shop_test_down, tests};

    return it_main(&s);
}
