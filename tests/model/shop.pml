/* The life of orders with every interleaving that a database allows: two units, customers
 * who click twice, pay late, cancel, an expiry runner, the shop's people, and processes that
 * die between any two transactions. An atomic block is a transaction (orders are locked by
 * row, stock is changed by a guarded UPDATE); between two of them anything may happen.
 *
 * Which status may follow which is transitions.pml, which a unit test compares with the
 * program's own table. Times do not exist here: whatever may be due, may be due now. The one
 * thing taken from them: an attempt to pay is closed as stale (after 15 minutes) only when
 * its request (of seconds) is over; -DSTALE_TOO_SOON shows why.
 *
 * Each -D below takes one guard away; spin must then find what it kept from happening. */
#include "transitions.pml"

#define UNITS 2
#define ORDERS 3
#define ATTEMPTS 3 /* two for the first order, one for the second */
#define TOTAL 2    /* of every order: two parts can be refunded */
#define NONE 255

/* attempts to pay */
#define A_NONE 0
#define A_STARTED 1
#define A_SUCCEEDED 2
#define A_DECLINED 3

short stock = UNITS;
byte st[ORDERS] = NONE;
byte made[ORDERS];     /* orders made with the customer's key */
short held[ORDERS];    /* units by the ledger: sale and revive +, cancel and expire - */
byte sales[ORDERS], backs[ORDERS], revives[ORDERS];
bool sent[ORDERS];
byte returned[ORDERS];
byte paid_n[ORDERS];

byte att[ATTEMPTS];
#define ORDER_OF(k) (k / 2)
bool running[ATTEMPTS]; /* its request */
bool money[ATTEMPTS];   /* with the provider: ours */

byte working = 5; /* customers and the shop's people still at it */

#define PAID_BEFORE(o) (st[o] == paid || st[o] == shipped || st[o] == completed || \
    st[o] == partially_refunded)

inline become(o, to) {
    assert(MAY(st[o], to));
    st[o] = to
}
inline give_back(o) {
    stock++;
    held[o]--;
    backs[o]++
}
/* What the database's constraints and the ledger say, after every transaction. */
inline books() {
    assert(stock >= 0);
    assert(stock == UNITS - held[0] - held[1] - held[2]);
    assert(held[0] >= 0 && held[0] <= 1 && held[1] >= 0 && held[1] <= 1);
    assert(held[2] >= 0 && held[2] <= 1);
    assert(paid_n[0] <= 1 && paid_n[1] <= 1 && paid_n[2] <= 1);
    assert(made[0] <= 1 && made[1] <= 1 && made[2] <= 1)
}

/* A process may die here, between two transactions. */
inline may_die() {
    if
    :: true
    :: true -> goto dead
    fi
}

/* One customer's browser, and its second click: the same key, the same order. */
proctype customer(byte o, k; bool pays, cancels) {
#ifdef PLACE_UNGUARDED
    bool seen;
    seen = stock > 0;
#else
#define seen (stock > 0)
#endif
    atomic {
        may_die();
        if
#ifdef NO_KEY
        :: seen ->
#else
        :: st[o] == NONE && seen ->
#endif
            made[o]++;
            st[o] = pending;
            stock--;
            held[o]++;
            sales[o]++
        :: else
        fi;
        books();
        if
        :: st[o] == NONE -> goto dead
        :: st[o] != NONE && pays -> goto pay
        :: st[o] != NONE && !pays && cancels -> goto cancel
        :: st[o] != NONE && !pays && !cancels -> goto dead
        fi
    }

pay:
    atomic {
        may_die();
        if
        :: st[o] == pending || st[o] == expired ->
            att[k] = A_STARTED;
            running[k] = true
        :: else -> goto dead
        fi
    }
    atomic {
        may_die();
        if
        :: money[k] = true /* the provider approves */
        :: goto give_up    /* or declines */
        fi
    }
    atomic {
        may_die();
        if
#ifndef PAY_TWICE
        :: PAID_BEFORE(o) -> goto give_up
#endif
        :: st[o] == cancelled || st[o] == refunded -> goto give_up
        :: att[k] != A_STARTED -> goto give_up
        :: else ->
            if
            :: st[o] == expired ->
#ifdef REVIVE_FREE
                skip
#else
                if
                :: stock > 0 ->
                    stock--;
                    held[o]++;
                    revives[o]++
                :: else -> goto give_up
                fi
#endif
            :: else
            fi;
            att[k] = A_SUCCEEDED;
            paid_n[o]++;
#ifdef PAY_TWICE
            st[o] = paid
#else
            become(o, paid)
#endif
        fi;
        books();
        running[k] = false;
        if
        :: cancels -> goto cancel
        :: else -> goto dead
        fi
    }

give_up:
    /* The attempt came to nothing: its row says so, and the provider keeps nothing. */
    atomic {
        may_die();
        if
        :: att[k] == A_STARTED -> att[k] = A_DECLINED
        :: else
        fi;
        money[k] = false;
        goto dead
    }

cancel:
    atomic {
        may_die();
        if
        :: sent[o] || st[o] == cancelled || st[o] == expired
        :: else ->
            if
            :: PAID_BEFORE(o) && returned[o] < TOTAL ->
#ifndef CANCEL_KEEPS_MONEY
                returned[o] = TOTAL;
#endif
                become(o, refunded)
            :: else
            fi;
            become(o, cancelled);
            give_back(o)
        fi;
        books()
    }

dead:
    atomic {
        if
        :: pays -> running[k] = false
        :: else
        fi;
        working--
    }
}

