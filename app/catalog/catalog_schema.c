/* The shapes of the catalogue's answers, for the API's description. A member that
 * catalog_json.c writes stands here: a test holds the answers to it. */
#include "catalog/catalog_json.h"
#include "price/money_json.h"

/* clang-format off */
#define HEAD                                                                                \
    {.name = "id", .type = F_ID},                                                           \
    {.name = "sku", .type = F_STR, .flags = FIELD_NULL, .help = "of the first variant",     \
        .example = "\"LAN-FEZ-S\""},                                                        \
    {.name = "slug", .type = F_STR, .example = "\"fez-brass-lantern\""},                    \
    {.name = "name", .type = F_STR, .example = "\"Fez Brass Lantern\""}
#define PLACE                                                                               \
    {.name = "brand", .type = F_STR, .flags = FIELD_NULL, .example = "\"Dar Qandil\""},     \
    {.name = "category", .type = F_ARRAY, .item = F_STR, .help = "names from the top",      \
        .example = "[\"Lighting\",\"Lanterns\"]"},                                          \
    {.name = "category_path", .type = F_STR, .flags = FIELD_NULL,                           \
        .example = "\"lighting/lanterns\""},                                                \
    {.name = "price", .type = F_OBJECT, .of = &money_schema},                               \
    {.name = "stock", .type = F_I64, .help = "units that can be ordered"},                  \
    {.name = "in_stock", .type = F_BOOL}
#define STATUS {.name = "status", .type = F_ENUM, .choices = "active|archived"}
#define VERSION_NO {.name = "version", .type = F_I64}
#define UPDATED {.name = "updated_at", .type = F_TIME}

static const struct field image_fields[] = {
    {.name = "url", .type = F_STR, .example = "\"/static/demo/brass-lantern-fez.svg\""},
    {.name = "alt", .type = F_STR, .flags = FIELD_NULL},
    {.name = NULL},
};
static const struct schema image_schema = {"Image", "A picture.", image_fields};

static const struct field attribute_fields[] = {
    {.name = "name", .type = F_STR, .example = "\"Material\""},
    {.name = "value", .type = F_STR, .example = "\"Solid brass\""},
    {.name = NULL},
};
static const struct schema attribute_schema = {
    "Attribute", "A property of a product.", attribute_fields};

static const struct field variant_fields[] = {
    {.name = "sku", .type = F_STR, .example = "\"LAN-FEZ-S\""},
    {.name = "name", .type = F_STR, .example = "\"Small\""},
    {.name = "options", .type = F_MAP, .example = "{\"Size\":\"Small\"}"},
    {.name = "price", .type = F_OBJECT, .of = &money_schema},
    {.name = "stock", .type = F_I64},
    {.name = "in_stock", .type = F_BOOL},
    {.name = NULL},
};
static const struct schema variant_schema = {
    "Variant", "What is in fact bought: one SKU of a product.", variant_fields};

static const struct field product_fields[] = {
    HEAD,
    {.name = "description", .type = F_STR, .example = "\"A six-sided lantern.\""},
    PLACE,
    {.name = "on_hold", .type = F_I64, .help = "units that unpaid orders hold"},
    {.name = "images", .type = F_ARRAY, .of = &image_schema},
    {.name = "attributes", .type = F_ARRAY, .of = &attribute_schema},
    {.name = "variants", .type = F_ARRAY, .of = &variant_schema,
        .help = "none: the product is its only SKU"},
    STATUS,
    VERSION_NO,
    {.name = "created_at", .type = F_TIME},
    UPDATED,
    {.name = NULL},
};
const struct schema product_schema = {"Product", "A product.", product_fields};

static const struct field card_fields[] = {
    HEAD,
    PLACE,
    {.name = "image", .type = F_STR, .flags = FIELD_NULL,
        .example = "\"/static/demo/brass-lantern-fez.svg\""},
    {.name = "variants_count", .type = F_I64},
    STATUS,
    VERSION_NO,
    UPDATED,
    {.name = NULL},
};
const struct schema product_card_schema = {
    "ProductCard", "A product as lists show it.", card_fields};

static const struct field name_facet_fields[] = {
    {.name = "key", .type = F_STR, .help = "what to ask for", .example = "\"Dar Qandil\""},
    {.name = "name", .type = F_STR, .example = "\"Dar Qandil\""},
    {.name = "count", .type = F_I64},
    {.name = NULL},
};
static const struct schema name_facet_schema = {
    "NameFacet", "How many products a name has.", name_facet_fields};
static const struct field price_facet_fields[] = {
    {.name = "key", .type = F_STR, .flags = FIELD_NULL, .example = "\"5000-10000\""},
    {.name = "from", .type = F_I64, .help = "minor units", .example = "5000"},
    {.name = "to", .type = F_I64, .flags = FIELD_NULL, .help = "below; null: no bound",
        .example = "10000"},
    {.name = "count", .type = F_I64},
    {.name = NULL},
};
static const struct schema price_facet_schema = {
    "PriceFacet", "How many products a band of prices has.", price_facet_fields};
static const struct field facets_fields[] = {
    {.name = "categories", .type = F_ARRAY, .of = &name_facet_schema},
    {.name = "brands", .type = F_ARRAY, .of = &name_facet_schema},
    {.name = "prices", .type = F_ARRAY, .of = &price_facet_schema},
    {.name = NULL},
};
static const struct schema facets_schema = {
    "Facets", "Counts of what the list could be narrowed to.", facets_fields};

static const struct field list_fields[] = {
    {.name = "items", .type = F_ARRAY, .of = &product_card_schema},
    {.name = "page", .type = F_I64},
    {.name = "per_page", .type = F_I64, .example = "20"},
    {.name = "total", .type = F_I64, .flags = FIELD_NULL,
        .help = "items on all pages together, exact up to 50000; null in a walk, which does not"
                " count"},
    {.name = "next_after", .type = F_ID, .flags = FIELD_NULL | FIELD_OPTIONAL,
        .help = "with after: what to ask for next; null at the end"},
    {.name = "facets", .type = F_OBJECT, .flags = FIELD_OPTIONAL, .of = &facets_schema,
        .help = "with facets=true"},
    {.name = NULL},
};
const struct schema product_list_schema = {"ProductList", "A page of products.", list_fields};

static const struct schema category_schema;
static const struct field category_fields[] = {
    {.name = "name", .type = F_STR, .example = "\"Lighting\""},
    {.name = "slug", .type = F_STR, .example = "\"lighting\""},
    {.name = "path", .type = F_STR, .example = "\"lighting\""},
    {.name = "count", .type = F_I64, .help = "products in it and below"},
    {.name = "children", .type = F_ARRAY, .of = &category_schema, .example = "[]"},
    {.name = NULL},
};
static const struct schema category_schema = {
    "Category", "A category and those below it.", category_fields};
static const struct field tree_fields[] = {
    {.name = "items", .type = F_ARRAY, .of = &category_schema},
    {.name = NULL},
};
const struct schema category_tree_schema = {
    "CategoryTree", "All categories, from the top.", tree_fields};

static const struct field stock_fields[] = {
    {.name = "sku", .type = F_STR, .example = "\"LAN-FEZ-S\""},
    {.name = "stock", .type = F_I64, .help = "units that can be ordered now"},
    {.name = "product", .type = F_OBJECT, .of = &product_schema},
    {.name = NULL},
};
const struct schema stock_schema = {"StockLevel", "The stock of a SKU.", stock_fields};
/* clang-format on */
