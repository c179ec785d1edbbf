/* Sessions that ended while an access token of theirs is still good: an access token is not
 * looked up in the database, so each worker keeps the few that must not count any more. A session
 * that is ended on this machine is known to the next request here, and elsewhere within
 * ENDED_STALE_MS. With the database away what is known stays known. */
#ifndef SOUK_ACCOUNT_ENDED_H
#define SOUK_ACCOUNT_ENDED_H

#include "app.h"

#define ENDED_STALE_MS 2000

struct ended *ended_new(void);
void ended_free(struct ended *en);
/* Has it ended? */
bool ended_has(struct app *app, int64_t session_id);
/* After the COMMIT that ended some. */
void ended_tell(struct app *app);

#endif
