/* One line of an import: parsed, checked, and hashed in a form that does not depend on
 * how the line was written (order of members, white space, members we ignore). */
#include <stdio.h>
#include <string.h>

#include "auth/token.h"
#include "base/buf.h"
#include "catalog/draft.h"
#include "catalog/import_priv.h"
#include "json/jout.h"

#define CANON_MAX ((size_t)4 << 20)

/* Raise it when lines come to mean something else than before. */
#define CANON_VERSION 1

/* A terminal shows it: control characters of the file must not get there. */
static void
make_plain(char *s)
{
    for (; *s != '\0'; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            *s = '?';
}

void
import_reason(char out[IMPORT_REASON_N], const struct fault *flt, enum err e)
{
    if (flt->n > 0)
        (void)snprintf(out, IMPORT_REASON_N, "%s: %s", flt->field[0].pointer,
            flt->field[0].detail[0] != '\0' ? flt->field[0].detail : flt->field[0].code);
    else if (flt->detail[0] != '\0')
        (void)snprintf(out, IMPORT_REASON_N, "%s", flt->detail);
    else
        (void)snprintf(out, IMPORT_REASON_N, "%s", err_title(e));
    make_plain(out);
}

static void
canon_skus(struct jout *j, const struct product *p)
{
    size_t i;

    jout_arr(j);
    for (i = 0; i < p->skus_n; i++) {
        jout_str(j, p->skus[i].sku);
        jout_str(j, p->skus[i].variant);
        jout_str(j, p->skus[i].options);
        jout_i64(j, p->skus[i].price);
    }
    jout_arr_end(j);
}

static void
canon_lists(struct jout *j, const struct product *p)
{
    size_t i;

    jout_arr(j);
    for (i = 0; i < p->category_n; i++)
        jout_str(j, p->category[i]);
    jout_arr_end(j);
    jout_arr(j);
    for (i = 0; i < p->images_n; i++) {
        jout_str(j, p->images[i].url);
        jout_str(j, p->images[i].alt);
    }
    jout_arr_end(j);
    jout_arr(j);
    for (i = 0; i < p->attributes_n; i++) {
        jout_str(j, p->attributes[i].name);
        jout_str(j, p->attributes[i].value);
    }
    jout_arr_end(j);
}

/* SHA-256 over everything the line says but stock, which is compared by itself. */
static bool
canon_hash(struct arena *a, const struct product *p, unsigned char out[32])
{
    struct buf b;
    struct jout j;

    buf_init_arena(&b, a, CANON_MAX);
    jout_init(&j, &b);
    jout_arr(&j);
    jout_i64(&j, CANON_VERSION);
    jout_str(&j, p->name);
    jout_str(&j, p->description);
    jout_str(&j, p->brand);
    jout_str(&j, p->slug);
    jout_str(&j, p->currency);
    canon_skus(&j, p);
    canon_lists(&j, p);
    jout_arr_end(&j);
    sha256(b.p, b.n, out);
    return !b.overflow;
}

bool
import_line_read(
    struct arena *a, struct str text, struct str currency, struct import_line *l)
{
    struct fault flt;
    struct jval *v;
    enum err e;

    fault_clear(&flt);
    e = jin_parse(a, text, &v, &flt);
    if (e == ERR_OK && v->type != J_OBJECT)
        e = fault_field(&flt, "/", "wrong_type", "not a JSON object");
    if (e == ERR_OK)
        e = draft_read(a, v, DRAFT_IMPORT, currency, &l->d, &flt);
    if (e == ERR_OK)
        e = product_draft_check(&l->d, &flt);
    if (e == ERR_OK && !canon_hash(a, &l->d.p, l->hash))
        e = fault_field(&flt, "/", "too_long", "too much text");
    if (e != ERR_OK) {
        import_reason(l->reason, &flt, e);
        return false;
    }
    l->lists_variants = jin_get_type(v, "variants", J_ARRAY) != NULL;
    l->d.p.archived = false;
    l->d.import_hash = (struct str){(const char *)l->hash, sizeof(l->hash)};
    return true;
}
