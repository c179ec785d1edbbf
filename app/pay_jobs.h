/* What souk-jobs does about payments, in a thread of its own: a provider that does not answer
 * makes this wait, and nothing else. */
#ifndef SOUK_PAY_JOBS_H
#define SOUK_PAY_JOBS_H

#include "app.h"

struct pay_jobs;

struct pay_jobs *pay_jobs_start(struct app *app);
void pay_jobs_stop(struct pay_jobs *j);

#endif
