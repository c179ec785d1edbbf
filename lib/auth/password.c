/* Hashing passwords, and refusing those that are no secret.  The threads that hash are
 * few and their queue is short: when it is full a caller is turned away at once.  No
 * password leaves this file, and none is kept. */
#include "auth/password.h"

#include <crypt.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "auth/common_passwords.h"
#include "auth/password_int.h"
#include "base/log.h"
#include "base/rand.h"

#define COST_MIN 4
#define COST_MAX 16
#define THREADS_MAX 64
#define HASHER_NICE 10 /* a tenth of a processor that pages want too, all of an idle one */
#define BCRYPT_N 60      /* "$2b$12$", 22 characters of salt, 31 of hash */
#define BCRYPT_SALT_N 16 /* bytes */
#define SETTING_N 29
#define PREHASH_N 45 /* base64 of 32 bytes, and the NUL */

/* One call that waits; lives on the caller's stack. */
struct job {
    struct job *next;
    const char *key, *setting;
    char *out;
    enum err err;
    bool done;
    pthread_cond_t ready;
};

struct password_pool {
    pthread_mutex_t lock; /* guards all below but what new() alone writes */
    pthread_cond_t work;
    struct job *first, **last;
    int callers, callers_max; /* who waits for a job, in the queue or not */
    bool stop;
    int cost, n;
    uint64_t jobs;
    char dummy[BCRYPT_N + 1]; /* what an account that is not there is checked against */
    void (*begin)(void), (*end)(void);
    pthread_t threads[THREADS_MAX];
};

static enum err
crypt_into(struct crypt_data *cd, const char *key, const char *setting,
    char out[PASSWORD_HASH_N])
{
    const char *h = crypt_rn(key, setting, cd, (int)sizeof(*cd));
    size_t n = h != NULL ? strlen(h) : 0;
    enum err e = ERR_INTERNAL;

    if (n > 0 && n < PASSWORD_HASH_N) {
        memcpy(out, h, n + 1);
        e = ERR_OK;
    }
    explicit_bzero(cd, sizeof(*cd));
    return e;
}

enum err
password_crypt_raw(struct str key, const char *setting, char out[PASSWORD_HASH_N])
{
    char text[CRYPT_MAX_PASSPHRASE_SIZE];
    struct crypt_data *cd;
    enum err e;

    if (key.n >= sizeof(text) || (key.n > 0 && memchr(key.p, '\0', key.n) != NULL))
        return ERR_BAD;
    cd = calloc(1, sizeof(*cd));
    if (cd == NULL)
        abort();
    if (key.n > 0)
        memcpy(text, key.p, key.n);
    text[key.n] = '\0';
    e = crypt_into(cd, text, setting, out);
    explicit_bzero(text, sizeof(text));
    free(cd);
    return e;
}

static struct job *
job_take(struct password_pool *p)
{
    struct job *j;

    (void)pthread_mutex_lock(&p->lock);
    while (p->first == NULL && !p->stop)
        (void)pthread_cond_wait(&p->work, &p->lock);
    j = p->first;
    if (j != NULL) {
        p->first = j->next;
        p->jobs++;
    }
    if (p->first == NULL)
        p->last = &p->first;
    (void)pthread_mutex_unlock(&p->lock);
    return j;
}

static void *
hasher(void *arg)
{
    struct password_pool *p = arg;
    struct crypt_data *cd = calloc(1, sizeof(*cd));
    struct job *j;

    if (cd == NULL)
        abort();
    /* On Linux this is one thread's alone.  Refused, a storm of sign-ins only costs the
     * pages more. */
    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), HASHER_NICE);
    while ((j = job_take(p)) != NULL) {
        enum err e = crypt_into(cd, j->key, j->setting, j->out);

        (void)pthread_mutex_lock(&p->lock);
        j->err = e;
        j->done = true;
        (void)pthread_cond_signal(&j->ready);
        (void)pthread_mutex_unlock(&p->lock);
    }
    free(cd);
    return NULL;
}

