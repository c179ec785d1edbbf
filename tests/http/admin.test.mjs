// The back office over the API: products, stock, orders, and who may.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { URL_, ok, problem, shop, unique, uuid } from './lib/shop.mjs';

let token;
before(async () => {
    token = await shop.admin();
});
const admin = (method, path, o = {}) => shop.call(method, `/admin${path}`, { token, ...o });
const detail = async (id) => ok(await shop.call('GET', `/products/${id}`)).json;
const whole = (sku, more = {}) => ({ sku, name: `Whole ${sku}`, price: { amount: 700, currency: 'USD' }, ...more });

describe('products', () => {
    test('create answers 201, Location and ETag, and the product is there', async () => {
        const sku = unique('SKU');
        const r = ok(await admin('POST', '/products', { json: whole(sku, { stock: 4 }) }), 201);
        assert.equal(r.get('location'), `/api/v1/products/${r.json.id}`);
        assert.ok(r.get('etag'));
        assert.deepEqual(await detail(r.json.id), r.json);
        assert.equal(r.json.stock, 4);
    });

    test('a taken SKU is 409', async () => {
        const p = await shop.product();
        problem(await admin('POST', '/products', { json: whole(p.sku) }), 409, 'sku_taken');
    });

    for (const [what, change, at] of [
        ['no name', { name: undefined }, '/name'],
        ['an empty name', { name: ' ' }, '/name'],
        ['no sku', { sku: undefined }, '/sku'],
        ['no price', { price: undefined }, '/price'],
        ['a negative price', { price: { amount: -1, currency: 'USD' } }, '/price/amount'],
        ['a fractional price', { price: { amount: 1.5, currency: 'USD' } }, '/price/amount'],
        ['a price that overflows', { price: { amount: 1e19, currency: 'USD' } }, '/price/amount'],
        ['a price without currency', { price: { amount: 1 } }, '/price/currency'],
        ['a currency that is none', { price: { amount: 1, currency: 'ZZZ' } }, '/price/currency'],
        ['negative stock', { stock: -1 }, '/stock'],
        ['fractional stock', { stock: 0.5 }, '/stock'],
        ['an unknown field', { colour: 'red' }, '/colour'],
        ['a status that is none', { status: 'hidden' }, '/status'],
        ['variants that do not begin with the product', { variants: [{ sku: 'other' }] }, '/variants/0/sku'],
    ])
        test(`${what} is refused`, async () => {
            const r = await admin('POST', '/products', { json: whole(unique('SKU'), change) });
            problem(r, 422, undefined, [at]);
        });

    test('PUT replaces the whole', async () => {
        const p = await shop.product({ brand: 'Old', description: 'Old' });
        const r = ok(await admin('PUT', `/products/${p.id}`, { match: p.etag, json: whole(p.sku) }));
        assert.deepEqual([r.json.name, r.json.price.amount, r.json.brand, r.json.description], [
            `Whole ${p.sku}`, 700, null, '',
        ]);
        assert.equal(r.json.stock, 10, 'what the body does not say of stock is the ledger’s');
        assert.deepEqual(await detail(p.id), r.json);
        problem(await admin('PUT', `/products/${p.id}`, { match: r.get('etag'), json: { name: 'x' } }), 422);
    });

    test('PATCH merges: null takes away, silence leaves', async () => {
        const p = await shop.product({ brand: 'Safi', description: 'Blue' });
        const r = ok(await admin('PATCH', `/products/${p.id}`, {
            match: p.etag,
            body: JSON.stringify({ brand: null, price: { amount: 55 } }),
            headers: { 'content-type': 'application/merge-patch+json' },
        }));
        assert.deepEqual(
            [r.json.brand, r.json.description, r.json.price, r.json.name],
            [null, 'Blue', { amount: 55, currency: 'USD' }, p.name],
        );
        assert.equal(r.json.version, p.version + 1);
        problem(await admin('PATCH', `/products/${p.id}`, { match: '*', json: { name: null } }), 422, undefined, ['/name']);
    });

    test('changes need If-Match: 428 without, 412 when stale', async () => {
        const p = await shop.product();
        const calls = [['PUT', whole(p.sku)], ['PATCH', { name: 'x' }], ['DELETE', undefined]];
        for (const [method, json] of calls) {
            problem(await admin(method, `/products/${p.id}`, { json }), 428);
            problem(await admin(method, `/products/${p.id}`, { json, match: '"0-0"' }), 412);
            problem(await admin(method, `/products/${p.id}`, { json, match: 'W/"0-0"' }), 412);
            problem(await admin(method, `/products/${p.id}`, { json, match: p.etag.replaceAll('"', '') }), 412);
        }
        assert.deepEqual((await detail(p.id)).version, 1);
        ok(await admin('PATCH', `/products/${p.id}`, { match: p.etag, json: { name: 'Newer' } }));
        problem(await admin('PATCH', `/products/${p.id}`, { match: p.etag, json: { name: 'Older' } }), 412);
        assert.equal((await detail(p.id)).name, 'Newer');
    });

    test('the ETag of a compressed answer is as good', async () => {
        const p = await shop.product({ description: 'long '.repeat(500) });
        const r = await shop.call('GET', `/products/${p.id}`, { headers: { 'accept-encoding': 'gzip' } });
        assert.equal(ok(r).get('content-encoding'), 'gzip');
        const match = r.get('etag');
        ok(await shop.call('GET', `/products/${p.id}`, { headers: { 'if-none-match': match } }), 304);
        ok(await admin('PATCH', `/products/${p.id}`, { match, json: { name: 'Compressed' } }));
        problem(await admin('PATCH', `/products/${p.id}`, { match, json: { name: 'x' } }), 412);
    });

    test('of many changes with one ETag exactly one wins', async () => {
        const p = await shop.product();
        const rs = await Promise.all(
            Array.from({ length: 8 }, (_, i) =>
                admin('PATCH', `/products/${p.id}`, { match: p.etag, json: { name: `Racer ${i}` } }),
            ),
        );
        assert.equal(rs.filter((r) => r.status === 200).length, 1);
        assert.equal(rs.filter((r) => r.status === 412).length, 7);
        assert.equal((await detail(p.id)).version, 2);
    });

    test('DELETE archives: gone from the shop, kept in its orders and for the admin', async () => {
        const p = await shop.product();
        const u = await shop.user();
        const o = await shop.placed([{ sku: p.sku, quantity: 1 }], { token: u.token });
        const now = (await admin('GET', `/products/${p.id}`)).get('etag');
        ok(await admin('DELETE', `/products/${p.id}`, { match: now }), 204);
        problem(await shop.call('GET', `/products/${p.id}`), 404);
        assert.equal(ok(await admin('GET', `/products/${p.id}`)).json.status, 'archived');
        const kept = ok(await shop.call('GET', `/orders/${o.id}`, { token: u.token })).json;
        assert.equal(kept.items[0].name, p.name);
        problem(await shop.order([{ sku: p.sku, quantity: 1 }]), 422);
    });

    test('an unknown id is 404', async () => {
        problem(await admin('PATCH', '/products/424242', { match: '*', json: { name: 'x' } }), 404);
        problem(await admin('DELETE', '/products/424242', { match: '*' }), 404);
        problem(await admin('POST', '/products/424242/stock', { json: { delta: 1, reason: 'x' } }), 404);
    });
});

