/* One tag of a template, as the compiler sees it. */
#ifndef SOUK_HTML_TMPL_TAG_H
#define SOUK_HTML_TMPL_TAG_H

#include "html/tmpl_int.h"

struct tag {
    char kind; /* the sigil, 'v' for a variable, '{' also for the ampersand */
    struct str content;
    size_t start, end;
    size_t line_start;  /* of the line the tag begins in */
    size_t line_end;    /* behind the newline, when only white space follows */
    bool before, after; /* nothing but white space before, after it in its line */
    bool dynamic;
};

/* "{{" and "}}". */
extern const struct delims tag_delims;

/* Where `what` is next, or SIZE_MAX. */
size_t tag_find(struct str s, size_t from, struct str what);
/* Read the tag that opens at `start`; false when it is not closed. */
bool tag_read(struct str src, const struct delims *d, size_t start, struct tag *t);
bool tag_at_bol(struct str src, size_t at);
bool tag_has_space(struct str s);

#endif
