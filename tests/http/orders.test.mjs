// Orders over the API: placing, repeating, paying, cancelling, and whose they are.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { sql } from './lib/machine.mjs';
import { ADDRESS, ok, problem, shop, unique, uuid } from './lib/shop.mjs';

const one = (p, quantity = 1) => [{ sku: p.sku, quantity }];
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe('POST /orders', () => {
    test('201 with every field', async () => {
        const u = await shop.user();
        const p = await shop.product();
        const r = ok(await shop.order(one(p, 3), { token: u.token }), 201);
        const o = r.json;
        assert.equal(typeof o.id, 'string');
        assert.ok(o.number.length > 0);
        assert.equal(o.status, 'pending');
        assert.equal(o.payment_status, 'unpaid');
        assert.equal(o.fulfilment_status, 'unfulfilled');
        assert.equal(o.email, u.email);
        assert.deepEqual(o.items, [
            {
                sku: p.sku,
                product_id: p.id,
                name: p.name,
                quantity: 3,
                unit_price: { amount: 1999, currency: 'USD' },
                line_total: { amount: 5997, currency: 'USD' },
                discount: { amount: 0, currency: 'USD' },
                tax: { amount: 0, currency: 'USD' },
                tax_rate_ppm: 0,
                tax_inclusive: false,
                shipped: 0,
                refunded: 0,
                returned: 0,
                refunded_amount: { amount: 0, currency: 'USD' },
            },
        ]);
        assert.deepEqual([o.shipments, o.refunds, o.returns], [[], [], []]);
        for (const part of ['subtotal', 'discount', 'shipping', 'tax', 'total']) {
            assert.ok(Number.isInteger(o[part].amount), part);
            assert.equal(o[part].currency, 'USD', part);
        }
        assert.equal(o.subtotal.amount, 5997);
        const sum = o.subtotal.amount + o.shipping.amount + o.tax.amount - o.discount.amount;
        assert.equal(o.total.amount, sum);
        for (const [k, v] of Object.entries(ADDRESS)) assert.equal(o.shipping_address[k], v);
        assert.match(o.created_at, TIME);
        assert.match(o.expires_at, TIME);
        const hold = Date.parse(o.expires_at) - Date.parse(o.created_at);
        assert.equal(hold, 900_000);
        assert.equal(r.get('location'), `/api/v1/orders/${o.id}`);
        assert.deepEqual(ok(await shop.call('GET', `/orders/${o.id}`, { token: u.token })).json, o);
        assert.equal(await shop.stock(p.id), 7);
    });

    test('the cart, when no items are given, which is empty afterwards', async () => {
        const u = await shop.user();
        const [p, q] = [await shop.product(), await shop.product()];
        for (const [sku, quantity] of [[p.sku, 1], [q.sku, 2]])
            ok(await shop.call('POST', '/cart', { token: u.token, json: { sku, quantity } }), 201);
        const o = await shop.placed(undefined, { token: u.token });
        assert.deepEqual(o.items.map((i) => [i.sku, i.quantity]).sort(), [[p.sku, 1], [q.sku, 2]].sort());
        assert.deepEqual(ok(await shop.call('GET', '/cart', { token: u.token })).json.items, []);
        problem(await shop.order(undefined, { token: u.token }), 422);
    });

    test('all lines or none: 409 names each short line and what is left', async () => {
        const [a, b, c] = [await shop.product(), await shop.product({ stock: 2 }), await shop.product({ stock: 0 })];
        const r = await shop.order([...one(a), ...one(b, 3), ...one(c)]);
        const e = problem(r, 409, 'out_of_stock');
        assert.deepEqual(
            e.errors.map((x) => [x.pointer, x.code, x.sku, x.available]).sort(),
            [
                ['/items/1/quantity', 'out_of_stock', b.sku, 2],
                ['/items/2/quantity', 'out_of_stock', c.sku, 0],
            ],
        );
        assert.deepEqual(await Promise.all([a, b, c].map((p) => shop.stock(p.id))), [10, 2, 0]);
    });

    test('all of forty short lines are named', async () => {
        const few = await Promise.all(Array.from({ length: 40 }, () => shop.product({ stock: 0 })));
        const e = problem(await shop.order(few.flatMap((p) => one(p))), 409, 'out_of_stock');
        assert.deepEqual(e.errors.map((x) => x.sku).sort(), few.map((p) => p.sku).sort());
    });

    test('prices and names are copies: a later change leaves the order', async () => {
        const u = await shop.user();
        const p = await shop.product();
        const o = await shop.placed(one(p), { token: u.token });
        const token = await shop.admin();
        ok(await shop.call('PATCH', `/admin/products/${p.id}`, {
            token,
            match: '*',
            json: { name: 'Renamed', price: { amount: 5, currency: 'USD' } },
        }));
        const again = ok(await shop.call('GET', `/orders/${o.id}`, { token: u.token })).json;
        assert.deepEqual(again.items, o.items);
    });

    test('expected_total: another total is 409 cart_changed, nothing is taken', async () => {
        const p = await shop.product();
        const first = await shop.placed(one(p));
        const json = { expected_total: first.total };
        ok(await shop.order(one(p), { json }), 201);
        const wrong = { expected_total: { ...first.total, amount: first.total.amount - 1 } };
        problem(await shop.order(one(p), { json: wrong }), 409, 'cart_changed');
        assert.equal(await shop.stock(p.id), 8);
    });

    for (const [what, change, at] of [
        ['no items', { items: [] }, '/items'],
        ['items that are no list', { items: {} }, '/items'],
        ['quantity 0', { items: [{ sku: 'x', quantity: 0 }] }, '/items/0/quantity'],
        ['quantity -1', { items: [{ sku: 'x', quantity: -1 }] }, '/items/0/quantity'],
        ['a missing quantity', { items: [{ sku: 'x' }] }, '/items/0/quantity'],
        ['a price in a line', { items: [{ sku: 'x', quantity: 1, price: 1 }] }, '/items/0/price'],
        ['the same SKU twice', { items: [{ sku: 'x', quantity: 1 }, { sku: 'x', quantity: 1 }] }, '/items/1/sku'],
        ['no address', { shipping_address: undefined }, '/shipping_address'],
        ['no city', { shipping_address: { ...ADDRESS, city: undefined } }, '/shipping_address/city'],
        ['a country that is none', { shipping_address: { ...ADDRESS, country: 'XX' } }, '/shipping_address/country'],
        ['a guest without e-mail', { email: undefined }, '/email'],
        ['an e-mail that is none', { email: 'a@b' }, '/email'],
        ['an unknown coupon', { coupon: 'NO-SUCH' }, '/coupon'],
        ['an unknown shipping method', { shipping_method: 'camel' }, '/shipping_method'],
        ['a total of one’s own', { total: { amount: 1, currency: 'USD' } }, '/total'],
    ])
        test(`${what} is refused`, async () => {
            const p = await shop.product();
            const items = (change.items ?? one(p)).map?.((i) => (i.sku === 'x' ? { ...i, sku: p.sku } : i)) ?? {};
            const json = { email: 'g@example.com', ...change, items };
            problem(await shop.order(items, { json }), 422, undefined, [at]);
            assert.equal(await shop.stock(p.id), 10);
        });

    test('an unknown SKU is named', async () => {
        const p = await shop.product();
        const r = await shop.order([...one(p), { sku: unique('no'), quantity: 1 }]);
        problem(r, 422, undefined, ['/items/1/sku']);
        assert.equal(await shop.stock(p.id), 10);
    });
});

