/* Places where a test may kill the process: CRASH_POINT("order.place.lines") is nothing,
 * unless the build was configured with --enable-crash-points. Then SOUK_CRASH_FILE names
 * a file that says which place kills and when:
 *     order.place.lines 3 0      the third that comes there, of all processes
 *     * 2000 77                  any place, 2000 times in a million, by the seed 77
 *     order.place.lines 1 0 stop the first is frozen there (SIGSTOP), not killed
 * No file, or another first word: nothing happens. FILE.hits counts; each kill leaves a
 * line "name pid" in FILE.log, each freeze one in FILE.stopped. The names are those of the
 * source: tests/fault/run --points lists them. */
#ifndef SOUK_BASE_CRASH_H
#define SOUK_BASE_CRASH_H

#ifdef SOUK_CRASH_POINTS
void crash_point(const char *name);
#define CRASH_POINT(name) crash_point(name)
#else
#define CRASH_POINT(name) ((void)0)
#endif

#endif
