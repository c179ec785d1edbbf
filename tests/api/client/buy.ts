// A stranger's program, written against the types that a stock generator made of the API's
// description: it opens an account, finds something, buys it, and looks at the order. What
// does not fit the description does not compile.
import { randomUUID } from 'node:crypto';
import { env } from 'node:process';

import createClient from 'openapi-fetch';

import type { components, paths } from './schema.js';

type Order = components['schemas']['Order'];

const client = createClient<paths>({ baseUrl: `${env.SOUK_URL}/api/v1` });

function must<T>(r: { data?: T; error?: components['schemas']['Problem'] }): T {
    if (r.data === undefined) throw new Error(`${r.error?.status} ${r.error?.type}: ${r.error?.detail}`);
    return r.data;
}

const password = `Saffron-${randomUUID()}`;
const email = `${randomUUID()}@example.com`;
const session = must(await client.POST('/register', { body: { email, password, name: 'Amina Idrissi' } }));
client.use({
    onRequest({ request }) {
        request.headers.set('authorization', `Bearer ${session.access_token}`);
        return request;
    },
});

// @ts-expect-error: no such order of sorting in the description
export const wrong = () => client.GET('/products', { params: { query: { sort: 'colour' } } });

const found = must(await client.GET('/products', { params: { query: { in_stock: true, sort: 'price', per_page: 5 } } }));
const product = must(await client.GET('/products/{id}', { params: { path: { id: found.items[0]!.id } } }));
const sku = product.variants.find((v) => v.in_stock)?.sku ?? product.sku;
if (sku === null) throw new Error('nothing to buy');

const line = must(await client.POST('/cart', { body: { sku, quantity: 1 } }));
const quote = must(await client.POST('/quote', { body: { shipping_address: { country: 'MA' } } }));
const order: Order = must(
    await client.POST('/orders', {
        params: { header: { 'Idempotency-Key': randomUUID() } },
        body: {
            shipping_address: {
                name: 'Amina Idrissi', line1: '12 Rue des Tanneurs', city: 'Fez', postal_code: '30110', country: 'MA',
            },
            expected_total: quote.total,
        },
    }),
);
const path = { id: order.id };
const paid = must(await client.POST('/orders/{id}/pay', { params: { path }, body: { method: 'simulated' } }));
const mine = must(await client.GET('/orders', {}));
const refused = await client.GET('/admin/orders', {});
if (refused.response.status !== 403) throw new Error('a customer saw the back office');
console.log(
    JSON.stringify({
        sku: line.sku,
        total: order.total.amount === quote.total.amount,
        status: paid.status,
        orders: mine.items.map((o) => o.number).includes(order.number),
    }),
);
