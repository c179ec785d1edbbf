/* What the files of lib/html share: values, the compiled instruction tree, and the
 * calls between parser, renderer and set.  Nobody outside lib/html includes this. */
#ifndef SOUK_HTML_TMPL_INT_H
#define SOUK_HTML_TMPL_INT_H

#include "html/tmpl.h"

#define TMPL_FILES_MAX 200
#define TMPL_SLOTS 512 /* open addressing; a power of two well above TMPL_FILES_MAX */
#define TMPL_SIZE_MAX ((size_t)256 * 1024)
#define TMPL_NAME_MAX 64
#define TMPL_NEST_MAX 32       /* sections, parents and blocks inside each other */
#define TMPL_DEPTH_MAX 64      /* templates, blocks and lambdas while rendering */
#define TMPL_LEVELS_MAX 512    /* these and sections together: bounds the stack */
#define TMPL_STEPS_MAX 4000000 /* instructions a rendering may execute */
#define TMPL_PATH_MAX 8        /* a.b.c.d.e.f.g.h */
#define TMPL_DELIM_MAX 8

enum tval_type { TVAL_NULL, TVAL_BOOL, TVAL_STR, TVAL_OBJ, TVAL_ARR, TVAL_LAMBDA };

/* A name with its hash, so that most comparisons are of one integer. */
struct name {
    struct str s;
    uint64_t hash;
};

struct member {
    struct name name;
    const struct tval *v;
};

struct tval {
    enum tval_type type;
    bool truth; /* decides sections */
    union {
        struct str s;
        struct {
            struct member *m;
            size_t n, cap;
        } obj;
        struct {
            const struct tval **v;
            size_t n, cap;
        } arr;
        struct {
            struct str (*fn)(void *arg, struct arena *a, struct str text);
            void *arg;
        } lambda;
    } u;
};

/* The member, or NULL; NULL also when v is no object. */
const struct tval *tval_get(const struct tval *v, const struct name *name);

enum node_type {
    NODE_TEXT,     /* text */
    NODE_VAR,      /* path, escaped */
    NODE_RAW,      /* path, as it is */
    NODE_SECTION,  /* path, body, text = source between the tags */
    NODE_INVERTED, /* path, body */
    NODE_PARTIAL,  /* path[0] = name, or dynamic path; indent */
    NODE_PARENT,   /* the same, body = the blocks that override */
    NODE_BLOCK     /* path[0] = name, body, indent */
};

struct delims {
    struct str open, close;
};

/* One instruction.  `bol`: it begins a line of its template, so the indentation of the
 * place where that template is included goes in front of it. */
struct node {
    enum node_type type;
    bool bol;
    bool solo;    /* PARTIAL, PARENT, BLOCK: the tag stood alone on its line */
    bool lines;   /* BLOCK: a line begins within it, so `indent` is in the source */
    bool dynamic; /* PARTIAL, PARENT: `path` leads to the name */
    uint32_t line;
    struct str text;
    struct str indent; /* BLOCK: was taken off each line of its body */
    struct name *path;
    size_t path_n; /* 0: the implicit iterator "." */
    const struct delims *delims;
    struct node *body, *next;
};

struct tmpl {
    struct name name;
    const struct node *root;
};

struct tmpl_set {
    struct arena *arena;
    size_t n;
    struct tmpl t[TMPL_FILES_MAX];
    uint16_t slot[TMPL_SLOTS]; /* index + 1 into t; 0: free */
};

const struct tmpl *tmpl_find(const struct tmpl_set *t, const struct name *name);
struct name tmpl_name(struct str s);

/* Set b->indent to the white space that all lines of its body share, and take it off
 * them.  `own` is that in front of the tag, when nothing else is. */
void block_dedent(struct arena *a, struct node *b, struct str own);

/* Compile `text`, which must live as long as the arena; `d` NULL: "{{" and "}}".  On
 * ERR_INVALID *line and *why say where and what. */
enum err tmpl_parse(struct arena *a, struct str text, const struct delims *d,
    const struct node **root, uint32_t *line, const char **why) MUST_CHECK;

#endif
