/* Forms with files: the first line of the input is a Content-Type, the rest a body. What
 * is taken lies within the body, has a name, and as a field is valid UTF-8. */
#include <stdlib.h>

#include "http/multipart.h"
#include "target.h"

FUZZ_TARGET(multipart)
{
    struct arena *a = arena_new(4096);
    struct str in = arena_str(a, (struct str){(const char *)data, size}), type, body,
               boundary;
    struct part *part;
    struct fault flt;
    size_t i, n;

    (void)str_cut(in, '\n', &type, &body);
    if (multipart_boundary(type, &boundary) &&
        multipart_parse(a, boundary, body, &part, &n, &flt) == ERR_OK)
        for (i = 0; i < n; i++)
            if (part[i].name.n == 0 || !str_utf8_valid(part[i].name) ||
                part[i].data.p < body.p ||
                part[i].data.p + part[i].data.n > body.p + body.n ||
                (part[i].filename.p == NULL && !str_utf8_valid(part[i].data)))
                abort();
    arena_free(a);
    return 0;
}
