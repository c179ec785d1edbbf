/* Whatever bytes come as a JSON body: read, then held against a table of fields with every
 * type in it, as a body and as a merge patch. */

#include "http/field_priv.h"
#include "target.h"

static const struct field part[] = {
    {.name = "sku", .type = F_STR, .flags = FIELD_REQUIRED | FIELD_TRIM, .min = 1, .max = 8},
    {.name = "n", .type = F_I64, .min = -5, .max = 99},
    {.name = NULL},
};
static const struct field table[] = {
    {.name = "text", .type = F_STR, .flags = FIELD_NULL, .max = 20},
    {.name = "items", .type = F_ARRAY, .min = 1, .max = 5, .fields = part},
    {.name = "tags", .type = F_ARRAY, .max = 5, .item = F_STR},
    {.name = "one", .type = F_OBJECT, .fields = part},
    {.name = "map", .type = F_MAP, .max = 3},
    {.name = "at", .type = F_TIME},
    {.name = "id", .type = F_ID, .flags = FIELD_ZERO},
    {.name = "mail", .type = F_EMAIL},
    {.name = "sort", .type = F_ENUM, .choices = "a|b"},
    {.name = "on", .type = F_BOOL},
    {.name = "any", .type = F_ANY},
    {.name = NULL},
};

FUZZ_TARGET(json)
{
    static struct arena *a;
    struct str text = {(const char *)data, size};
    struct jval *in, *out;
    struct fault flt;

    if (a == NULL)
        a = arena_new((size_t)64 << 10);
    fault_clear(&flt);
    if (jin_parse(a, text, &in, &flt) == ERR_OK)
        for (unsigned mode = 0; mode <= FIELD_KEEP_NULL; mode += FIELD_KEEP_NULL)
            if (field_check_mode(a, table, in, FIELD_JSON, "", mode, &out, &flt) == ERR_OK &&
                out->type != J_OBJECT)
                __builtin_trap();
    arena_reset(a);
    return 0;
}
