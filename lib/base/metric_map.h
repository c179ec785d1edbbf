/* The mapped file behind the metrics: a head and METRIC_SLOTS_MAX slots of equal size.
 * Only for metric.c. */
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
/* Leave the slot, with its figures, to the next. */
void metric_map_close(struct metric_map *m);
struct metric_slot *metric_map_slot(const struct metric_map *m, size_t i);
/* Whether the process that took the slot still runs. */
bool metric_slot_alive(struct metric_slot *s);

#endif
