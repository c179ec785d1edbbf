/* The types of problem that this shop answers with, each once: for the API's description
 * and for the pages below /problems/. */
#ifndef SOUK_OPS_PROBLEM_H
#define SOUK_OPS_PROBLEM_H

#include "http/openapi.h"

extern const struct problem_type problem_types[];
/* NULL: none of that name. */
const struct problem_type *problem_type_find(struct str slug);

#endif
