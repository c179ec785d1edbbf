/* The request's memory. */
#include "base/arena.h"

#include <CUnit/CUnit.h>
#include <stdalign.h>
#include <string.h>

static struct arena *arena;
static char calls[16];
static size_t calls_n;

static void
set_up(void)
{
    arena = arena_new(256);
    calls_n = 0;
}

static void
tear_down(void)
{
    arena_free(arena);
}

static void
test_pieces_are_aligned_and_apart(void)
{
    unsigned char *p[200];
    size_t i, j, n;

    for (i = 0; i < NELEM(p); i++) {
        n = i * 7 % 400;
        p[i] = arena_alloc(arena, n);
        CU_ASSERT_EQUAL((uintptr_t)p[i] % alignof(max_align_t), 0);
        memset(p[i], (int)i, n);
    }
    for (i = 0; i < NELEM(p); i++)
        for (j = 0; j < i * 7 % 400; j++)
            CU_ASSERT_EQUAL_FATAL(p[i][j], i);
}

static void
test_first_block_is_used_again(void)
{
    void *first = arena_alloc(arena, 10);
    size_t i;

    for (i = 0; i < 50; i++)
        (void)arena_alloc(arena, 1000);
    CU_ASSERT(arena_used(arena) >= 50010);
    arena_reset(arena);
    CU_ASSERT_EQUAL(arena_used(arena), 0);
    CU_ASSERT_PTR_EQUAL(arena_alloc(arena, 10), first);
}

/* A large piece must not cost what is left of the current block. */
static void
test_large_piece_leaves_the_block_in_use(void)
{
    char *a = arena_alloc(arena, 16);
    char *b;

    (void)arena_alloc(arena, 100000);
    b = arena_alloc(arena, 16);
    CU_ASSERT(b == a + 16);
}

static void
test_calloc_is_zeroed_after_use(void)
{
    static const char zero[64];
    char *p = arena_alloc(arena, 64);

    memset(p, 0xff, 64);
    arena_reset(arena);
    p = arena_calloc(arena, 8, 8);
    CU_ASSERT_EQUAL(memcmp(p, zero, 64), 0);
}

static void
test_copies_end_with_nul(void)
{
    struct str s = arena_str(arena, STR("a\0b"));

    CU_ASSERT(s.n == 3 && memcmp(s.p, "a\0b", 4) == 0);
    CU_ASSERT_PTR_NULL(arena_str(arena, STR_NULL).p);
    CU_ASSERT_PTR_NOT_NULL(arena_str(arena, STR("")).p);
    CU_ASSERT_STRING_EQUAL(arena_cstr(arena, STR_NULL), "");
    CU_ASSERT_STRING_EQUAL(arena_cstr(arena, STR("xy")), "xy");
}

static void
test_printf_of_any_length(void)
{
    char want[3001];
    struct str s = arena_printf(arena, "%s-%d", "a", 7);

    CU_ASSERT(str_eq_c(s, "a-7") && s.p[3] == '\0');
    memset(want, 'x', 3000);
    want[3000] = '\0';
    s = arena_printf(arena, "%s", want);
    CU_ASSERT(s.n == 3000 && strcmp(s.p, want) == 0);
}

static void
note(void *obj)
{
    if (calls_n < sizeof(calls))
        calls[calls_n++] = *(const char *)obj;
}

static void
note_and_defer(void *obj)
{
    static char c = 'd';

    note(obj);
    arena_defer(arena, note, &c);
}

static void
test_deferred_run_newest_first_and_once(void)
{
    char a = 'a', b = 'b', c = 'c';

    arena_defer(arena, note, &a);
    arena_defer(arena, note_and_defer, &b);
    arena_defer(arena, note, &c);
    arena_reset(arena);
    CU_ASSERT(calls_n == 4 && memcmp(calls, "cbda", 4) == 0);
    arena_reset(arena);
    CU_ASSERT_EQUAL(calls_n, 4);
}

static void
test_free_runs_deferred(void)
{
    char a = 'a';

    arena_defer(arena, note, &a);
    arena_free(arena);
    CU_ASSERT_EQUAL(calls_n, 1);
    arena = arena_new(64);
}

static CU_TestInfo tests[] = {
    {"pieces are aligned and apart", test_pieces_are_aligned_and_apart},
    {"the first block is used again", test_first_block_is_used_again},
    {"a large piece leaves the block in use", test_large_piece_leaves_the_block_in_use},
    {"calloc is zeroed after use", test_calloc_is_zeroed_after_use},
    {"copies end with a NUL", test_copies_end_with_nul},
    {"printf of any length", test_printf_of_any_length},
    {"deferred calls run newest first, once", test_deferred_run_newest_first_and_once},
    {"freeing runs what was deferred", test_free_runs_deferred},
    CU_TEST_INFO_NULL,
};
CU_SuiteInfo arena_suite = {"arena", NULL, NULL, set_up, tear_down, tests};
