/* Pages of what is watched: how a kind of watch.h is shown. Only the admin_watch*.c
 * include it. */
#ifndef SOUK_ADMIN_ADMIN_WATCH_H
#define SOUK_ADMIN_ADMIN_WATCH_H

#include "admin/admin_page.h"
#include "admin/watch.h"

struct watch_cell {
    struct str text, note; /* note STR_NULL: none */
    struct str url;        /* STR_NULL: no link */
    const char *badge;     /* a class for the text, NULL: plain */
};
struct watch_column {
    const char *label;
    bool num;
    void (*cell)(struct arena *a, const struct jval *o, struct watch_cell *out);
};
/* A text of one's own lines: a mail, a message. */
struct watch_text {
    const char *member, *label;
    bool folded; /* shown when it is asked for */
};
struct watch_page {
    const struct watch_kind *kind;
    const char *title, *one; /* "Payments", "Payment" */
    const char *intro, *none;
    const struct watch_column *columns; /* of the list, and of one in full */
    const struct watch_text *texts;     /* of one in full; NULL: none */
    const char *retry;                  /* the button's words, NULL: no button */
    bool news;                          /* one of the lists of news */
};

/* admin_watch_pages.c: the i-th, NULL past the end. */
const struct watch_page *watch_page_at(size_t i);
/* "paid" for what went well, "cancelled" for what did not. */
const char *watch_badge(struct str status);
/* The time of a member for a table, STR_NULL when it has none. */
struct str watch_when(struct arena *a, const struct jval *o, const char *member);
void watch_status_cell(struct arena *a, const struct jval *o, struct watch_cell *out);

#endif
