/* Names of static files. */
#ifndef SOUK_WEB_ASSETS_H
#define SOUK_WEB_ASSETS_H

#include "base/err.h"

/* Static files with a content hash in their name: "/static/css/souk.css" ->
 * "/static/css/souk.3f9a1c02.css"; unknown ones come back unchanged. */
struct assets;
enum err assets_load(struct assets **out, const char *dir, char *msg, size_t msg_n) MUST_CHECK;
void assets_free(struct assets *as);
struct str asset_url(const struct assets *as, struct str path);

#endif
