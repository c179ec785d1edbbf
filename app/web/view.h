/* Filling templates: the small forms that several pages share. All memory is the arena's. */
#ifndef SOUK_WEB_VIEW_H
#define SOUK_WEB_VIEW_H

#include "catalog/catalog.h"
#include "http/resp.h"
#include "html/tmpl.h"
#include "web/assets.h"

/* An optional text: null when there is none or it is empty. */
void view_text(struct arena *a, struct tval *t, const char *name, struct str s);
/* Null: printed as nothing, and stops the look-up in outer objects. */
void view_null(struct arena *a, struct tval *t, const char *name);
void view_money(struct arena *a, struct tval *t, const char *name, int64_t amount,
    struct str currency);
/* Parts per million: 190000 as "19 %", 77000 as "7.7 %". */
struct str view_rate(struct arena *a, int64_t ppm);
/* "3 May 2025, 14:05 UTC". */
struct str view_time_text(struct arena *a, int64_t ms);
void view_time(struct arena *a, struct tval *t, const char *name, int64_t ms);
/* "paid" -> "Paid", "partially_refunded" -> "Partially refunded". */
struct str view_label(struct arena *a, struct str status);
/* A picture's address with its content hash; null when there is none. */
void view_image(struct arena *a, struct tval *t, const char *name, const struct assets *as,
    struct str url);
/* "in", "low" or "out", and the words for it. */
const char *view_stock_level(int64_t stock);
struct str view_stock_text(struct arena *a, int64_t stock);
/* One product of a grid (partial product_card). */
void view_card(struct arena *a, struct tval *t, const struct assets *as,
    const struct product_card *c);
void view_cards(struct arena *a, struct tval *data, const char *name, const struct assets *as,
    const struct product_card *c, size_t n);
/* The object "pager", null when one page holds all. `base` is the page's address with its
 * query but for page=; it ends in '?' or '&'. */
void view_pager(struct arena *a, struct tval *data, struct str base, struct paging pg,
    int64_t total);
/* The detail of the field fault whose pointer ends in "/name"; STR_NULL if none. */
struct str view_fault(const struct fault *flt, const char *name);
/* The object "errors" with every name of `names` (NULL-terminated) set: the fault's detail
 * for the field of that name, else null. "form_error": the fault's own detail when no named
 * field explains it. */
void view_errors(struct arena *a, struct tval *data, const struct fault *flt,
    const char *const *names);

#endif
