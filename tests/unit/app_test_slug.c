/* Slugs: ASCII, bounded, the same for the same name, and never mistaken for an id. */
#include <CUnit/CUnit.h>

#include <string.h>

#include "catalog/catalog.h"
#include "catalog/slug.h"

extern CU_SuiteInfo slug_suite;

static struct arena *ar;

static void
set_up(void)
{
    ar = arena_new(4096);
}

static void
tear_down(void)
{
    arena_free(ar);
}

static void
test_names_become_addresses(void)
{
    static const struct {
        const char *name, *slug;
    } t[] = {
        {"Café Été 42", "cafe-ete-42"},
        {"Audio", "audio"},
        {"  --Lamp -- No. 7!  ", "lamp-no-7"},
        {"Children's T-Shirt", "childrens-t-shirt"},
        {"Straße Øre Łódź", "strasse-ore-lodz"},
        {"Cafe\xcc\x81", "cafe"},
        {"Việt Nam", "viet-nam"},
        {"Объём", "obem"},
        {"日本", "item"},
        {"", "item"},
        {"10×20", "10-20"},
        {"a\xff\xfe"
         "b",
            "a-b"},
        {"TV & Home Theater", "tv-home-theater"},
    };
    size_t i;

    for (i = 0; i < NELEM(t); i++) {
        struct str s = slugify(ar, str_c(t[i].name));

        CU_ASSERT_TRUE(str_eq_c(s, t[i].slug));
    }
}

static void
test_long_names_are_cut_without_a_trailing_hyphen(void)
{
    char name[400];
    struct str s;
    size_t i;

    for (i = 0; i < sizeof(name); i++)
        name[i] = i % 7 == 6 ? ' ' : 'x';
    for (i = 100; i < sizeof(name); i++) {
        s = slugify(ar, (struct str){name, i});
        CU_ASSERT_TRUE(s.n <= 120 && s.n >= 85);
        CU_ASSERT_TRUE(slug_valid(s));
        s = slug_category(ar, (struct str){name, i});
        CU_ASSERT_TRUE(s.n <= SLUG_CATEGORY_MAX && slug_valid(s));
    }
}

static void
test_product_slugs_never_read_as_an_id(void)
{
    CU_ASSERT_TRUE(str_eq_c(slug_product(ar, STR("1984")), "item-1984"));
    CU_ASSERT_TRUE(str_eq_c(slug_product(ar, STR("Nineteen 84")), "nineteen-84"));
}

static void
test_categories_without_ascii_stay_apart(void)
{
    struct str food = slug_category(ar, STR("食品")),
               drink = slug_category(ar, STR("飲料"));

    CU_ASSERT_FALSE(str_eq(food, drink));
    CU_ASSERT_TRUE(str_eq(food, slug_category(ar, STR("食品"))));
    CU_ASSERT_TRUE(str_eq(food, slug_category(ar, food)));
    CU_ASSERT_TRUE(slug_valid(food));
}

static void
test_chosen_slugs_are_checked(void)
{
    static const char *const bad[] = {
        "", "-a", "a-", "a--b", "A", "a b", "12", "é", "a/b", "a_b"};
    size_t i;

    for (i = 0; i < NELEM(bad); i++)
        CU_ASSERT_FALSE(slug_valid(str_c(bad[i])));
    CU_ASSERT_TRUE(slug_valid(STR("a")));
    CU_ASSERT_TRUE(slug_valid(STR("1-2")));
    CU_ASSERT_TRUE(slug_valid(STR("brass-lamp-7")));
}

static CU_TestInfo tests[] = {
    {"names become addresses", test_names_become_addresses},
    {"long names are cut cleanly", test_long_names_are_cut_without_a_trailing_hyphen},
    {"a product's slug never reads as an id", test_product_slugs_never_read_as_an_id},
    {"categories without ASCII stay apart", test_categories_without_ascii_stay_apart},
    {"chosen slugs are checked", test_chosen_slugs_are_checked},
    CU_TEST_INFO_NULL,
};
CU_SuiteInfo slug_suite = {"slug", NULL, NULL, set_up, tear_down, tests};
