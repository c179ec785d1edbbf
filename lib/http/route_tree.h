/* The tree of path patterns behind the router; inside lib/http only. */
#ifndef SOUK_HTTP_ROUTE_TREE_H
#define SOUK_HTTP_ROUTE_TREE_H

#include "http/route.h"

struct route_node;

struct route_match {
    const struct route *route; /* NULL: no route for this method */
    const struct route *any;   /* some route for the path; NULL: the path is unknown */
    unsigned methods;          /* bit per enum method that the path knows */
    struct str param[REQ_PARAMS_MAX];
};

struct route_node *route_tree_new(void);
void route_tree_free(struct route_node *root);
/* False: a pattern that cannot be, or that stands there for this method already. */
bool route_tree_add(struct route_node *root, const struct route *rt);
/* Find the route for a path as sent. ERR_BAD: a segment that cannot be decoded. */
enum err route_tree_match(const struct route_node *root, struct arena *a, struct str path,
    enum method m, struct route_match *out) MUST_CHECK;

#endif
