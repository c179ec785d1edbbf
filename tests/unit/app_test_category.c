/* Which categories the shop's front shows. */
#include <CUnit/CUnit.h>

#include "catalog/catalog.h"

extern CU_SuiteInfo category_suite;

static const struct category tree[] = {
    {.name = STR_INIT("A"), .path = STR_INIT("a"), .depth = 1, .count = 3},
    {.name = STR_INIT("B"), .path = STR_INIT("a/b"), .depth = 2, .count = 90},
    {.name = STR_INIT("C"), .path = STR_INIT("c"), .depth = 1, .count = 1},
    {.name = STR_INIT("D"), .path = STR_INIT("d"), .depth = 1, .count = 0},
    {.name = STR_INIT("E"), .path = STR_INIT("e"), .depth = 1, .count = 7},
    {.name = STR_INIT("F"), .path = STR_INIT("f"), .depth = 1, .count = 5},
};

static void
test_largest_in_tree_order(void)
{
    const struct category *top[3];

    CU_ASSERT_EQUAL_FATAL(category_top(tree, NELEM(tree), top, 3), 3);
    CU_ASSERT(str_eq_c(top[0]->path, "a"));
    CU_ASSERT(str_eq_c(top[1]->path, "e"));
    CU_ASSERT(str_eq_c(top[2]->path, "f"));
}

static void
test_empty_and_deep_ones_never(void)
{
    const struct category *top[9];
    size_t i, n = category_top(tree, NELEM(tree), top, NELEM(top));

    CU_ASSERT_EQUAL(n, 4);
    for (i = 0; i < n; i++)
        CU_ASSERT(top[i]->depth == 1 && top[i]->count > 0);
}

static CU_TestInfo tests[] = {
    {"the largest are shown in the tree's order", test_largest_in_tree_order},
    {"empty and deeper ones are never shown", test_empty_and_deep_ones_never},
    CU_TEST_INFO_NULL,
};
CU_SuiteInfo category_suite = {"category", NULL, NULL, NULL, NULL, tests};