describe('stock', () => {
    test('moves by a ledger entry, never below zero', async () => {
        const p = await shop.product({ stock: 3 });
        const move = (json) => admin('POST', `/products/${p.id}/stock`, { json });
        assert.equal(ok(await move({ delta: 2, reason: 'delivery' })).json.stock, 5);
        problem(await move({ delta: -6, reason: 'lost' }), 409);
        assert.equal(ok(await move({ delta: -5, reason: 'lost' })).json.stock, 0);
        assert.equal(await shop.stock(p.id), 0);
        for (const json of [{ delta: 1 }, { reason: 'x' }, { delta: 0.5, reason: 'x' }, { delta: 1, reason: ' ' }])
            problem(await move(json), 422);
        problem(await move({ delta: 1, reason: 'x', sku: unique('no') }), 422, undefined, ['/sku']);
    });

    test('a movement sent twice with one key is one entry of the ledger', async () => {
        const p = await shop.product({ stock: 3 });
        const move = (key, delta = 2) =>
            admin('POST', `/products/${p.id}/stock`, { key, json: { delta, reason: 'delivery' } });
        const key = uuid();
        const rs = await Promise.all([1, 2, 3, 4].map(() => move(key)));
        rs.push(await move(key));
        const made = rs.filter((r) => r.status === 200);
        rs.filter((r) => r.status !== 200).forEach((r) => problem(r, 409, 'request_in_progress'));
        assert.equal(new Set(made.map((r) => r.text)).size, 1);
        assert.equal(made.filter((r) => r.get('idempotent-replayed') !== 'true').length, 1);
        assert.equal(await shop.stock(p.id), 5);
        problem(await move(key, 3), 422, 'idempotency_key_reused');
        problem(await move(uuid(), -9), 409, 'out_of_stock');
        ok(await move(uuid()), 200);
        assert.equal(await shop.stock(p.id), 7);
    });

    test('many at once all count', async () => {
        const p = await shop.product({ stock: 0 });
        const move = (delta) => admin('POST', `/products/${p.id}/stock`, { json: { delta, reason: 'count' } });
        (await Promise.all(Array.from({ length: 10 }, () => move(3)))).forEach((r) => ok(r));
        const out = await Promise.all(Array.from({ length: 10 }, () => move(-4)));
        assert.equal(out.filter((r) => r.status === 200).length, 7);
        assert.equal(await shop.stock(p.id), 2);
    });
});

