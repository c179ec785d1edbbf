/* Orders that wait to be committed: what of them makes one batch. Knows nothing of threads;
 * its owner locks it. */
#include "order/order_queue.h"

#include "base/clock.h"
#include "db/db_insert.h"

static uint64_t
mix(uint64_t a, uint64_t b)
{
    return ((a ^ (b >> 29)) * UINT64_C(0x9e3779b97f4a7c15) + b) | 1;
}

void
job_init(struct job *j)
{
    const struct order_in *in = &j->p.in;

    j->next = NULL;
    j->key_hash = j->cart_hash = 0;
    if (j->p.once.key.p != NULL)
        j->key_hash = mix(str_hash(in->idem_scope), str_hash(j->p.once.key));
    if (in->want == NULL)
        j->cart_hash = mix((uint64_t)in->who.account_id, str_hash(in->who.guest_hash));
    j->lines = in->want != NULL ? in->n : 1;
    j->since_us = clock_mono_us();
}

void
order_queue_init(struct order_queue *q)
{
    *q = (struct order_queue){.tail = &q->head};
}

void
order_queue_add(struct order_queue *q, struct job *j)
{
    j->next = NULL;
    *q->tail = j;
    q->tail = &j->next;
    q->n++;
}

static bool
clashes(const struct job *j, struct job *const *with, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (j->key_hash != 0 && j->key_hash == with[i]->key_hash)
            return true;
        if (j->cart_hash != 0 && j->cart_hash == with[i]->cart_hash)
            return true;
    }
    return false;
}

size_t
order_queue_take(struct order_queue *q, struct job **out)
{
    struct job **at, *j;
    const size_t most = db_insert_step(q->n < BATCH_ORDERS_MAX ? q->n : BATCH_ORDERS_MAX);
    size_t n = 0, lines = 0;

    for (at = &q->head; (j = *at) != NULL && n < most;) {
        if (n > 0 && lines + j->lines > BATCH_LINES_MAX)
            break;
        if (clashes(j, out, n)) {
            at = &j->next;
            continue;
        }
        *at = j->next;
        if (q->tail == &j->next)
            q->tail = at;
        lines += j->lines;
        out[n++] = j;
    }
    q->n -= n;
    return n;
}
