/* Has the request that this thread works on waited too long already?  Whoever takes requests
 * says so here; what is dear (a database's connection) then refuses at its first asking, and
 * what is cheap (an answer out of memory) is given all the same.  Decides nothing itself. */
#ifndef SOUK_BASE_LATE_H
#define SOUK_BASE_LATE_H

#include <stdbool.h>

void late_set(bool late);
/* False in a thread that was never told otherwise. */
bool late_is(void);

#endif
