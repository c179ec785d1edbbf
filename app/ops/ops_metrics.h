/* What /metrics answers: what the processes counted, and what is read when asked. */
#ifndef SOUK_OPS_OPS_METRICS_H
#define SOUK_OPS_OPS_METRICS_H

#include "shop_metrics.h"

#define OPS_METRICS_MAX ((size_t)2 << 20)

void ops_metrics_write(struct shop_meter *sm, const char *state, struct buf *out);

/* A process that has a slot: which program it is, and its resident memory. */
struct ops_process {
    pid_t pid;
    size_t program; /* PROGRAM__MAX: a tool */
    int64_t resident_bytes;
};
size_t ops_processes(struct metrics *m, struct ops_process out[METRIC_SLOTS_MAX]);

#endif
