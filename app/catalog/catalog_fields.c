/* What the catalogue's routes take. */
#include "catalog/catalog_http.h"
#include "price/money_json.h"
#include "stock/stock.h"

#define TEXT_MAX 65535

/* clang-format off */
#define LIST_FIELDS                                                                        \
    {.name = "q", .type = F_STR, .flags = FIELD_TRIM, .max = 200,                          \
        .help = "words to look for"},                                                      \
    {.name = "category", .type = F_STR, .flags = FIELD_TRIM, .max = 1000,                  \
        .help = "a category's path or names: audio/headphones"},                           \
    {.name = "brand", .type = F_ARRAY, .max = CATALOG_BRANDS_MAX, .item = F_STR,           \
        .help = "a brand's name; may stand several times"},                                \
    {.name = "min_price", .type = F_I64, .max = MONEY_MAX, .help = "minor units"},         \
    {.name = "max_price", .type = F_I64, .max = MONEY_MAX, .help = "minor units"},         \
    {.name = "in_stock", .type = F_BOOL, .help = "true: only what can be bought now"},     \
    {.name = "sort", .type = F_ENUM, .choices = "relevance|newest|price|-price|name",      \
        .help = "default newest, with q relevance"},                                       \
    PAGING_FIELDS,                                                                         \
    {.name = "facets", .type = F_BOOL, .help = "true: counts by category, brand, price"}

const struct field product_list_query[] = {
    LIST_FIELDS,
    {.name = NULL},
};

const struct field product_admin_list_query[] = {
    LIST_FIELDS,
    {.name = "status", .type = F_ENUM, .choices = "active|archived|all",
        .help = "default all"},
    {.name = NULL},
};

static const struct field variant_fields[] = {
    {.name = "sku", .type = F_STR, .flags = FIELD_REQUIRED | FIELD_TRIM, .min = 1, .max = 64},
    {.name = "name", .type = F_STR, .flags = FIELD_NULL, .max = 200},
    {.name = "options", .type = F_MAP, .flags = FIELD_NULL, .max = 20,
        .help = "{\"Size\": \"L\"}"},
    {.name = "price", .type = F_OBJECT, .flags = FIELD_NULL, .fields = money_fields,
        .help = "default: the product's"},
    {.name = "stock", .type = F_I64, .flags = FIELD_NULL, .max = STOCK_MAX},
    {.name = NULL},
};

#define DETAIL_FIELDS                                                                      \
    {.name = "category", .type = F_ANY, .flags = FIELD_NULL,                               \
        .help = "names from the top as an array, or one path \"Audio/Headphones\""},       \
    {.name = "brand", .type = F_STR, .flags = FIELD_NULL | FIELD_TRIM, .max = 120},        \
    {.name = "description", .type = F_STR, .flags = FIELD_NULL, .max = TEXT_MAX},          \
    {.name = "slug", .type = F_STR, .flags = FIELD_NULL, .min = 1, .max = 160,             \
        .help = "default: made from the name"},                                            \
    {.name = "images", .type = F_ANY, .flags = FIELD_NULL,                                 \
        .help = "array of URLs or {\"url\", \"alt\"}, at most 20"},                        \
    {.name = "image", .type = F_STR, .flags = FIELD_NULL, .max = 1000,                     \
        .help = "the one image, if images is not given"},                                  \
    {.name = "attributes", .type = F_ANY, .flags = FIELD_NULL,                             \
        .help = "object of texts, numbers, booleans, or array of {\"name\", \"value\"}"},  \
    {.name = "variants", .type = F_ARRAY, .flags = FIELD_NULL, .max = PRODUCT_SKUS_MAX,    \
        .fields = variant_fields,                                                          \
        .help = "all SKUs of the product; the first is its own sku"},                      \
    {.name = "stock", .type = F_I64, .flags = FIELD_NULL, .max = STOCK_MAX},               \
    {.name = "status", .type = F_ENUM, .choices = "active|archived"}

const struct field product_body[] = {
    {.name = "sku", .type = F_STR, .flags = FIELD_REQUIRED | FIELD_TRIM, .min = 1, .max = 64},
    {.name = "name", .type = F_STR, .flags = FIELD_REQUIRED | FIELD_TRIM, .min = 1,
        .max = 500},
    {.name = "price", .type = F_OBJECT, .flags = FIELD_REQUIRED, .fields = money_fields},
    DETAIL_FIELDS,
    {.name = NULL},
};

static const struct field patch_price[] = {
    {.name = "amount", .type = F_I64, .max = MONEY_MAX},
    {.name = "currency", .type = F_STR, .min = 3, .max = 3},
    {.name = NULL},
};

const struct field product_patch_body[] = {
    {.name = "sku", .type = F_STR, .flags = FIELD_TRIM, .min = 1, .max = 64},
    {.name = "name", .type = F_STR, .flags = FIELD_TRIM, .min = 1, .max = 500},
    {.name = "price", .type = F_OBJECT, .fields = patch_price},
    DETAIL_FIELDS,
    {.name = NULL},
};

const struct field product_stock_body[] = {
    {.name = "delta", .type = F_I64, .flags = FIELD_REQUIRED, .min = -STOCK_MAX,
        .max = STOCK_MAX, .help = "what comes (+) or goes (-)"},
    {.name = "reason", .type = F_STR, .flags = FIELD_REQUIRED | FIELD_TRIM, .min = 1,
        .max = 300},
    {.name = "sku", .type = F_STR, .flags = FIELD_TRIM, .min = 1, .max = 64,
        .help = "default: the first"},
    {.name = NULL},
};
/* clang-format on */