/* The shop's people: what they try is guarded as the program guards it. */
proctype people(byte o) {
    atomic {
        if
        :: st[o] != NONE && MAY(st[o], shipped) && !sent[o] -> /* by a carrier */
            become(o, shipped);
            sent[o] = true
        :: st[o] != NONE && paid_n[o] > 0 && returned[o] < TOTAL -> /* one part back */
            returned[o]++;
            if
            :: returned[o] == TOTAL -> become(o, refunded)
            :: else -> become(o, partially_refunded)
            fi
        :: true -> /* not now, or never */
            skip
        fi;
        working--;
        books()
    }
}

/* The job runner: closes what is due, an order a transaction, and stale attempts. Killed,
 * it is started again: it keeps nothing in memory between two transactions but the id it
 * read, and who read it may be late. */
#ifdef EXPIRE_UNGUARDED
#define STILL_DUE(o) true
#else
#define STILL_DUE(o) (st[o] == pending)
#endif
inline expire(o) {
    atomic {
        if
        :: STILL_DUE(o) ->
#ifdef EXPIRE_UNGUARDED
            st[o] = expired;
#else
            become(o, expired);
#endif
            give_back(o)
        :: else
        fi;
        books()
    }
}

#ifdef STALE_TOO_SOON
#define STALE(k) att[k] == A_STARTED
#else
#define STALE(k) att[k] == A_STARTED && !running[k]
#endif
inline close_stale(k) {
    atomic {
        if
        :: att[k] == A_STARTED ->
            att[k] = A_DECLINED;
            money[k] = false
        :: else
        fi
    }
}

active proctype jobs() {
    byte o, k;

    do
    :: st[0] == pending -> expire(0) /* read as due, then another transaction */
    :: st[1] == pending -> expire(1)
    :: st[2] == pending -> expire(2)
    :: atomic {
           working == 0 -> /* all is quiet: what is left is closed, and the books are read */
           for (k : 0 .. ATTEMPTS - 1) {
               if
               :: att[k] == A_STARTED -> att[k] = A_DECLINED; money[k] = false
               :: else
               fi
           }
           for (o : 0 .. ORDERS - 1) {
               if
               :: st[o] == pending -> become(o, expired); give_back(o)
               :: else
               fi
           }
           break
       }
    :: STALE(0) -> close_stale(0)
    :: STALE(1) -> close_stale(1)
    :: STALE(2) -> close_stale(2)
    od;
    atomic {
        books();
        for (k : 0 .. ATTEMPTS - 1) {
            if
            :: money[k] -> /* kept or given back, never kept for nothing */
                assert(att[k] == A_SUCCEEDED);
                assert(returned[ORDER_OF(k)] == TOTAL || PAID_BEFORE(ORDER_OF(k)))
            :: else -> assert(att[k] != A_SUCCEEDED)
            fi
        }
        for (o : 0 .. ORDERS - 1) {
            if
            :: st[o] == NONE -> assert(held[o] == 0 && sales[o] == 0)
            :: st[o] == cancelled || st[o] == expired ->
                assert(held[o] == 0 && (paid_n[o] == 0 || returned[o] == TOTAL))
            :: else ->
                assert(held[o] == 1 && paid_n[o] == 1);
                assert((st[o] == refunded) == (returned[o] == TOTAL))
            fi;
            assert(sales[o] <= 1 && revives[o] <= 1 && backs[o] <= 2)
        }
    }
}

init {
    atomic {
        run customer(0, 0, true, true);
        run customer(0, 1, true, false); /* the second click */
        run customer(1, 2, true, false);
        run customer(2, NONE, false, false);
        run people(0)
    }
}