describe('Idempotency-Key', () => {
    test('missing or empty is 400, longer than 255 too', async () => {
        const p = await shop.product();
        for (const key of [undefined, '', '   ', 'k'.repeat(256)])
            problem(await shop.order(one(p), { key }), 400);
        ok(await shop.order(one(p), { key: 'k'.repeat(223) + uuid().slice(0, 32) }), 201);
        assert.equal(await shop.stock(p.id), 9);
    });

    for (const who of ['account', 'guest'])
        test(`a repeat answers byte for byte (${who})`, async () => {
            const p = await shop.product();
            const o = { key: uuid() };
            if (who === 'account') o.token = (await shop.user()).token;
            const first = ok(await shop.order(one(p), o), 201);
            assert.equal(first.get('idempotent-replayed'), null);
            // The order moves on meanwhile; the answer of the key does not.
            const cart = first.get('x-cart-token') ?? undefined;
            ok(await shop.pay(first.json.id, { token: o.token, cart }));
            const again = ok(await shop.order(one(p), o), 201);
            assert.equal(again.text, first.text);
            assert.equal(again.get('idempotent-replayed'), 'true');
            assert.equal(again.get('location'), first.get('location'));
            assert.equal(again.get('content-type'), first.get('content-type'));
            assert.equal(await shop.stock(p.id), 9);
        });

    test('with another body is 422', async () => {
        const p = await shop.product();
        const { token } = await shop.user();
        const key = uuid();
        ok(await shop.order(one(p), { token, key }), 201);
        problem(await shop.order(one(p, 2), { token, key }), 422, 'idempotency_key_reused');
        assert.equal(await shop.stock(p.id), 9);
    });

    test('of a guest, with another body, is 422, with the token and without', async () => {
        const p = await shop.product();
        const key = uuid();
        const first = ok(await shop.order(one(p), { key }), 201);
        const cart = first.get('x-cart-token');
        problem(await shop.order(one(p, 2), { key }), 422, 'idempotency_key_reused');
        problem(await shop.order(one(p, 2), { key, cart }), 422, 'idempotency_key_reused');
        problem(await shop.order(one(p), { key, cart, json: { email: 'x@example.com' } }), 422, 'idempotency_key_reused');
        for (const o of [{ key }, { key, cart }]) {
            const again = ok(await shop.order(one(p), o), 201);
            assert.equal(again.text, first.text);
            assert.equal(again.get('x-cart-token'), cart);
        }
        assert.equal(await shop.stock(p.id), 9);
    });

    // Keys are forgotten after a day; what was ordered with them is still nobody else's.
    test('and the address of a guest do not open the guest’s orders to another', async () => {
        const p = await shop.product();
        const key = uuid();
        const first = ok(await shop.order(one(p), { key }), 201);
        sql(`DELETE FROM idempotency_key WHERE order_id = ${first.json.id}`);
        const r = ok(await shop.order(one(p, 2), { key }), 201);
        const cart = r.get('x-cart-token');
        assert.notEqual(cart, first.get('x-cart-token'));
        problem(await shop.call('GET', `/orders/${first.json.id}`, { cart }), 404);
        assert.equal(ok(await shop.call('GET', '/orders', { cart })).json.total, 1);
    });

    test('is per user', async () => {
        const p = await shop.product();
        const key = uuid();
        for (let i = 0; i < 2; i++) ok(await shop.order(one(p), { key, token: (await shop.user()).token }), 201);
        assert.equal(await shop.stock(p.id), 8);
    });

    test('a refused request leaves the key free', async () => {
        const p = await shop.product({ stock: 1 });
        const { token } = await shop.user();
        const key = uuid();
        problem(await shop.order(one(p, 2), { token, key }), 409, 'out_of_stock');
        ok(await shop.order(one(p, 1), { token, key }), 201);
    });

    for (const who of ['account', 'guest'])
        test(`sixteen at the same instant make one order (${who})`, async () => {
            const p = await shop.product();
            const o = { key: uuid() };
            if (who === 'account') o.token = (await shop.user()).token;
            const rs = await Promise.all(Array.from({ length: 16 }, () => shop.order(one(p), o)));
            const made = rs.filter((r) => r.status === 201);
            // Those who came while the first still ran may be told so, and nothing else.
            rs.filter((r) => r.status !== 201).forEach((r) => {
                problem(r, 409, 'request_in_progress');
                assert.ok(r.get('retry-after'));
            });
            assert.ok(made.length >= 1);
            assert.equal(new Set(made.map((r) => r.text)).size, 1);
            assert.equal(made.filter((r) => !r.get('idempotent-replayed')).length, 1);
            assert.equal(await shop.stock(p.id), 9);
        });
});