describe('orders', () => {
    const placed = async (pay) => {
        const p = await shop.product();
        const u = await shop.user();
        const o = await shop.placed([{ sku: p.sku, quantity: 2 }], { token: u.token });
        if (pay) ok(await shop.pay(o.id, { token: u.token }));
        return { ...o, p, u };
    };
    const refund = (o, json, more = {}) => admin('POST', `/orders/${o.id}/refund`, { json, ...more });
    const usd = (amount) => ({ amount: { amount, currency: 'USD' } });

    test('the list finds by status and by e-mail', async () => {
        const o = await placed(true);
        const r = ok(await admin('GET', `/orders?status=paid&q=${encodeURIComponent(o.u.email)}`));
        assert.deepEqual(r.json.items.map((x) => x.id), [o.id]);
        assert.equal(ok(await admin('GET', `/orders?status=shipped&q=${encodeURIComponent(o.u.email)}`)).json.total, 0);
        assert.deepEqual(ok(await admin('GET', `/orders?q=${o.number}`)).json.items.map((x) => x.id), [o.id]);
        problem(await admin('GET', '/orders?status=lost'), 422, undefined, ['?status']);
    });

    test('ship: paid only, once', async () => {
        const json = { carrier: 'Caravan', tracking: 'CV-7' };
        const o = await placed(false);
        problem(await admin('POST', `/orders/${o.id}/ship`, { json }), 409);
        ok(await shop.pay(o.id, { token: o.u.token }));
        problem(await admin('POST', `/orders/${o.id}/ship`, { json: { carrier: 'x' } }), 422, undefined, ['/tracking']);
        const r = ok(await admin('POST', `/orders/${o.id}/ship`, { json })).json;
        assert.deepEqual([r.status, r.fulfilment_status], ['shipped', 'shipped']);
        const seen = ok(await shop.call('GET', `/orders/${o.id}`, { token: o.u.token })).json;
        assert.deepEqual([seen.shipment.carrier, seen.shipment.tracking], ['Caravan', 'CV-7']);
        problem(await admin('POST', `/orders/${o.id}/ship`, { json }), 409);
    });

    test('refund: in parts, never more than is left', async () => {
        const o = await placed(true);
        const total = o.total.amount;
        let r = ok(await refund(o, usd(500))).json;
        assert.deepEqual([r.status, r.refunded.amount], ['partially_refunded', 500]);
        problem(await refund(o, usd(total - 499)), 409);
        for (const bad of [usd(0), usd(-5), { amount: 5 }, { amount: { amount: 5, currency: 'EUR' } }])
            problem(await refund(o, bad), 422);
        r = ok(await refund(o, {})).json;
        assert.deepEqual([r.status, r.refunded.amount], ['refunded', total]);
        problem(await refund(o, {}), 409);
    });

    test('refunds at once never exceed the payment', async () => {
        const o = await placed(true);
        const half = Math.floor(o.total.amount / 2);
        const rs = await Promise.all(Array.from({ length: 6 }, () => refund(o, usd(half))));
        assert.equal(rs.filter((r) => r.status === 200).length, 2, rs.map((r) => r.status).join());
        const now = ok(await admin('GET', `/orders/${o.id}`)).json;
        assert.equal(now.refunded.amount, 2 * half);
    });

    test('a refund with an Idempotency-Key is given once', async () => {
        const o = await placed(true);
        const key = uuid();
        const [a, b] = [ok(await refund(o, usd(300), { key })), ok(await refund(o, usd(300), { key }))];
        assert.equal(b.text, a.text);
        assert.equal(b.get('idempotent-replayed'), 'true');
        assert.equal(ok(await admin('GET', `/orders/${o.id}`)).json.refunded.amount, 300);
        problem(await refund(o, usd(301), { key }), 422);
    });

    test('an unpaid order has nothing to give back', async () => {
        problem(await refund(await placed(false), {}), 409);
    });
});

