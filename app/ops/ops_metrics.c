/* Figures that no process counts, read when somebody asks: the memory of each process, the
 * disk's space, the build. */
#include "ops/ops_metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/statvfs.h>
#include <unistd.h>

static int64_t
resident_bytes(pid_t pid)
{
    char path[40], text[128];
    struct str rest, field = STR_NULL;
    int64_t pages = 0;
    size_t n;
    FILE *f;

    (void)snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
    f = fopen(path, "re");
    if (f == NULL)
        return 0;
    n = fread(text, 1, sizeof(text), f);
    (void)fclose(f);
    rest = (struct str){text, n};
    if (!str_next(&rest, ' ', &field) || !str_next(&rest, ' ', &field) ||
        !str_i64(field, &pages))
        return 0;
    return pages * sysconf(_SC_PAGESIZE);
}

static size_t
program_of(struct metrics *m, size_t slot)
{
    size_t p = 0;

    while (p < PROGRAM__MAX && metric_get_of(m, slot, METRIC_PROCESSES, p) == 0)
        p++;
    return p;
}

size_t
ops_processes(struct metrics *m, struct ops_process out[METRIC_SLOTS_MAX])
{
    struct metric_process p[METRIC_SLOTS_MAX];
    size_t n = metrics_processes(m, p);

    for (size_t i = 0; i < n; i++)
        out[i] = (struct ops_process){
            p[i].pid, program_of(m, p[i].slot), resident_bytes(p[i].pid)};
    return n;
}

static void
write_memory(struct metrics *m, struct buf *out)
{
    struct ops_process p[METRIC_SLOTS_MAX];
    size_t n = ops_processes(m, p);

    buf_c(out, "# HELP souk_processes_resident_bytes Memory of all processes of a program.\n"
               "# TYPE souk_processes_resident_bytes gauge\n");
    for (size_t k = 0; k < PROGRAM__MAX; k++) {
        int64_t bytes = 0;

        for (size_t i = 0; i < n; i++)
            bytes += p[i].program == k ? p[i].resident_bytes : 0;
        buf_printf(out, "souk_processes_resident_bytes{program=\"%s\"} %" PRId64 "\n",
            shop_program(k), bytes);
    }
}

static void
write_disk(const char *state, struct buf *out)
{
    struct statvfs st;

    if (statvfs(state, &st) != 0)
        return;
    buf_printf(out,
        "# HELP souk_disk_free_bytes What is left where the shop's data is.\n"
        "# TYPE souk_disk_free_bytes gauge\nsouk_disk_free_bytes %" PRIu64 "\n",
        (uint64_t)st.f_bavail * st.f_frsize);
    buf_printf(out,
        "# HELP souk_disk_size_bytes How large that disk is.\n"
        "# TYPE souk_disk_size_bytes gauge\nsouk_disk_size_bytes %" PRIu64 "\n",
        (uint64_t)st.f_blocks * st.f_frsize);
}

void
ops_metrics_write(struct shop_meter *sm, const char *state, struct buf *out)
{
    metrics_write(sm->metrics, out);
    write_memory(sm->metrics, out);
    write_disk(state, out);
    buf_c(out, "# HELP souk_build_info The version that answers.\n"
               "# TYPE souk_build_info gauge\n"
               "souk_build_info{version=\"" PACKAGE_VERSION "\"} 1\n");
}
