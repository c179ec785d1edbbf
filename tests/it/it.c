/* Helpers of the integration tests of lib/; no tests here. */
#include "it.h"

#include <CUnit/Basic.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "kv/kv.h"

#define THREADS_MAX 128
#define START_TRIES 200

static int log_fd = -1;
static char log_text[1 << 16];

const char *
it_env(const char *name)
{
    const char *v = getenv(name);

    if (v == NULL || v[0] == '\0') {
        fprintf(stderr, "%s is not set: start me through tests/it/run-it\n", name);
        exit(2);
    }
    return v;
}

const char *
it_path(char out[256], const char *name)
{
    snprintf(out, 256, "%s/%s", it_env("SOUK_IT_DIR"), name);
    return out;
}

static void
redis_exec(const char *socket_path)
{
    int null = open("/dev/null", O_RDWR);

    dup2(null, 0);
    dup2(null, 1);
    execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", socket_path,
        "--save", "", "--appendonly", "no", "--dir", it_env("SOUK_IT_DIR"), (char *)NULL);
    _exit(127);
}

static bool
redis_answers(const char *socket_path)
{
    const struct kv_conf c = {.socket = socket_path, .size = 1, .timeout_ms = 200};
    struct kv *kv = kv_new(&c);
    bool yes = kv_ping(kv) == ERR_OK;

    kv_free(kv);
    return yes;
}

pid_t
it_redis_start(const char *socket_path)
{
    pid_t pid;

    unlink(socket_path);
    pid = fork();
    if (pid == 0)
        redis_exec(socket_path);
    for (int i = 0; pid > 0 && i < START_TRIES; i++) {
        if (redis_answers(socket_path))
            return pid;
        clock_sleep_ms(20);
    }
    fprintf(stderr, "redis-server does not start\n");
    if (pid > 0)
        it_redis_kill(pid);
    exit(2);
}

void
it_redis_kill(pid_t pid)
{
    kill(pid, SIGCONT);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

void
it_log_begin(void)
{
    char path[256];

    log_fd = open(it_path(path, "log"), O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0600);
    log_init(LOG_LVL_INFO, log_fd);
}

const char *
it_log_text(void)
{
    ssize_t n = pread(log_fd, log_text, sizeof(log_text) - 1, 0);

    log_text[n > 0 ? n : 0] = '\0';
    return log_text;
}

int
it_log_count(const char *word)
{
    int n = 0;

    for (const char *p = it_log_text(); (p = strstr(p, word)) != NULL; p++)
        n++;
    return n;
}

void
it_log_end(void)
{
    log_init(LOG_LVL_ERROR, 2);
    close(log_fd);
    log_fd = -1;
}

void
it_threads(int n, void *(*fn)(void *), void *arg)
{
    pthread_t t[THREADS_MAX];

    for (int i = 0; i < n && i < THREADS_MAX; i++)
        if (pthread_create(&t[i], NULL, fn, arg) != 0)
            abort();
    for (int i = 0; i < n && i < THREADS_MAX; i++)
        pthread_join(t[i], NULL);
}

int
it_main(CU_SuiteInfo *suite)
{
    CU_SuiteInfo suites[] = {*suite, CU_SUITE_INFO_NULL};
    unsigned failed;

    /* hiredis writes to sockets that may be gone; the programs ignore this as well. */
    signal(SIGPIPE, SIG_IGN);
    if (CU_initialize_registry() != CUE_SUCCESS ||
        CU_register_suites(suites) != CUE_SUCCESS)
        return 2;
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    failed = CU_get_number_of_failures() + CU_get_number_of_suites_failed();
    CU_cleanup_registry();
    return failed == 0 ? 0 : 1;
}