describe('who may', () => {
    const routes = [
        ['GET', '/products'], ['POST', '/products'], ['GET', '/products/1'], ['PUT', '/products/1'],
        ['PATCH', '/products/1'], ['DELETE', '/products/1'], ['POST', '/products/1/stock'],
        ['GET', '/orders'], ['GET', '/orders/1'], ['POST', '/orders/1/ship'],
        ['POST', '/orders/1/refund'], ['GET', '/no-such-thing'],
    ];
    test('a guest 401 and a customer 403 at every route', async () => {
        const u = await shop.user();
        for (const [method, path] of routes) {
            const json = method === 'GET' ? undefined : {};
            const o = { json, match: '*' };
            problem(await shop.call(method, `/admin${path}`, o), 401);
            problem(await shop.call(method, `/admin${path}`, { ...o, token: 'x.y.z' }), 401);
            problem(await shop.call(method, `/admin${path}`, { ...o, token: u.token }), 403);
        }
    });

    // The same through addresses that slip past nginx's location: the application's own check.
    for (const path of ['/api/v1/%61dmin/products', '/api/v1/admin%2fproducts', '//api/v1/admin/products', '/api/v1/x/../admin/products'])
        test(`${path} opens nothing`, async () => {
            const u = await shop.user();
            for (const o of [{}, { token: u.token }]) {
                const r = await shop.call('GET', `${URL_}${path}`, o);
                assert.ok([401, 403, 404].includes(r.status), `${r.status} ${r.text.slice(0, 200)}`);
            }
        });

    test('what nginx asks about is not open to the outside', async () => {
        for (const path of ['/internal/auth/staff', '/_auth_staff']) {
            const r = await shop.call('GET', `${URL_}${path}`, { token });
            assert.equal(r.status, 404);
        }
    });
});
