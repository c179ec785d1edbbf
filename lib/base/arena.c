/* Request memory in blocks that only ever grow.  The first block stays across resets,
 * so that a usual request never calls malloc.  Refuses to run out: it aborts. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What was reset must not be read again: with ASan such a read is reported. */
#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#define POISON(p, n) ASAN_POISON_MEMORY_REGION(p, n)
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#else
#define POISON(p, n) ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#endif

#define ALIGN alignof(max_align_t)

struct block {
    struct block *next;
    size_t cap, used;
    alignas(max_align_t) char data[];
};

struct deferred {
    struct deferred *next;
    void (*fn)(void *);
    void *obj;
};

struct arena {
    struct block *first; /* kept */
    struct block *cur;
    struct deferred *deferred; /* newest first */
    size_t used;
};

static struct block *
block_new(size_t cap)
{
    struct block *b;

    if (cap > SIZE_MAX / 2)
        abort();
    b = malloc(sizeof(*b) + cap);
    if (b == NULL)
        abort();
    b->next = NULL;
    b->cap = cap;
    b->used = 0;
    POISON(b->data, cap);
    return b;
}

static void
block_free(struct block *b)
{
    UNPOISON(b->data, b->cap);
    free(b);
}

static size_t
round_up(size_t n)
{
    if (n > SIZE_MAX / 2)
        abort();
    return (n + ALIGN - 1) / ALIGN * ALIGN;
}

struct arena *
arena_new(size_t chunk)
{
    struct arena *a = malloc(sizeof(*a));

    if (a == NULL)
        abort();
    a->first = a->cur = block_new(round_up(chunk));
    a->deferred = NULL;
    a->used = 0;
    return a;
}

void
arena_reset(struct arena *a)
{
    struct block *b;

    /* Popped before it runs, for a deferred call may itself use the arena. */
    while (a->deferred != NULL) {
        struct deferred d = *a->deferred;

        a->deferred = d.next;
        d.fn(d.obj);
    }
    while ((b = a->first->next) != NULL) {
        a->first->next = b->next;
        block_free(b);
    }
    a->cur = a->first;
    a->first->used = 0;
    a->used = 0;
    POISON(a->first->data, a->first->cap);
}

void
arena_free(struct arena *a)
{
    if (a == NULL)
        return;
    arena_reset(a);
    block_free(a->first);
    free(a);
}

/* A block with room for `n`, put behind the current one.  Later blocks are larger, so
 * that a large request takes few of them; what is larger still gets its own and the
 * current block goes on being filled. */
static struct block *
block_for(struct arena *a, size_t n)
{
    size_t usual = a->first->cap * 2;
    struct block *b = block_new(n > usual ? n : usual);

    b->next = a->cur->next;
    a->cur->next = b;
    if (n <= usual)
        a->cur = b;
    return b;
}

void *
arena_alloc(struct arena *a, size_t n)
{
    size_t rounded = round_up(n > 0 ? n : 1);
    struct block *b = a->cur;
    char *p;

    if (rounded > b->cap - b->used)
        b = block_for(a, rounded);
    p = b->data + b->used;
    b->used += rounded;
    a->used += rounded;
    UNPOISON(p, n);
    return p;
}

void *
arena_calloc(struct arena *a, size_t n, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(n, size, &bytes))
        abort();
    return memset(arena_alloc(a, bytes), 0, bytes);
}

char *
arena_cstr(struct arena *a, struct str s)
{
    char *p = arena_alloc(a, s.n + 1);

    if (s.n > 0)
        memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    return p;
}

struct str
arena_str(struct arena *a, struct str s)
{
    return s.p != NULL ? (struct str){arena_cstr(a, s), s.n} : s;
}

struct str
arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap;
    char *p;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        abort();
    p = arena_alloc(a, (size_t)n + 1);
    va_start(ap, fmt);
    n = vsnprintf(p, (size_t)n + 1, fmt, ap);
    va_end(ap);
    if (n < 0)
        abort();
    return (struct str){p, (size_t)n};
}

void
arena_defer(struct arena *a, void (*fn)(void *), void *obj)
{
    struct deferred *d = arena_alloc(a, sizeof(*d));

    d->next = a->deferred;
    d->fn = fn;
    d->obj = obj;
    a->deferred = d;
}

size_t
arena_used(const struct arena *a)
{
    return a->used;
}
