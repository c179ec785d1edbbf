/* libqrencode's matrix as one path: a piece for each run of dark modules of a row. */
#include "html/qr.h"

#include <limits.h>
#include <qrencode.h>

#include "base/buf.h"

#define QUIET 4 /* modules of white around it that readers ask for */
#define PATH_MAX_N ((size_t)512 << 10)

static bool
dark(const QRcode *code, int x, int y)
{
    return x < code->width && (code->data[y * code->width + x] & 1) != 0;
}

static void
row_put(struct buf *b, const QRcode *code, int y)
{
    for (int x = 0, from; x < code->width; x++) {
        if (!dark(code, x, y))
            continue;
        for (from = x; dark(code, x, y);)
            x++;
        buf_printf(b, "M%d %dh%dv1h-%dz", from + QUIET, y + QUIET, x - from, x - from);
    }
}

enum err
qr_make(struct arena *a, struct str text, struct qr *out)
{
    QRcode *code;
    struct buf b;

    if (text.n > INT_MAX)
        return ERR_TOO_LARGE;
    code = QRcode_encodeData((int)text.n, (const unsigned char *)text.p, 0, QR_ECLEVEL_M);
    if (code == NULL)
        return ERR_TOO_LARGE;
    buf_init_arena(&b, a, PATH_MAX_N);
    for (int y = 0; y < code->width; y++)
        row_put(&b, code, y);
    *out = (struct qr){.size = code->width + 2 * QUIET, .path = buf_view(&b)};
    QRcode_free(code);
    return ERR_OK;
}