static bool
job_put(struct password_pool *p, struct job *j)
{
    bool room;

    (void)pthread_mutex_lock(&p->lock);
    room = p->callers < p->callers_max;
    if (room) {
        *p->last = j;
        p->last = &j->next;
        p->callers++;
        (void)pthread_cond_signal(&p->work);
    }
    (void)pthread_mutex_unlock(&p->lock);
    return room;
}

/* begin() may start a thread: not under the lock, which hashers need. */
static void
job_wait(struct password_pool *p, struct job *j)
{
    if (p->begin != NULL)
        p->begin();
    (void)pthread_mutex_lock(&p->lock);
    while (!j->done)
        (void)pthread_cond_wait(&j->ready, &p->lock);
    (void)pthread_mutex_unlock(&p->lock);
    if (p->end != NULL)
        p->end();
    /* Last, so that never more are between the two calls than the pool says. */
    (void)pthread_mutex_lock(&p->lock);
    p->callers--;
    (void)pthread_mutex_unlock(&p->lock);
}

/* Queue one bcrypt and wait for it. */
static enum err
pool_run(struct password_pool *p, const char *key, const char *setting, char *out)
{
    struct job j = {.key = key, .setting = setting, .out = out, .err = ERR_LIMIT};

    (void)pthread_cond_init(&j.ready, NULL);
    if (job_put(p, &j))
        job_wait(p, &j);
    (void)pthread_cond_destroy(&j.ready);
    return j.err;
}

/* A setting with a new random salt. */
static enum err
setting_new(int cost, char out[SETTING_N + 1])
{
    char salt[BCRYPT_SALT_N], text[CRYPT_GENSALT_OUTPUT_SIZE];
    const char *s;

    rand_bytes(salt, sizeof(salt));
    s = crypt_gensalt_rn(
        "$2b$", (unsigned long)cost, salt, (int)sizeof(salt), text, (int)sizeof(text));
    if (s == NULL || strlen(s) != SETTING_N) {
        log_error("password", "no bcrypt setting: errno=%d", errno);
        return ERR_INTERNAL;
    }
    memcpy(out, s, SETTING_N + 1);
    return ERR_OK;
}

/* A well-formed hash of nobody's password: its tail is random, so no input has it. */
static enum err
dummy_make(struct password_pool *p)
{
    char tail[RAND_TOKEN_N(24)];
    enum err e = setting_new(p->cost, p->dummy);
    size_t i;

    (void)rand_token(tail, sizeof(tail), 24);
    for (i = 0; e == ERR_OK && i < BCRYPT_N - SETTING_N; i++)
        p->dummy[SETTING_N + i] = strchr("-_", tail[i]) != NULL ? '.' : tail[i];
    p->dummy[BCRYPT_N] = '\0';
    return e;
}

/* Hashers take no signals: those are the main thread's. */
static bool
threads_start(struct password_pool *p, int threads)
{
    sigset_t all, old;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &old);
    while (p->n < threads && pthread_create(&p->threads[p->n], NULL, hasher, p) == 0)
        p->n++;
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    return p->n == threads;
}

struct password_pool *
password_pool_new(int threads, int queue, int cost)
{
    struct password_pool *p;

    if (threads < 1 || threads > THREADS_MAX || queue < 1 || cost < COST_MIN ||
        cost > COST_MAX)
        return NULL;
    p = calloc(1, sizeof(*p));
    if (p == NULL)
        abort();
    p->callers_max = threads + queue;
    p->cost = cost;
    p->last = &p->first;
    (void)pthread_mutex_init(&p->lock, NULL);
    (void)pthread_cond_init(&p->work, NULL);
    if (dummy_make(p) != ERR_OK || !threads_start(p, threads)) {
        password_pool_free(p);
        return NULL;
    }
    return p;
}

void
password_pool_free(struct password_pool *p)
{
    int i;

    if (p == NULL)
        return;
    (void)pthread_mutex_lock(&p->lock);
    p->stop = true;
    (void)pthread_cond_broadcast(&p->work);
    (void)pthread_mutex_unlock(&p->lock);
    for (i = 0; i < p->n; i++)
        (void)pthread_join(p->threads[i], NULL);
    (void)pthread_cond_destroy(&p->work);
    (void)pthread_mutex_destroy(&p->lock);
    free(p);
}

