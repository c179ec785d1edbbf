/* Forms and percent encoding: no input may do more than be refused, what is taken is
 * valid UTF-8, and an encoded text decodes to itself. */
#include <stdlib.h>

#include "http/form.h"
#include "target.h"

FUZZ_TARGET(urlencoded)
{
    struct arena *a = arena_new(4096);
    struct str in = arena_str(a, (struct str){(const char *)data, size}), out;
    struct jval *form;
    struct fault flt;
    size_t i;

    if (form_parse(a, in, &form, &flt) == ERR_OK)
        for (i = 0; i < form->n; i++)
            if (!str_utf8_valid(form->key[i]) || form->n > FORM_FIELDS_MAX)
                abort();
    if (str_utf8_valid(in) &&
        (!percent_decode(a, percent_encode(a, in), true, &out) || !str_eq(in, out)))
        abort();
    arena_free(a);
    return 0;
}