describe('paying', () => {
    test('declined is 402, the order stays payable; approved is paid', async () => {
        const p = await shop.product();
        const { token } = await shop.user();
        const o = await shop.placed(one(p), { token });
        problem(await shop.pay(o.id, { token, json: { outcome: 'decline' } }), 402, 'payment_declined');
        assert.equal(ok(await shop.call('GET', `/orders/${o.id}`, { token })).json.status, 'pending');
        const paid = ok(await shop.pay(o.id, { token })).json;
        assert.deepEqual([paid.status, paid.payment_status], ['paid', 'paid']);
        assert.equal(await shop.stock(p.id), 9);
    });

    test('twice, and eight times at once, pays once', async () => {
        const { token } = await shop.user();
        const o = await shop.placed(one(await shop.product()), { token });
        const rs = await Promise.all(Array.from({ length: 8 }, () => shop.pay(o.id, { token })));
        rs.push(await shop.pay(o.id, { token }));
        rs.forEach((r) => assert.equal(ok(r).json.status, 'paid'));
        const full = ok(await shop.call('GET', `/admin/orders/${o.id}`, { token: await shop.admin() })).json;
        const good = full.payments.filter((x) => x.status === 'succeeded');
        assert.deepEqual(good.map((x) => x.amount), [o.total]);
    });

    for (const who of ['account', 'guest'])
        test(`a key’s answer is the first one’s (${who})`, async () => {
            const p = await shop.product();
            const o = who === 'account' ? { token: (await shop.user()).token } : {};
            const r = ok(await shop.order(one(p), o), 201);
            const other = ok(await shop.order(one(p), { ...o, cart: r.get('x-cart-token') }), 201).json;
            const by = { ...o, cart: r.get('x-cart-token') ?? undefined, key: uuid() };
            const { id } = r.json;
            problem(await shop.pay(id, { ...by, json: { outcome: 'decline' } }), 402);
            const first = ok(await shop.pay(id, by)); // a refusal left the key free
            assert.equal(first.get('idempotent-replayed'), null);
            ok(await shop.call('POST', `/orders/${id}/cancel`, by));
            const again = ok(await shop.pay(id, by));
            assert.equal(again.text, first.text);
            assert.equal(again.get('idempotent-replayed'), 'true');
            problem(await shop.pay(id, { ...by, json: { outcome: 'approve' } }), 422, 'idempotency_key_reused');
            problem(await shop.pay(other.id, by), 422, 'idempotency_key_reused');
        });

    for (const [what, json, at] of [
        ['no method', { method: undefined }, '/method'],
        ['another method', { method: 'card' }, '/method'],
        ['another outcome', { outcome: 'maybe' }, '/outcome'],
        ['an amount of one’s own', { amount: { amount: 1, currency: 'USD' } }, '/amount'],
    ])
        test(`${what} is refused`, async () => {
            const { token } = await shop.user();
            const o = await shop.placed(one(await shop.product()), { token });
            problem(await shop.pay(o.id, { token, json }), 422, undefined, [at]);
            assert.equal(ok(await shop.call('GET', `/orders/${o.id}`, { token })).json.status, 'pending');
        });
});

