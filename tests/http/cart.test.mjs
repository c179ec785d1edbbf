// The cart over the API: a guest's by token and by cookie, an account's, merged at login.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { PASSWORD, ok, problem, setCookies, shop, unique } from './lib/shop.mjs';

const add = (sku, quantity, o = {}) => shop.call('POST', '/cart', { ...o, json: { sku, quantity } });
const get = (o = {}) => shop.call('GET', '/cart', o);
const lines = async (o) =>
    Object.fromEntries(ok(await get(o)).json.items.map((i) => [i.sku, i.quantity]));

// A guest as a program is one: the token of the first answer, sent with each request.
async function guestWith(...wants) {
    let cart;
    for (const [sku, n] of wants) cart = ok(await add(sku, n, { cart }), 201).get('x-cart-token');
    return cart;
}

describe('a guest', () => {
    test('by X-Cart-Token', async () => {
        const p = await shop.product();
        const r = ok(await add(p.sku, 2), 201);
        const cart = r.get('x-cart-token');
        assert.ok(cart.length >= 16);
        assert.deepEqual(
            { ...r.json, id: 0 },
            {
                id: 0,
                sku: p.sku,
                product_id: p.id,
                name: p.name,
                unit_price: { amount: 1999, currency: 'USD' },
                quantity: 2,
                line_total: { amount: 3998, currency: 'USD' },
                in_stock: true,
            },
        );
        const c = ok(await get({ cart })).json;
        assert.deepEqual(c.items, [r.json]);
        assert.deepEqual(c.subtotal, { amount: 3998, currency: 'USD' });
        assert.equal(c.currency, 'USD');
    });

    test('by cookie, HttpOnly and SameSite', async () => {
        const p = await shop.product();
        const r = ok(await add(p.sku, 1), 201);
        const set = setCookies(r.headers);
        assert.equal(set.length, 1);
        assert.match(set[0], /; HttpOnly/i);
        assert.match(set[0], /; SameSite=(Lax|Strict)/i);
        assert.deepEqual(await lines({ cookie: set[0].split(';')[0] }), { [p.sku]: 1 });
    });

    test('sees no other guest’s cart', async () => {
        const p = await shop.product();
        const a = await guestWith([p.sku, 1]);
        const item = ok(await get({ cart: a })).json.items[0];
        const b = await guestWith([(await shop.product()).sku, 1]);
        problem(await shop.call('PUT', `/cart/${item.id}`, { cart: b, json: { quantity: 2 } }), 404);
        problem(await shop.call('DELETE', `/cart/${item.id}`, { cart: b }), 404);
        problem(await shop.call('DELETE', `/cart/${item.id}`), 404);
        const { token } = await shop.user();
        problem(await shop.call('PUT', `/cart/${item.id}`, { token, json: { quantity: 2 } }), 404);
        assert.deepEqual(await lines({ cart: a }), { [p.sku]: 1 });
    });

    test('looking makes no cart and sets no cookie', async () => {
        const r = ok(await get());
        assert.deepEqual(r.json, { items: [], subtotal: { amount: 0, currency: 'USD' }, currency: 'USD' });
        assert.equal(r.get('set-cookie'), null);
    });
});

