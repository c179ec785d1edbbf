/* The threads of souk-jobs that send mails and webhooks. */
#ifndef SOUK_NOTIFY_SENDERS_H
#define SOUK_NOTIFY_SENDERS_H

#include "app.h"

struct senders;

/* NULL, with a line on stderr that names the setting: mails cannot be sent like that. */
struct senders *senders_start(struct app *app);
/* After the mail under way; webhooks under way are broken off and sent again. */
void senders_stop(struct senders *s);

#endif