describe('cancelling', () => {
    test('gives the stock back exactly once', async () => {
        const p = await shop.product();
        const { token } = await shop.user();
        const o = await shop.placed(one(p, 4), { token });
        assert.equal(await shop.stock(p.id), 6);
        const cancel = () => shop.call('POST', `/orders/${o.id}/cancel`, { token });
        const rs = [...(await Promise.all([cancel(), cancel(), cancel(), cancel()])), await cancel()];
        assert.ok(rs.some((r) => r.status === 200 && r.json.status === 'cancelled'));
        rs.forEach((r) => assert.ok([200, 409].includes(r.status), r.text));
        assert.equal(await shop.stock(p.id), 10);
        problem(await shop.pay(o.id, { token }), 409);
    });

    test('a paid order is refunded with it, a shipped one is 409', async () => {
        const p = await shop.product();
        const { token } = await shop.user();
        const admin = await shop.admin();
        const paid = await shop.placed(one(p), { token });
        ok(await shop.pay(paid.id, { token }));
        const c = ok(await shop.call('POST', `/orders/${paid.id}/cancel`, { token })).json;
        assert.equal(c.refunded.amount, paid.total.amount);
        assert.equal(await shop.stock(p.id), 10);
        const sent = await shop.placed(one(p), { token });
        ok(await shop.pay(sent.id, { token }));
        ok(await shop.call('POST', `/admin/orders/${sent.id}/ship`, {
            token: admin,
            json: { carrier: 'Caravan', tracking: 'C-1' },
        }));
        problem(await shop.call('POST', `/orders/${sent.id}/cancel`, { token }), 409);
        assert.equal(await shop.stock(p.id), 9);
    });
});

describe('one’s own orders', () => {
    test('another’s order is 404 to read, pay and cancel', async () => {
        const p = await shop.product();
        const [a, b] = [await shop.user(), await shop.user()];
        const of = {
            account: await shop.placed(one(p), { token: a.token }),
            guest: await shop.placed(one(p)),
        };
        const others = [{ token: b.token }, {}, { cart: 'A'.repeat(32) }];
        for (const o of Object.values(of))
            for (const who of others) {
                problem(await shop.call('GET', `/orders/${o.id}`, who), 404);
                problem(await shop.pay(o.id, who), 404);
                problem(await shop.call('POST', `/orders/${o.id}/cancel`, who), 404);
            }
        const again = ok(await shop.call('GET', `/orders/${of.account.id}`, { token: a.token }));
        assert.equal(again.json.status, 'pending');
    });

    test('the list has them, newest first, in pages', async () => {
        const p = await shop.product();
        const { token } = await shop.user();
        const ids = [];
        for (let i = 0; i < 5; i++) ids.unshift((await shop.placed(one(p), { token })).id);
        const r = ok(await shop.call('GET', '/orders?per_page=2&page=2', { token }));
        assert.deepEqual(r.json.items.map((o) => o.id), ids.slice(2, 4));
        assert.deepEqual([r.json.page, r.json.per_page, r.json.total], [2, 2, 5]);
        assert.match(r.get('link'), /rel="next"/);
        const walk = ok(await shop.call('GET', `/orders?per_page=2&after=${ids[1]}`, { token }));
        assert.deepEqual(walk.json.items.map((o) => o.id), ids.slice(2, 4));
        assert.equal(ok(await shop.call('GET', '/orders', {})).json.total, 0);
    });

    test('a guest finds the order by the token the answer gave', async () => {
        const r = ok(await shop.order(one(await shop.product())), 201);
        const cart = r.get('x-cart-token');
        assert.equal(ok(await shop.call('GET', `/orders/${r.json.id}`, { cart })).json.id, r.json.id);
        assert.equal(ok(await shop.pay(r.json.id, { cart })).json.status, 'paid');
    });
});
