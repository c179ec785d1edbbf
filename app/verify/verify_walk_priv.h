/* What the walks over orders and over lines share; for their own files. */
#ifndef SOUK_VERIFY_VERIFY_WALK_PRIV_H
#define SOUK_VERIFY_VERIFY_WALK_PRIV_H

#include "verify/verify_store.h"

/* Rows above one id up to another, in the order of what they belong to. */
#define VERIFY_BETWEEN(id) " WHERE " id " > ? AND " id " <= ? ORDER BY " id

/* A slice, and how far the rows that belong to it have been read. */
struct verify_walk {
    struct db *db;
    struct verify_line *found;
    struct verify_order *orders;
    struct verify_item *items;
    size_t max, n, at;
    struct verify_payment payment; /* whose refunds are being read; id 0: none */
    struct verify_order *payer;    /* its order, or NULL */
};

/* A statement and what takes its rows; its first argument is the walk. */
struct verify_reading {
    const char *sql;
    enum err (*row)(void *walk, const struct db_val *v, size_t cols);
};
/* The slice's own rows, at most w->max above `lo` up to `hi`. */
enum err verify_slice_begin(struct verify_walk *w, const struct verify_reading *r,
    int64_t lo, int64_t hi) MUST_CHECK;
/* The rows of `n` other tables that belong to it. */
enum err verify_slice_gather(struct verify_walk *w, const struct verify_reading *r,
    size_t n, int64_t lo, int64_t to) MUST_CHECK;

/* A row's values; of another type than asked for: 0, "", false, VERIFY_UNKNOWN. */
int64_t verify_int(const struct db_val *v);
void verify_text(char *to, size_t size, const struct db_val *v);
bool verify_says(const struct db_val *v, const char *word);
int verify_status(const struct db_val *v);

static inline void
add_to(int64_t *sum, int64_t v)
{
    *sum = verify_plus(*sum, v);
}

static inline void
take_from(int64_t *sum, int64_t v)
{
    *sum = verify_minus(*sum, v);
}

#endif
