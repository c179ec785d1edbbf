/* The shapes of what order_json.c and order_history_json.c write, for the API's description.
 * A member added there is added here: a test holds the answers to it. */
#include "order/order_json.h"
#include "price/money_json.h"

#define STATUSES                                                                            \
    "pending|paid|shipped|completed|cancelled|expired|refunded|partially_refunded"

/* clang-format off */
#define MONEY(member, text)                                                                 \
    {.name = member, .type = F_OBJECT, .of = &money_schema, .help = text}

#define LINE                                                                                \
    {.name = "sku", .type = F_STR, .example = "\"LAN-FEZ-S\""},                             \
    {.name = "product_id", .type = F_ID},                                                   \
    {.name = "name", .type = F_STR, .example = "\"Fez Brass Lantern\""},                    \
    {.name = "quantity", .type = F_I64},                                                    \
    MONEY("unit_price", NULL),                                                              \
    MONEY("line_total", "before the discount"),                                             \
    MONEY("discount", "the line's share of the order's"),                                   \
    MONEY("tax", NULL),                                                                     \
    {.name = "tax_rate_ppm", .type = F_I64, .example = "190000",                            \
        .help = "parts per million"},                                                       \
    {.name = "tax_inclusive", .type = F_BOOL, .help = "the price contains the tax"}

static const struct field quote_line_fields[] = {LINE, {.name = NULL}};
static const struct schema quote_line_schema = {
    "QuoteLine", "A line of what an order would be.", quote_line_fields};

static const struct field line_fields[] = {
    LINE,
    {.name = "shipped", .type = F_I64, .help = "units sent"},
    {.name = "refunded", .type = F_I64, .help = "units whose price was given back"},
    {.name = "returned", .type = F_I64, .help = "units that came back"},
    MONEY("refunded_amount", NULL),
    {.name = NULL},
};
static const struct schema line_schema = {"OrderLine", "A line of an order.", line_fields};

#define SUMS                                                                                \
    MONEY("subtotal", "of the lines"),                                                      \
    MONEY("discount", NULL),                                                                \
    {.name = "coupon", .type = F_STR, .flags = FIELD_NULL},                                 \
    MONEY("shipping", NULL),                                                                \
    {.name = "shipping_method", .type = F_STR, .flags = FIELD_NULL,                         \
        .example = "\"standard\""},                                                         \
    MONEY("shipping_tax", NULL),                                                            \
    {.name = "shipping_tax_rate_ppm", .type = F_I64, .example = "190000"},                  \
    {.name = "shipping_tax_inclusive", .type = F_BOOL},                                     \
    MONEY("tax", "all of it"),                                                              \
    MONEY("tax_included", "the part of it that prices contain"),                            \
    MONEY("total", NULL)

static const struct field shipping_choice_fields[] = {
    {.name = "code", .type = F_STR, .example = "\"standard\""},
    {.name = "name", .type = F_STR, .example = "\"Standard\""},
    MONEY("charge", NULL),
    {.name = NULL},
};
static const struct schema shipping_choice_schema = {
    "ShippingChoice", "A way to have the order delivered.", shipping_choice_fields};

static const struct field quote_fields[] = {
    {.name = "currency", .type = F_STR, .example = "\"USD\""},
    {.name = "items", .type = F_ARRAY, .of = &quote_line_schema},
    SUMS,
    {.name = "shipping_methods", .type = F_ARRAY, .of = &shipping_choice_schema},
    {.name = NULL},
};
const struct schema quote_schema = {"Quote", "What an order would come to.", quote_fields};

static const struct field address_fields[] = {
    {.name = "name", .type = F_STR, .example = "\"Amina Idrissi\""},
    {.name = "line1", .type = F_STR, .example = "\"12 Rue des Tanneurs\""},
    {.name = "line2", .type = F_STR, .flags = FIELD_NULL},
    {.name = "city", .type = F_STR, .example = "\"Fez\""},
    {.name = "region", .type = F_STR, .flags = FIELD_NULL},
    {.name = "postal_code", .type = F_STR, .example = "\"30110\""},
    {.name = "country", .type = F_STR, .example = "\"MA\""},
    {.name = NULL},
};
static const struct schema address_schema = {"Address", "Where to send it.", address_fields};

static const struct field shipment_fields[] = {
    {.name = "carrier", .type = F_STR, .example = "\"DHL\""},
    {.name = "tracking", .type = F_STR, .example = "\"JD014600003RT\""},
    {.name = "shipped_at", .type = F_TIME},
    {.name = NULL},
};
static const struct schema shipment_schema = {
    "Shipment", "The first parcel.", shipment_fields};

#define MEMBERS_1                                                                           \
    {.name = "id", .type = F_ID},                                                           \
    {.name = "number", .type = F_STR, .help = "what people call it",                        \
        .example = "\"S-2611-4KX9Q\""},                                                     \
    {.name = "status", .type = F_ENUM, .choices = STATUSES},                                \
    {.name = "payment_status", .type = F_STR, .example = "\"unpaid\""},                     \
    {.name = "fulfilment_status", .type = F_STR, .example = "\"unfulfilled\""},             \
    {.name = "email", .type = F_STR, .flags = FIELD_NULL,                                   \
        .example = "\"amina@example.com\""},                                                \
    {.name = "currency", .type = F_STR, .example = "\"USD\""}
#define MEMBERS_2                                                                           \
    SUMS,                                                                                   \
    MONEY("refunded", "given back so far"),                                                 \
    {.name = "shipping_address", .type = F_OBJECT, .of = &address_schema},                  \
    {.name = "shipment", .type = F_OBJECT, .flags = FIELD_NULL, .of = &shipment_schema},    \
    {.name = "created_at", .type = F_TIME},                                                 \
    {.name = "updated_at", .type = F_TIME},                                                 \
    {.name = "expires_at", .type = F_TIME, .flags = FIELD_NULL,                             \
        .help = "unpaid until then, it is closed"}
