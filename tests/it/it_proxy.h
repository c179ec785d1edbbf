/* A relay in front of the database's socket that can lose what a test wants lost. */
#ifndef SOUK_TESTS_IT_PROXY_H
#define SOUK_TESTS_IT_PROXY_H

enum proxy_loss {
    PROXY_PASS,
    PROXY_LOSE_COMMIT, /* the next COMMIT does not reach the server */
    PROXY_LOSE_ANSWER  /* it does, but its answer does not come back */
};

struct proxy;

/* Listen on `path` and relay to the socket `to`, one connection at a time. */
struct proxy *proxy_start(const char *path, const char *to);
/* What is to happen, once; the connection is closed with it. */
void proxy_lose(struct proxy *p, enum proxy_loss what);
/* How often it happened. */
int proxy_lost(struct proxy *p);
void proxy_stop(struct proxy *p);

#endif