describe('lines', () => {
    test('a second add of the same SKU adds to it', async () => {
        const p = await shop.product();
        const cart = await guestWith([p.sku, 2], [p.sku, 3]);
        const c = ok(await get({ cart })).json;
        assert.deepEqual(c.items.map((i) => i.quantity), [5]);
        assert.equal(c.subtotal.amount, 5 * 1999);
    });

    test('PUT sets, DELETE removes, twice is 404', async () => {
        const p = await shop.product();
        const q = await shop.product({ price: { amount: 1, currency: 'USD' } });
        const cart = await guestWith([p.sku, 2], [q.sku, 1]);
        const item = ok(await get({ cart })).json.items.find((i) => i.sku === p.sku);
        const r = await shop.call('PUT', `/cart/${item.id}`, { cart, json: { quantity: 7 } });
        assert.equal(ok(r).json.quantity, 7);
        assert.equal(r.json.line_total.amount, 7 * 1999);
        assert.deepEqual(await lines({ cart }), { [p.sku]: 7, [q.sku]: 1 });
        ok(await shop.call('DELETE', `/cart/${item.id}`, { cart }), 204);
        problem(await shop.call('DELETE', `/cart/${item.id}`, { cart }), 404);
        assert.deepEqual(await lines({ cart }), { [q.sku]: 1 });
    });

    test('more than there is: 409 out_of_stock with what is left, the cart as it was', async () => {
        const p = await shop.product({ stock: 3 });
        const cart = await guestWith([p.sku, 2]);
        const e = problem(await add(p.sku, 2, { cart }), 409, 'out_of_stock', ['/quantity', 'out_of_stock']);
        assert.equal(e.errors[0].sku, p.sku);
        assert.equal(e.errors[0].available, 3);
        assert.deepEqual(await lines({ cart }), { [p.sku]: 2 });
    });

    test('what sold out since stays, marked', async () => {
        const p = await shop.product({ stock: 3 });
        const cart = await guestWith([p.sku, 3]);
        await shop.placed([{ sku: p.sku, quantity: 1 }]);
        assert.equal(ok(await get({ cart })).json.items[0].in_stock, false);
    });

    test('an unknown and an archived SKU are 404', async () => {
        problem(await add(unique('no'), 1), 404, 'unknown_sku');
        const p = await shop.product();
        const token = await shop.admin();
        ok(await shop.call('DELETE', `/admin/products/${p.id}`, { token, match: p.etag }), 204);
        problem(await add(p.sku, 1), 404, 'unknown_sku');
    });

    for (const [what, json, at] of [
        ['no quantity', { sku: 'A' }, '/quantity'],
        ['zero', { sku: 'A', quantity: 0 }, '/quantity'],
        ['negative', { sku: 'A', quantity: -1 }, '/quantity'],
        ['fraction', { sku: 'A', quantity: 1.5 }, '/quantity'],
        ['text', { sku: 'A', quantity: '1' }, '/quantity'],
        ['huge', { sku: 'A', quantity: 1e30 }, '/quantity'],
        ['null', { sku: 'A', quantity: null }, '/quantity'],
        ['no sku', { quantity: 1 }, '/sku'],
        ['a price of one’s own', { sku: 'A', quantity: 1, price: 1 }, '/price'],
    ])
        test(`${what} is refused`, async () => {
            problem(await add(0, 0, {}), 422); // a number is no SKU
            problem(await shop.call('POST', '/cart', { json }), 422, 'validation_failed', [at]);
        });
});

describe('at login', () => {
    test('quantities add up and are capped at stock, and the shopper is told', async () => {
        const [a, b, c] = [await shop.product({ stock: 10 }), await shop.product({ stock: 5 }), await shop.product()];
        const u = await shop.user();
        for (const [sku, n] of [[a.sku, 2], [b.sku, 4]]) ok(await add(sku, n, { token: u.token }), 201);
        const cart = await guestWith([a.sku, 3], [b.sku, 4], [c.sku, 1]);
        const r = ok(await shop.call('POST', '/login', { cart, json: { email: u.email, password: PASSWORD } }));
        assert.deepEqual(await lines({ token: r.json.access_token }), { [a.sku]: 5, [b.sku]: 5, [c.sku]: 1 });
        assert.equal(r.json.cart.capped, 1);
        assert.ok(r.json.cart.merged >= 1);
        assert.deepEqual(await lines({ cart }), {}, 'the guest’s cart is used up');
    });

    test('signing in again adds nothing again', async () => {
        const p = await shop.product();
        const u = await shop.user();
        const cart = await guestWith([p.sku, 2]);
        const login = () => shop.call('POST', '/login', { cart, json: { email: u.email, password: PASSWORD } });
        const rs = await Promise.all([login(), login(), login()]);
        rs.forEach((r) => ok(r));
        ok(await login());
        assert.deepEqual(await lines({ token: u.token }), { [p.sku]: 2 });
    });

    test('at registration too', async () => {
        const p = await shop.product();
        const cart = await guestWith([p.sku, 2]);
        const u = await shop.user({ cart });
        assert.deepEqual(await lines({ token: u.token }), { [p.sku]: 2 });
    });

    test('the guest’s orders are the account’s from then on, and nobody else’s', async () => {
        const p = await shop.product();
        const cart = await guestWith([p.sku, 1]);
        const placed = await shop.placed(undefined, { cart });
        const u = await shop.user({ cart });
        ok(await shop.call('GET', `/orders/${placed.id}`, { token: u.token }));
        const mine = ok(await shop.call('GET', '/orders', { token: u.token })).json.items.map((o) => o.id);
        assert.deepEqual(mine, [placed.id]);
        problem(await shop.call('GET', `/orders/${placed.id}`, { cart }), 404);
        ok(await shop.pay(placed.id, { token: u.token }));
    });
});
