/* Written by scripts/dev/list-sources --write. */
SUITE(api_suite)
SUITE(catalog_rules_suite)
SUITE(category_suite)
SUITE(money_suite)
SUITE(order_state_suite)
SUITE(price_suite)
SUITE(price_rules_suite)
SUITE(slug_suite)
