/* What may be ordered, looked at before any transaction: the address, the e-mail, the
 * wanted lines. Every fault is named, not only the first. Asks no database. */
#include "order/order_parts.h"

#include <stdio.h>
#include <string.h>

#include "cart/cart.h"
#include "http/field.h"

#define POINTER_N 96

static bool
has_control(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
            return true;
    return false;
}

/* One line of text for a label: present if it must be, at most `max` characters. */
static bool
text_ok(struct str *s, const char *name, size_t max, bool required, struct fault *flt)
{
    char ptr[POINTER_N];

    (void)snprintf(ptr, sizeof(ptr), "/shipping_address/%s", name);
    if (!str_utf8_valid(*s) || has_control(*s)) {
        (void)fault_field(flt, ptr, "bad_text", "must be one line of text");
        return false;
    }
    *s = str_trim(*s);
    if (s->n == 0 && required) {
        (void)fault_field(flt, ptr, "required", "is required");
        return false;
    }
    if (str_utf8_count(*s) > max) {
        (void)fault_field(flt, ptr, "too_long", "at most %zu characters", max);
        return false;
    }
    return true;
}

static bool
country_ok(struct arena *a, struct str *country, struct fault *flt)
{
    char *p;

    if (!text_ok(country, "country", 100, true, flt))
        return false;
    p = arena_cstr(a, *country);
    for (size_t i = 0; i < country->n; i++)
        if (p[i] >= 'a' && p[i] <= 'z')
            p[i] = (char)(p[i] - 'a' + 'A');
    *country = (struct str){p, country->n};
    if (country_known(*country))
        return true;
    (void)fault_field(flt, "/shipping_address/country", "unknown_country",
        "must be an ISO 3166-1 alpha-2 code such as DE");
    return false;
}

static bool
address_ok(struct arena *a, struct address *ad, struct fault *flt)
{
    bool ok = true;

    ok = text_ok(&ad->name, "name", 200, true, flt) && ok;
    ok = text_ok(&ad->line1, "line1", 200, true, flt) && ok;
    ok = text_ok(&ad->line2, "line2", 200, false, flt) && ok;
    ok = text_ok(&ad->city, "city", 120, true, flt) && ok;
    ok = text_ok(&ad->region, "region", 120, false, flt) && ok;
    ok = text_ok(&ad->postal_code, "postal_code", 40, true, flt) && ok;
    return country_ok(a, &ad->country, flt) && ok;
}

static bool
email_ok(struct str email, bool guest, struct fault *flt)
{
    if (email.n == 0 && !guest)
        return true;
    if (email.n == 0) {
        (void)fault_field(flt, "/email", "required", "is required of a guest");
        return false;
    }
    if (!field_email_ok(email)) {
        (void)fault_field(flt, "/email", "bad_email", "is not an e-mail address");
        return false;
    }
    return true;
}

static bool
want_ok(const struct order_in *in, size_t i, struct fault *flt)
{
    const struct order_want *w = &in->want[i];
    char ptr[POINTER_N];
    size_t j;

    if (w->quantity < 1 || w->quantity > CART_QUANTITY_MAX) {
        (void)snprintf(ptr, sizeof(ptr), "/items/%zu/quantity", i);
        (void)fault_field(flt, ptr, "out_of_range", "must be 1 to %d", CART_QUANTITY_MAX);
        return false;
    }
    for (j = 0; j < i; j++) {
        if (!str_eq(in->want[j].sku, w->sku))
            continue;
        (void)snprintf(ptr, sizeof(ptr), "/items/%zu/sku", i);
        (void)fault_field(flt, ptr, "duplicate", "stands in items already");
        return false;
    }
    return true;
}

static bool
wants_ok(const struct order_in *in, struct fault *flt)
{
    bool ok = true;

    if (in->want == NULL)
        return true;
    if (in->n == 0 || in->n > ORDER_LINES_MAX) {
        (void)fault_field(flt, "/items", in->n == 0 ? "too_short" : "too_long",
            "1 to %d items", ORDER_LINES_MAX);
        return false;
    }
    for (size_t i = 0; i < in->n; i++)
        ok = want_ok(in, i, flt) && ok;
    return ok;
}

enum err
order_check_address(struct arena *a, struct address *ad, struct fault *flt)
{
    static const char where[] = "/shipping_address";

    if (address_ok(a, ad, flt))
        return ERR_OK;
    /* It stands alone here: "/city". */
    for (size_t i = 0; flt != NULL && i < flt->n; i++) {
        char *p = flt->field[i].pointer;

        if (strncmp(p, where, sizeof(where) - 1) == 0)
            memmove(p, p + sizeof(where) - 1, strlen(p) - sizeof(where) + 2);
    }
    return ERR_INVALID;
}

enum err
order_check_country(struct arena *a, struct str *country, struct fault *flt)
{
    return country_ok(a, country, flt) ? ERR_OK : ERR_INVALID;
}

enum err
order_check_wants(const struct order_in *in, struct fault *flt)
{
    return wants_ok(in, flt) ? ERR_OK : ERR_INVALID;
}

enum err
order_check(struct arena *a, struct order_in *in, struct fault *flt)
{
    bool ok = address_ok(a, &in->address, flt);

    in->email = str_trim(in->email);
    ok = email_ok(in->email, in->who.account_id == 0, flt) && ok;
    ok = wants_ok(in, flt) && ok;
    return ok ? ERR_OK : ERR_INVALID;
}
