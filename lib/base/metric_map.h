/* The mapped file behind the metrics: a head and METRIC_SLOTS_MAX slots of equal size.
 * Only for metric*.c. */
#ifndef SOUK_BASE_METRIC_MAP_H
#define SOUK_BASE_METRIC_MAP_H

#include <stdatomic.h>

#include "base/metric.h"

struct metric_slot {
    _Atomic uint64_t owner; /* who: process id and start; 0: nobody */
    _Atomic int64_t cells[];
};

struct metric_map {
    char *p; /* NULL: not mapped */
    size_t n;
    size_t slot_n; /* bytes of one slot */
    struct metric_slot *own;
};

/* Map `path` (NULL: private memory) and take a slot.  ERR_LIMIT when all are taken by
 * living processes, ERR_INTERNAL (logged) when the file cannot be made or mapped. */
enum err metric_map_open(
    struct metric_map *m, const char *path, uint64_t layout, size_t cells) MUST_CHECK;
/* Map what `path` holds for reading; own stays NULL.  ERR_NOT_FOUND without a file of this
 * layout. */
enum err metric_map_look(
    struct metric_map *m, const char *path, uint64_t layout, size_t cells) MUST_CHECK;
/* How many slots were ever taken: those after them are zero. */
size_t metric_map_used(const struct metric_map *m);
/* Leave the slot, with its figures, to the next. */
void metric_map_close(struct metric_map *m);
struct metric_slot *metric_map_slot(const struct metric_map *m, size_t i);
/* The process that took the slot, if it still runs; else 0.  Asks the system. */
pid_t metric_slot_pid(struct metric_slot *s);

#endif
