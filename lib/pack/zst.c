/* libzstd's streams. Each frame carries a checksum of its content. */
#include "pack/zst.h"

#include <stdlib.h>
#include <zstd.h>

#define LEVEL 3
#define OUT_N ((size_t)128 << 10)

struct zst {
    ZSTD_CCtx *c; /* one of the two */
    ZSTD_DCtx *d;
    bool whole; /* nothing is missing that was begun */
    char out[OUT_N];
};

static struct zst *
zst_new(void)
{
    struct zst *z = calloc(1, sizeof(*z));

    if (z == NULL)
        abort();
    return z;
}

struct zst *
zst_pack_new(void)
{
    struct zst *z = zst_new();

    if ((z->c = ZSTD_createCCtx()) == NULL)
        abort();
    (void)ZSTD_CCtx_setParameter(z->c, ZSTD_c_compressionLevel, LEVEL);
    (void)ZSTD_CCtx_setParameter(z->c, ZSTD_c_checksumFlag, 1);
    return z;
}

struct zst *
zst_unpack_new(void)
{
    struct zst *z = zst_new();

    if ((z->d = ZSTD_createDCtx()) == NULL)
        abort();
    return z;
}

void
zst_free(struct zst *z)
{
    if (z == NULL)
        return;
    (void)ZSTD_freeCCtx(z->c);
    (void)ZSTD_freeDCtx(z->d);
    free(z);
}

static enum err
pack(struct zst *z, ZSTD_inBuffer *in, ZSTD_EndDirective how, zst_sink *sink, void *arg)
{
    enum err e = ERR_OK;
    size_t left;

    do {
        ZSTD_outBuffer out = {z->out, sizeof(z->out), 0};

        left = ZSTD_compressStream2(z->c, &out, in, how);
        if (ZSTD_isError(left))
            return ERR_INTERNAL;
        if (out.pos > 0)
            e = sink(arg, z->out, out.pos);
    } while (e == ERR_OK && (how == ZSTD_e_end ? left > 0 : in->pos < in->size));
    return e;
}

static enum err
unpack(struct zst *z, ZSTD_inBuffer *in, zst_sink *sink, void *arg)
{
    ZSTD_outBuffer out = {z->out, sizeof(z->out), 0};
    enum err e = ERR_OK;

    /* A full buffer may hide more behind it, but for the end of a frame. */
    while (e == ERR_OK && (in->pos < in->size || (out.pos == out.size && !z->whole))) {
        size_t left;

        out.pos = 0;
        left = ZSTD_decompressStream(z->d, &out, in);
        if (ZSTD_isError(left))
            return ERR_BAD;
        z->whole = left == 0;
        if (out.pos > 0)
            e = sink(arg, z->out, out.pos);
    }
    return e;
}

enum err
zst_add(struct zst *z, const void *p, size_t n, zst_sink *sink, void *arg)
{
    ZSTD_inBuffer in = {p, n, 0};

    return z->c != NULL ? pack(z, &in, ZSTD_e_continue, sink, arg)
                        : unpack(z, &in, sink, arg);
}

enum err
zst_end(struct zst *z, zst_sink *sink, void *arg)
{
    ZSTD_inBuffer in = {NULL, 0, 0};

    if (z->c != NULL)
        return pack(z, &in, ZSTD_e_end, sink, arg);
    return z->whole ? ERR_OK : ERR_BAD;
}
