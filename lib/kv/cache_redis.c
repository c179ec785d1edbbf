/* The Redis layer of the cache.  Three keys an entry: c: the value, g: its generation, l:
 * the lock of who loads it.
 *
 * A generation is a random number, not a count: whoever is first to load sets it, a
 * change replaces it and deletes the value in one script, and a loader's value is stored
 * only if the generation is the one it found before it began.  A Redis that lost its
 * generations (restarted, flushed) has none that equals the loader's, so a late store is
 * refused there too; a count would start again at 1 and let it through. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/rand.h"
#include "kv/cache_priv.h"
#include "kv/kv_priv.h"

#define GEN_TTL_MS "3600000" /* far longer than any load */
#define LOCK_TTL_MS "3000"   /* longer than a statement may take */
#define GEN_BITS 52          /* exact in Lua's numbers */

enum { KEY_VALUE, KEY_GEN, KEY_LOCK, KEY__MAX };

static const char lua_claim[] =
    "if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end\n"
    "if not redis.call('SET', KEYS[3], ARGV[2], 'NX', 'PX', ARGV[4]) then return -1 end\n"
    "local gen = redis.call('GET', KEYS[2])\n"
    "if not gen then gen = ARGV[1] end\n"
    "redis.call('SET', KEYS[2], gen, 'PX', ARGV[3])\n"
    "return tonumber(gen)\n";
static const char lua_store[] =
    "local stored = 0\n"
    "if redis.call('GET', KEYS[2]) == ARGV[1] then\n"
    "  redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])\n"
    "  stored = 1\n"
    "end\n"
    "if redis.call('GET', KEYS[3]) == ARGV[2] then redis.call('DEL', KEYS[3]) end\n"
    "return stored\n";
/* The lock goes too: what its holder is loading is out of date. */
static const char lua_drop[] =
    "for i = 1, #KEYS, 3 do\n"
    "  redis.call('SET', KEYS[i + 1], ARGV[1], 'PX', ARGV[2])\n"
    "  redis.call('DEL', KEYS[i], KEYS[i + 2])\n"
    "end\n"
    "return 0\n";

struct names {
    char value[CACHE_KEY_MAX + 3], gen[CACHE_KEY_MAX + 3];
    struct str key[KEY__MAX];
};

static void
names_make(struct names *nm, struct str key, const struct kv_lock *l)
{
    (void)snprintf(nm->value, sizeof(nm->value), "c:%.*s", STR_F(key));
    (void)snprintf(nm->gen, sizeof(nm->gen), "g:%.*s", STR_F(key));
    nm->key[KEY_VALUE] = str_c(nm->value);
    nm->key[KEY_GEN] = str_c(nm->gen);
    nm->key[KEY_LOCK] = str_c(l->key);
}

static struct str
gen_text(char out[24], int64_t gen)
{
    (void)snprintf(out, 24, "%" PRId64, gen);
    return str_c(out);
}

static int64_t
gen_fresh(void)
{
    return 1 + (int64_t)rand_below((UINT64_C(1) << GEN_BITS) - 1);
}

/* May Redis be asked?  Not before what it missed is made good. */
static bool
redis_ready(struct cache *c)
{
    uint64_t good, not_told;

    if (c->kv == NULL)
        return false;
    good = atomic_load(&c->shared->made_good);
    not_told = atomic_load(&c->shared->told_not);
    if (good == not_told)
        return true;
    if (kv_flush(c->kv) != ERR_OK)
        return false;
    /* If this fails another flushed meanwhile, for as many changes or more. */
    atomic_compare_exchange_strong(&c->shared->made_good, &good, not_told);
    return true;
}

static struct cache_entry *
value_get(struct cache *c, const struct cache_key *k, struct arena *a, struct str name,
    enum err *e)
{
    struct cache_entry *en = NULL;
    struct str held;

    *e = kv_get(c->kv, a, name, &held);
    if (*e == ERR_OK)
        en = entry_parse(c, k, held);
    return en;
}

enum claim
redis_claim(struct cache *c, const struct cache_key *k, struct arena *a,
    struct claim_ticket *t, struct cache_entry **en)
{
    char gen[24];
    struct names nm;
    enum err e;

    if (!redis_ready(c))
        return CLAIM_AWAY;
    kv_lock_make(k->s, &t->lock);
    names_make(&nm, k->s, &t->lock);
    *en = value_get(c, k, a, nm.key[KEY_VALUE], &e);
    if (*en != NULL)
        return CLAIM_VALUE;
    if (e != ERR_NOT_FOUND)
        return CLAIM_AWAY;
    const struct str args[] = {gen_text(gen, gen_fresh()), str_c(t->lock.token),
        STR(GEN_TTL_MS), STR(LOCK_TTL_MS)};
    if (kv_eval(c->kv, lua_claim, nm.key, KEY__MAX, args, NELEM(args), &t->gen) != ERR_OK)
        return CLAIM_AWAY;
    if (t->gen > 0)
        return CLAIM_MINE;
    if (t->gen < 0)
        return CLAIM_HELD;
    /* Stored between the two questions. */
    *en = value_get(c, k, a, nm.key[KEY_VALUE], &e);
    return *en != NULL ? CLAIM_VALUE : CLAIM_AWAY;
}

void
redis_store(struct cache *c, const struct cache_key *k, const struct claim_ticket *t,
    const struct cache_entry *en)
{
    int64_t ttl_ms = en->absent ? c->conf.absent_ttl_ms : c->conf.ttl_ms, stored = 0;
    char gen[24], ttl[24];
    struct names nm;

    /* +-10 %, so that what was loaded together does not expire together. */
    ttl_ms += (int64_t)rand_below((uint64_t)(ttl_ms / 5 + 1)) - ttl_ms / 10;
    names_make(&nm, k->s, &t->lock);
    const struct str args[] = {gen_text(gen, t->gen), str_c(t->lock.token),
        entry_held(en), gen_text(ttl, ttl_ms > 0 ? ttl_ms : 1)};
    if (kv_eval(c->kv, lua_store, nm.key, KEY__MAX, args, NELEM(args), &stored) != ERR_OK)
        log_debug("cache", "value not stored in redis");
}

void
redis_give_up(struct cache *c, const struct claim_ticket *t)
{
    kv_unlock(c->kv, &t->lock);
}

static void
note_not_told(struct cache *c)
{
    atomic_fetch_add(&c->shared->told_not, 1);
}

void
redis_drop(struct cache *c, const struct str *key, size_t n)
{
    struct str names[REDIS_DROP_MAX * KEY__MAX];
    struct names nm[REDIS_DROP_MAX];
    struct kv_lock l[REDIS_DROP_MAX];
    int64_t unused;
    char gen[24];

    if (c->kv == NULL)
        return;
    for (size_t i = 0; i < n; i++) {
        kv_lock_name(key[i], &l[i]);
        names_make(&nm[i], key[i], &l[i]);
        memcpy(names + i * KEY__MAX, nm[i].key, sizeof(nm[i].key));
    }
    const struct str args[] = {gen_text(gen, gen_fresh()), STR(GEN_TTL_MS)};
    if (kv_eval(c->kv, lua_drop, names, n * KEY__MAX, args, NELEM(args), &unused) != ERR_OK)
        note_not_told(c);
}

void
redis_drop_all(struct cache *c)
{
    if (c->kv != NULL && kv_flush(c->kv) != ERR_OK)
        note_not_told(c);
}
