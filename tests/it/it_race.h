/* Races, played round after round by the same threads: each round is made ready, begun
 * by all at one instant, and looked at. What a thread waits before it acts comes from a
 * seed (SOUK_IT_SEED), so that over many rounds each side is now early and now late. */
#ifndef SOUK_TESTS_IT_RACE_H
#define SOUK_TESTS_IT_RACE_H

#include "order/order.h"

#define RACERS_MAX 12

struct racer {
    int me; /* 0 .. threads - 1 */
    int round;
    struct db *db;   /* its own connection */
    struct arena *a; /* its own, emptied between rounds */
    struct fault flt;
    uint64_t seed;
};
typedef void (*race_fn)(struct racer *r);

struct race {
    int threads, rounds;
    race_fn begin; /* racer 0 alone, before the round; NULL: nothing to do */
    race_fn ready; /* everyone, before the instant; NULL: nothing to do */
    race_fn act;   /* everyone, at one instant */
    race_fn look;  /* everyone, after all acted; NULL: nothing to do */
};

void race_run(const struct race *r);
/* How often: `usual`, times SOUK_RACE_FACTOR (1 when it is not set). */
int race_rounds(int usual);
/* A number below `n` from the racer's seed. */
uint64_t race_dice(struct racer *r, uint64_t n);
/* Racers may not use CUnit's asserts, which are no threads' friends: a broken promise is
 * counted and printed, and race_wrong() gives the count since the last call. */
void race_expect(bool holds, const char *what, int64_t id);
int race_wrong(void);

/* Acts that are tried again while the shop says it is busy. */
enum err race_pay(struct racer *r, int64_t id);
enum err race_cancel(struct racer *r, int64_t id);
/* One integer, by the racer's own connection. */
int64_t race_int(struct racer *r, const char *sql, int64_t arg);

#endif
