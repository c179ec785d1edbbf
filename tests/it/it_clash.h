/* Several acts on one order at one instant, each by a thread and a connection of its own.
 * Races of many rounds and a seed are in it_race.h. */
#ifndef SOUK_TESTS_IT_CLASH_H
#define SOUK_TESTS_IT_CLASH_H

#include "order/order.h"

#define CLASH_MAX 8

/* Do `what`, a number of the test's own, to the order `id`. */
typedef enum err (*clash_fn)(
    struct db *db, struct arena *a, int64_t id, int what, struct fault *f);

/* Let `n` (at most CLASH_MAX) acts happen at once; ok[i] says whether whats[i] succeeded,
 * the result how many did. The shop may say no (conflict, declined) or not now (busy);
 * any other error ends the program. */
int clash(clash_fn act, int64_t id, const int *whats, int n, bool ok[CLASH_MAX]);

#endif
