/* Money in JSON: {"amount": 1999, "currency": "USD"}, in and out. */
#include "price/money_json.h"

const struct field money_fields[] = {
    {.name = "amount",
        .type = F_I64,
        .flags = FIELD_REQUIRED,
        .min = 0,
        .max = MONEY_MAX,
        .help = "integer of the currency's minor unit",
        .example = "1999"},
    {.name = "currency",
        .type = F_STR,
        .flags = FIELD_REQUIRED,
        .min = 3,
        .max = 3,
        .help = "ISO 4217 code",
        .example = "\"USD\""},
    {.name = NULL},
};
const struct schema money_schema = {"Money", "An amount of money.", money_fields};

void
money_jout(struct jout *j, int64_t amount, struct str currency)
{
    jout_obj(j);
    jout_ki64(j, "amount", amount);
    jout_kstr(j, "currency", currency);
    jout_obj_end(j);
}

void
money_kjout(struct jout *j, const char *name, int64_t amount, struct str currency)
{
    jout_key(j, name);
    money_jout(j, amount, currency);
}
