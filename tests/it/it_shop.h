/* What the integration tests of the shop share: an empty, migrated database, goods to
 * sell, shoppers, orders by them, and the books looked at afterwards. */
#ifndef SOUK_TESTS_IT_SHOP_H
#define SOUK_TESTS_IT_SHOP_H

#include "order/order.h"

/* Make the database anew from the migrations (SOUK_SQL_DIR, or "sql"); end. */
int shop_up(void);
int shop_down(void);
/* The folder of all migrations; the database anew from those in `dir`; those of `dir` that are
 * still missing. */
const char *shop_sql_dir(void);
void shop_anew(const char *dir);
void shop_migrate(const char *dir);
/* Fresh memory for a test; its end looks at the books, which must be right. */
void shop_test_up(void);
void shop_test_down(void);

extern struct db *shop_db;    /* of the main thread */
extern struct arena *shop_ar; /* likewise */
struct db_pool *shop_pool(void);

struct goods {
    int64_t sku_id, product_id;
    char sku[32];
};
struct goods goods_new(int64_t price, int64_t stock);
struct goods goods_new_in(int64_t price, int64_t stock, const char *currency);
int64_t goods_left(const struct goods *g);

struct shopper guest_new(struct arena *a);
struct shopper account_new(void);

/* Units into a shopper's cart, or a line of it set; *item gets the line. */
struct fault;
enum err goods_to_cart(struct db *db, struct arena *a, const struct shopper *who,
    struct str sku, int64_t quantity, int64_t *item, struct fault *flt);
enum err cart_line_set(struct db *db, struct arena *a, const struct shopper *who, int64_t item,
    int64_t quantity, struct fault *flt);

/* An order of one line with a fresh key; `key` NULL: none. */
struct order_in order_of(struct arena *a, const struct shopper *who,
    const struct goods *g, int64_t quantity, const char *key);
/* Place it; it must work. The order's id. */
int64_t order_new(const struct shopper *who, const struct goods *g, int64_t quantity);
struct order order_read(int64_t id);
/* One integer from the database. */
int64_t sql_int(const char *sql, int64_t arg);
void sql_do(const char *sql, int64_t arg);
/* Do the books hold? Broken lines are printed unless `quiet`. */
bool books_ok(bool quiet);
/* How many rules are broken, and is the one named so among them? */
int books_broken(const char *name, bool *named);

#endif
