/* What the shop charges besides its prices, as a snapshot that nobody changes, and the
 * place where a process keeps the newest. Nothing here decides an amount: price.c does.
 */
#ifndef SOUK_PRICE_RULES_H
#define SOUK_PRICE_RULES_H

#include "db/db.h"
#include "kv/cache.h"
#include "price/price.h"

struct tax_rule {
    struct str country;
    int64_t category_id; /* 0: general */
    int64_t ppm;
    bool inclusive;
};
struct category_rule {
    int64_t id, parent_id;
};
struct place_rule {
    struct str country; /* "*": all that stand nowhere else */
    int64_t zone_id;
};
struct method_rule {
    int64_t zone_id;
    struct str code, name, currency;
    int64_t charge, free_from, max_order; /* the last two -1: none */
};
struct price_rules {
    struct tax_rule *tax; /* by country, category_id */
    size_t tax_n;
    struct category_rule *categories; /* by id */
    size_t categories_n;
    struct place_rule *places; /* by country */
    size_t places_n;
    struct method_rule *methods; /* in the shop's order */
    size_t methods_n;
};

/* Put the lists in the order that they are searched in; methods stay as they are. */
void price_rules_sort(struct price_rules *r);
/* The rate of a line or (category 0) of delivery; NULL: no tax. */
const struct tax_rule *price_rules_tax(
    const struct price_rules *r, struct str country, int64_t category_id);
/* rules_store.c: read them. ERR_TOO_LARGE above any sensible number. */
enum err price_rules_read(
    struct db *db, struct arena *a, struct price_rules *out) MUST_CHECK;

/* --- rules.c: the newest snapshot of this process --- */

struct price_book;
struct price_book *price_book_new(struct cache *cache);
void price_book_free(struct price_book *b);
/* The rules as they are: at most a second old, and not older than the last
 * price_rules_changed() on this machine. They stay until the arena's reset. False:
 * somebody has to read them first, by price_book_read(). */
bool price_book_look(
    struct price_book *b, struct arena *a, const struct price_rules **out);
enum err price_book_read(struct price_book *b, struct db *db, struct arena *a,
    const struct price_rules **out) MUST_CHECK;

#endif
