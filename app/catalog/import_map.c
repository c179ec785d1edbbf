/* A small open-addressing table.  Grows with what the file names; FNV is enough, since a
 * file made to collide only slows its own import. */
#include <stdlib.h>

#include "catalog/import_priv.h"

#define CAP_MIN 1024

void
import_map_init(struct import_map *m, struct arena *a)
{
    *m = (struct import_map){.arena = a};
}

void
import_map_done(struct import_map *m)
{
    free(m->cell);
}

/* The cell of a key, or the free one where it belongs; cap is not 0. */
static struct import_cell *
find(const struct import_map *m, struct str key, uint64_t hash)
{
    size_t i = (size_t)hash & (m->cap - 1);

    while (m->cell[i].key.p != NULL &&
           !(m->cell[i].hash == hash && str_eq(m->cell[i].key, key)))
        i = (i + 1) & (m->cap - 1);
    return &m->cell[i];
}

bool
import_map_get(const struct import_map *m, struct str key, int64_t *value)
{
    const struct import_cell *c;

    if (m->cap == 0)
        return false;
    c = find(m, key, str_hash(key));
    if (c->key.p == NULL)
        return false;
    *value = c->value;
    return true;
}

static void
grow(struct import_map *m)
{
    struct import_map bigger = *m;
    size_t i;

    bigger.cap = m->cap > 0 ? m->cap * 2 : CAP_MIN;
    bigger.cell = calloc(bigger.cap, sizeof(*bigger.cell));
    if (bigger.cell == NULL)
        abort(); /* out of memory, as in the arena */
    for (i = 0; i < m->cap; i++)
        if (m->cell[i].key.p != NULL)
            *find(&bigger, m->cell[i].key, m->cell[i].hash) = m->cell[i];
    free(m->cell);
    *m = bigger;
}

void
import_map_put(struct import_map *m, struct str key, int64_t value)
{
    uint64_t hash = str_hash(key);

    if (m->n * 2 >= m->cap)
        grow(m);
    *find(m, key, hash) = (struct import_cell){
        .hash = hash, .key = arena_str(m->arena, key), .value = value};
    m->n++;
}
