/* Orders put in a committer's queue one by one, behind one that is stuck at a row which a
 * foreign transaction holds: so a test says what is in a batch. */
#ifndef SOUK_TESTS_IT_BATCH_H
#define SOUK_TESTS_IT_BATCH_H

#include <pthread.h>

#include "it_shop.h"
#include "order/order_committer.h"

#define JOBS_MAX 16

/* An order in a thread of its own; its answer's memory stays until the next test. */
struct job {
    struct order_in in;
    enum err e;
    struct order_answer an;
    struct fault flt;
    struct arena *a;
    pthread_t t;
};

extern struct committer *batch_cm;
extern struct db *batch_other; /* the foreign transaction's */
extern struct job jobs[JOBS_MAX];

/* Around each test. */
void batch_test_up(void);
void batch_test_down(void);

void job_start(struct job *j, const struct order_in *in);
void jobs_join(size_t n);
struct committer_figures figures(void);
/* So many orders wait to be taken; were taken since the start. */
void until_waiting(int64_t n);
void until_taken(int64_t orders);

void foreign(const char *sql, int64_t arg);
void hold(const struct goods *g);
void let_go(void);
/* Until another connection's statement that locks or takes stock runs, which means that it
 * waits: that connection's id. */
int64_t until_locked(void);
/* A first order that is stuck at `g`, so that all that come after it make one batch. */
void gather_behind(const struct goods *g, const struct shopper *who);

#endif
