/* What the files of lib/fetch share. */
#ifndef SOUK_FETCH_FETCH_PRIV_H
#define SOUK_FETCH_FETCH_PRIV_H

/* curl's own beginning, once in a process; before any handle. */
void curl_begin(void);
/* A copy that cannot fail; NULL gives "". */
char *curl_copy(const char *s);

#endif
