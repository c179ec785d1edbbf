/* Carts as the API shows them. */
#include "cart/cart_json.h"

#include "price/money_json.h"

static const struct field item_fields[] = {
    {.name = "id", .type = F_ID},
    {.name = "sku", .type = F_STR, .example = "\"LAN-FEZ-S\""},
    {.name = "product_id", .type = F_ID},
    {.name = "name", .type = F_STR, .example = "\"Fez Brass Lantern\""},
    {.name = "unit_price", .type = F_OBJECT, .of = &money_schema},
    {.name = "quantity", .type = F_I64},
    {.name = "line_total", .type = F_OBJECT, .of = &money_schema},
    {.name = "in_stock", .type = F_BOOL, .help = "the line can be ordered as it stands"},
    {.name = NULL},
};
const struct schema cart_item_schema = {"CartItem", "A line of a cart.", item_fields};

static const struct field cart_fields[] = {
    {.name = "items", .type = F_ARRAY, .of = &cart_item_schema},
    {.name = "subtotal", .type = F_OBJECT, .of = &money_schema},
    {.name = "currency", .type = F_STR, .example = "\"USD\""},
    {.name = NULL},
};
const struct schema cart_schema = {"Cart", "What somebody is about to buy.", cart_fields};

void
cart_item_jout(struct jout *j, const struct cart_item *it)
{
    const struct sku_info *s = &it->sku;

    jout_obj(j);
    jout_kid(j, "id", it->id);
    jout_kstr(j, "sku", s->sku);
    jout_kid(j, "product_id", s->product_id);
    jout_kstr(j, "name", s->name);
    money_kjout(j, "unit_price", s->unit_price, s->currency);
    jout_ki64(j, "quantity", it->quantity);
    money_kjout(j, "line_total", it->line_total, s->currency);
    /* Can this line be ordered as it stands? */
    jout_kbool(j, "in_stock", s->active && s->available >= it->quantity);
    jout_obj_end(j);
}

void
cart_jout(struct jout *j, const struct cart *c)
{
    jout_obj(j);
    jout_key(j, "items");
    jout_arr(j);
    for (size_t i = 0; i < c->n; i++)
        cart_item_jout(j, &c->items[i]);
    jout_arr_end(j);
    money_kjout(j, "subtotal", c->subtotal, c->currency);
    jout_kstr(j, "currency", c->currency);
    jout_obj_end(j);
}
