/* Request memory: everything that lives as long as a request comes from one arena
 * and goes with arena_reset(); nobody frees one by one.  Foreign objects (a result
 * set, a held lock, a borrowed connection) are tied to it with arena_defer().
 * Running out of memory aborts the process: the supervisor starts another one. */
#ifndef SOUK_BASE_ARENA_H
#define SOUK_BASE_ARENA_H

#include "base/str.h"

struct arena;

/* `chunk` is the size in bytes of the block kept across resets. */
struct arena *arena_new(size_t chunk);
void arena_free(struct arena *a);
/* Run the deferred calls, newest first, then forget all memory but the first block. */
void arena_reset(struct arena *a);
/* Never NULL, aligned for any type, content undefined. */
void *arena_alloc(struct arena *a, size_t n) __attribute__((returns_nonnull, malloc));
/* As arena_alloc for `n` objects of `size` bytes, zeroed; overflow aborts. */
void *arena_calloc(struct arena *a, size_t n, size_t size)
    __attribute__((returns_nonnull, malloc));
/* Copies, NUL-terminated behind the length. */
struct str arena_str(struct arena *a, struct str s);
char *arena_cstr(struct arena *a, struct str s) __attribute__((returns_nonnull));
struct str arena_printf(struct arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Call fn(obj) at the next reset. */
void arena_defer(struct arena *a, void (*fn)(void *), void *obj);
/* Bytes handed out since the last reset. */
size_t arena_used(const struct arena *a);

#endif
