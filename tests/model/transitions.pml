/* Which status may follow which: compared with the program's table by tests/unit. */
#define pending 0
#define paid 1
#define shipped 2
#define completed 3
#define cancelled 4
#define expired 5
#define refunded 6
#define partially_refunded 7
#define MAY(f, t) (0 \
    || (f == pending && t == paid) \
    || (f == pending && t == cancelled) \
    || (f == pending && t == expired) \
    || (f == paid && t == paid) \
    || (f == paid && t == shipped) \
    || (f == paid && t == cancelled) \
    || (f == paid && t == refunded) \
    || (f == paid && t == partially_refunded) \
    || (f == shipped && t == shipped) \
    || (f == shipped && t == completed) \
    || (f == shipped && t == refunded) \
    || (f == shipped && t == partially_refunded) \
    || (f == completed && t == completed) \
    || (f == completed && t == refunded) \
    || (f == completed && t == partially_refunded) \
    || (f == expired && t == paid) \
    || (f == refunded && t == cancelled) \
    || (f == refunded && t == refunded) \
    || (f == partially_refunded && t == shipped) \
    || (f == partially_refunded && t == completed) \
    || (f == partially_refunded && t == refunded) \
    || (f == partially_refunded && t == partially_refunded) \
    )
