/* What the integration tests of lib/ share: the servers they are told of, and Redis
 * servers of their own that they may stop and kill. */
#ifndef SOUK_TESTS_IT_H
#define SOUK_TESTS_IT_H

#include <CUnit/CUnit.h>
#include <sys/types.h>

/* The value of an environment variable the runner must have set; exits without it. */
const char *it_env(const char *name);
/* A path inside the runner's scratch folder (SOUK_IT_DIR). */
const char *it_path(char out[256], const char *name);

/* Start a redis-server on a socket and wait until it answers; stop one by SIGKILL. */
pid_t it_redis_start(const char *socket_path);
void it_redis_kill(pid_t pid);

/* Everything logged from here on goes to a file; the text of it so far. */
void it_log_begin(void);
const char *it_log_text(void);
/* How often `word` stands in it. */
int it_log_count(const char *word);
void it_log_end(void);

/* Run fn(arg) in `n` threads and wait for all. */
void it_threads(int n, void *(*fn)(void *), void *arg);

/* Run one suite; the program's exit status. */
int it_main(CU_SuiteInfo *suite);

#endif