void
password_pool_waiting(struct password_pool *p, void (*begin)(void), void (*end)(void))
{
    p->begin = begin;
    p->end = end;
}

int
password_pool_waiters(const struct password_pool *p)
{
    return p->callers_max;
}

uint64_t
password_pool_jobs(struct password_pool *p)
{
    uint64_t n;

    (void)pthread_mutex_lock(&p->lock);
    n = p->jobs;
    (void)pthread_mutex_unlock(&p->lock);
    return n;
}

/* What bcrypt gets: always 44 characters without a NUL, whatever the password is.  The
 * key only keeps the prehash apart from other uses of SHA-256; it is no secret. */
static void
prehash(struct str password, char out[PREHASH_N])
{
    static const char key[] = "souk-password-v1";
    const unsigned char *data = (const unsigned char *)(password.n > 0 ? password.p : "");
    unsigned char mac[32];
    unsigned n = 0;

    if (HMAC(EVP_sha256(), key, (int)sizeof(key) - 1, data, password.n, mac, &n) ==
            NULL ||
        n != sizeof(mac))
        abort();
    (void)EVP_EncodeBlock((unsigned char *)out, mac, (int)sizeof(mac));
    explicit_bzero(mac, sizeof(mac));
}

enum err
password_hash(struct password_pool *p, struct str password, char out[PASSWORD_HASH_N])
{
    char key[PREHASH_N], setting[SETTING_N + 1];
    enum err e;

    if (password.n > PASSWORD_MAX)
        return ERR_TOO_LARGE;
    if ((e = setting_new(p->cost, setting)) != ERR_OK)
        return e;
    prehash(password, key);
    e = pool_run(p, key, setting, out);
    explicit_bzero(key, sizeof(key));
    return e;
}

/* A bcrypt hash whose cost we are ready to pay. */
static bool
hash_usable(struct str hash)
{
    int cost;

    if (hash.n != BCRYPT_N || memcmp(hash.p, "$2b$", 4) != 0 || hash.p[6] != '$')
        return false;
    if (hash.p[4] < '0' || hash.p[4] > '9' || hash.p[5] < '0' || hash.p[5] > '9')
        return false;
    cost = (hash.p[4] - '0') * 10 + (hash.p[5] - '0');
    return cost >= COST_MIN && cost <= COST_MAX && memchr(hash.p, '\0', hash.n) == NULL;
}

enum err
password_verify(struct password_pool *p, struct str password, struct str hash)
{
    char key[PREHASH_N], want[BCRYPT_N + 1], have[PASSWORD_HASH_N] = "";
    bool real = password.n <= PASSWORD_MAX && hash_usable(hash);
    enum err e;
    int differ;

    if (hash.n > 0 && !hash_usable(hash))
        log_error("password", "a stored hash is not one of ours: length=%zu", hash.n);
    memcpy(want, real ? hash.p : p->dummy, BCRYPT_N);
    want[BCRYPT_N] = '\0';
    prehash(password.n <= PASSWORD_MAX ? password : STR(""), key);
    e = pool_run(p, key, want, have);
    differ = CRYPTO_memcmp(want, have, BCRYPT_N);
    explicit_bzero(key, sizeof(key));
    explicit_bzero(have, sizeof(have));
    if (e != ERR_OK)
        return e;
    return real && differ == 0 ? ERR_OK : ERR_AUTH;
}

enum err
password_acceptable(struct str password, const char *pointer, struct fault *flt)
{
    if (password.n > PASSWORD_MAX)
        return fault_field(flt, pointer, "too_long",
            "A password can have at most %d bytes.", PASSWORD_MAX);
    if (!str_utf8_valid(password))
        return fault_field(
            flt, pointer, "bad_text", "The password is not valid UTF-8 text.");
    if (str_utf8_count(password) < PASSWORD_MIN)
        return fault_field(flt, pointer, "too_short",
            "A password needs at least %d characters.", PASSWORD_MIN);
    if (password_is_common(password))
        return fault_field(flt, pointer, "too_common",
            "This password is one of the most common ones; choose another.");
    return ERR_OK;
}
