/* A payment provider in memory, for tests: it keeps its word like a real one, and can be told
 * to be away, to lose its answers, or to say another sum. Safe to use from many threads. */
#ifndef SOUK_TESTS_IT_PAY_H
#define SOUK_TESTS_IT_PAY_H

#include "order/order.h"

extern const struct pay_desk pay_test_desk;

/* Pay by the fake provider, decided at once; `who` NULL: the shop's people. */
enum err pay_now(struct db *db, struct arena *a, const struct shopper *who, int64_t id,
    bool approve, struct fault *flt);
/* Go to its page; the reference there. */
struct str pay_away(struct db *db, struct arena *a, int64_t id);

enum pay_mood {
    PAY_WELL,
    PAY_AWAY,   /* no call reaches it */
    PAY_MUTE,   /* calls reach it, answers are lost */
    PAY_LYING,  /* it tells a unit more than was asked */
    PAY_FOREIGN /* it tells another currency */
};
void pay_test_mood(enum pay_mood m);
/* The buyer decides on the page. */
void pay_test_decide(struct str reference, bool approve);
/* What it says of a payment now, as its message would. */
struct pay_told pay_test_told(struct arena *a, struct str reference);
/* Money it holds for an order: taken and not given back. And payments it took in all. */
int64_t pay_test_money(int64_t order_id);
int pay_test_taken(int64_t order_id);

#endif
