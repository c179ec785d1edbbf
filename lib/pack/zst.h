/* Compressing and back, piece after piece, in memory that does not grow with what passes.
 * The only folder that includes zstd.h. */
#ifndef SOUK_PACK_ZST_H
#define SOUK_PACK_ZST_H

#include "base/err.h"

/* Gets what comes out; its error stops the work and is returned. */
typedef enum err zst_sink(void *arg, const void *p, size_t n);

struct zst;

struct zst *zst_pack_new(void);
struct zst *zst_unpack_new(void);
void zst_free(struct zst *z);
/* More bytes in. ERR_BAD: what is unpacked is nothing that was packed. */
enum err zst_add(
    struct zst *z, const void *p, size_t n, zst_sink *sink, void *arg) MUST_CHECK;
/* No more will come. ERR_BAD: what was unpacked is cut off. */
enum err zst_end(struct zst *z, zst_sink *sink, void *arg) MUST_CHECK;

#endif
