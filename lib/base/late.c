/* One flag a thread: see late.h. */
#include "base/late.h"

static _Thread_local bool flag;

void
late_set(bool late)
{
    flag = late;
}

bool
late_is(void)
{
    return flag;
}