#define ITEMS {.name = "items", .type = F_ARRAY, .of = &line_schema}

static const struct field part_line_fields[] = {
    {.name = "sku", .type = F_STR, .example = "\"LAN-FEZ-S\""},
    {.name = "name", .type = F_STR, .example = "\"Fez Brass Lantern\""},
    {.name = "quantity", .type = F_I64},
    {.name = "amount", .type = F_OBJECT, .flags = FIELD_OPTIONAL, .of = &money_schema,
        .help = "of a refund"},
    {.name = NULL},
};
static const struct schema part_line_schema = {
    "OrderPartLine", "Units of a line in a parcel, refund or return.", part_line_fields};

#define PART_ITEMS {.name = "items", .type = F_ARRAY, .of = &part_line_schema}
#define WHY                                                                                 \
    {.name = "restock", .type = F_BOOL, .help = "went back on the shelf"},                  \
    {.name = "reason", .type = F_STR, .flags = FIELD_NULL},                                 \
    {.name = "actor", .type = F_STR, .flags = FIELD_NULL, .example = "\"admin:1\""}

static const struct field parcel_fields[] = {
    {.name = "id", .type = F_ID},
    {.name = "carrier", .type = F_STR, .example = "\"DHL\""},
    {.name = "tracking", .type = F_STR, .example = "\"JD014600003RT\""},
    {.name = "shipped_at", .type = F_TIME},
    PART_ITEMS,
    {.name = NULL},
};
static const struct field refund_fields[] = {
    {.name = "id", .type = F_ID},
    {.name = "created_at", .type = F_TIME},
    MONEY("amount", NULL),
    PART_ITEMS,
    {.name = NULL},
};
static const struct field return_fields[] = {
    {.name = "id", .type = F_ID},
    {.name = "created_at", .type = F_TIME},
    PART_ITEMS,
    {.name = NULL},
};
static const struct field admin_refund_fields[] = {
    {.name = "id", .type = F_ID},
    {.name = "created_at", .type = F_TIME},
    MONEY("amount", NULL),
    WHY,
    PART_ITEMS,
    {.name = NULL},
};
static const struct field admin_return_fields[] = {
    {.name = "id", .type = F_ID},
    {.name = "created_at", .type = F_TIME},
    WHY,
    PART_ITEMS,
    {.name = NULL},
};
static const struct schema parcel_schema = {"Parcel", "What was sent.", parcel_fields};
static const struct schema refund_schema = {"Refund", "Money given back.", refund_fields};
static const struct schema return_schema = {"Return", "Goods that came back.", return_fields};
static const struct schema admin_refund_schema = {
    "AdminRefund", "Money given back, by whom and why.", admin_refund_fields};
static const struct schema admin_return_schema = {
    "AdminReturn", "Goods that came back, and why.", admin_return_fields};

static const struct field summary_fields[] = {MEMBERS_1, MEMBERS_2, {.name = NULL}};
const struct schema order_summary_schema = {
    "OrderSummary", "An order without its lines.", summary_fields};

static const struct field order_fields[] = {
    MEMBERS_1,
    ITEMS,
    MEMBERS_2,
    {.name = "shipments", .type = F_ARRAY, .of = &parcel_schema},
    {.name = "refunds", .type = F_ARRAY, .of = &refund_schema},
    {.name = "returns", .type = F_ARRAY, .of = &return_schema},
    {.name = NULL},
};
const struct schema order_schema = {"Order", "An order.", order_fields};

static const struct field event_fields[] = {
    {.name = "from", .type = F_STR, .flags = FIELD_NULL, .example = "\"pending\""},
    {.name = "to", .type = F_STR, .example = "\"paid\""},
    {.name = "what", .type = F_STR, .flags = FIELD_NULL, .example = "\"paid\""},
    {.name = "actor", .type = F_STR, .flags = FIELD_NULL, .example = "\"customer:7\""},
    {.name = "reason", .type = F_STR, .flags = FIELD_NULL},
    {.name = "created_at", .type = F_TIME},
    {.name = NULL},
};
static const struct schema event_schema = {
    "OrderEvent", "Something that happened to an order.", event_fields};

static const struct field payment_fields[] = {
    {.name = "id", .type = F_ID},
    {.name = "provider", .type = F_STR, .example = "\"simulated\""},
    {.name = "reference", .type = F_STR, .flags = FIELD_NULL},
    {.name = "status", .type = F_STR, .example = "\"succeeded\""},
    MONEY("amount", NULL),
    MONEY("refunded", NULL),
    {.name = "created_at", .type = F_TIME},
    {.name = NULL},
};
static const struct schema payment_schema = {
    "OrderPayment", "An attempt to pay.", payment_fields};

static const struct field admin_fields[] = {
    MEMBERS_1,
    ITEMS,
    MEMBERS_2,
    {.name = "shipments", .type = F_ARRAY, .of = &parcel_schema},
    {.name = "refunds", .type = F_ARRAY, .of = &admin_refund_schema},
    {.name = "returns", .type = F_ARRAY, .of = &admin_return_schema},
    {.name = "account_id", .type = F_ID, .flags = FIELD_NULL, .help = "null: a guest's"},
    {.name = "events", .type = F_ARRAY, .of = &event_schema},
    {.name = "payments", .type = F_ARRAY, .of = &payment_schema},
    {.name = NULL},
};
const struct schema order_admin_schema = {
    "AdminOrder", "An order with its events and payments.", admin_fields};
/* clang-format on */
