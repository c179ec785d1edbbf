// Holds over the API: how long, how many, whose, and what a sold-out product says.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { sql, startShop, verify } from './lib/machine.mjs';
import { ok, poll, problem, shop, unique, uuid } from './lib/shop.mjs';

const one = (p, quantity = 1) => [{ sku: p.sku, quantity }];
const at = (s) => new Date(Date.now() + s * 1000).toISOString();
const hold = (o) => Date.parse(o.expires_at) - Date.parse(o.created_at);

describe('sales', () => {
    const path = '/admin/sales';
    const sale = async (more, s = shop) =>
        s.call('POST', path, {
            token: await s.admin(),
            json: { name: unique('sale'), starts_at: at(-60), ends_at: at(3600), hold_s: 60, ...more },
        });

    test('an order of what a sale covers is held as long as the sale says, the shortest', async () => {
        const [p, q] = [await shop.product(), await shop.product()];
        const r = ok(await sale({ hold_s: 120, products: [p.id] }), 201);
        assert.match(r.get('location'), /^\/api\/v1\/admin\/sales\/\d+$/);
        assert.equal(hold(await shop.placed(one(p))), 120_000);
        assert.equal(hold(await shop.placed(one(q))), 900_000);
        ok(await sale({ hold_s: 30, products: [p.id] }), 201);
        assert.equal(hold(await shop.placed([...one(q), ...one(p)])), 30_000);
    });

    test('by category, with all below it', async () => {
        const top = unique('Top');
        const p = await shop.product({ category: [top, 'Below'] });
        const tree = ok(await shop.call('GET', '/categories')).json;
        const find = (list) => list.find((c) => c.name === top);
        const node = find(tree.items ?? tree);
        ok(await sale({ hold_s: 77, categories: [node.path] }), 201);
        assert.equal(hold(await shop.placed(one(p))), 77_000);
    });

    test('not before it begins, not after it ends or is gone', async () => {
        const p = await shop.product();
        ok(await sale({ starts_at: at(3000), products: [p.id] }), 201);
        ok(await sale({ starts_at: at(-3000), ends_at: at(-10), products: [p.id] }), 201);
        const r = ok(await sale({ hold_s: 45, products: [p.id] }), 201);
        assert.equal(hold(await shop.placed(one(p))), 45_000);
        const token = await shop.admin();
        problem(await shop.call('DELETE', `${path}/${r.json.id}`, { token }), 428);
        ok(
            await shop.call('DELETE', `${path}/${r.json.id}`, {
                token,
                headers: { 'If-Match': r.get('etag') },
            }),
            204,
        );
        assert.equal(hold(await shop.placed(one(p))), 900_000);
        problem(await shop.call('GET', `${path}/${r.json.id}`, { token }), 404);
    });

    test('PATCH changes what it names, and only the version it was made for', async () => {
        const p = await shop.product();
        const r = ok(await sale({ products: [p.id], max_units: 3 }), 201);
        const token = await shop.admin();
        const patch = (json, tag) =>
            shop.call('PATCH', `${path}/${r.json.id}`, { token, json, headers: { 'If-Match': tag } });
        const next = ok(await patch({ hold_s: 90 }, r.get('etag')));
        assert.deepEqual({ ...next.json, updated_at: 0 }, { ...r.json, hold_s: 90, version: 2, updated_at: 0 });
        problem(await patch({ hold_s: 91 }, r.get('etag')), 412);
        problem(await shop.order(one(p, 4)), 422, undefined, ['/items', 'sale_limit']);
        ok(await patch({ max_units: null }, next.get('etag')));
        await shop.placed(one(p, 4));
    });

    test('422 for a window that ends before it begins, a product that is not there, a bad time', async () => {
        problem(await sale({ ends_at: at(-100) }), 422, undefined, ['/ends_at', 'out_of_range']);
        problem(await sale({ products: ['1'] }), 422, undefined, ['/products', 'unknown']);
        problem(await sale({ starts_at: 'yesterday, at noon o' }), 422, undefined, ['/starts_at', 'bad_time']);
        problem(await sale({ categories: ['no/such'] }), 422, undefined, ['/categories/0', 'unknown']);
        problem(await shop.call('POST', path, { json: {} }), 401);
    });
});

describe('a sold-out product', () => {
    test('says what unpaid orders hold, and is sold at once when it comes back', async () => {
        const p = await shop.product({ stock: 3 });
        const o = await shop.placed(one(p, 3), { cart: undefined });
        problem(await shop.order(one(p)), 409, 'out_of_stock');
        problem(await shop.order(one(p)), 409, 'out_of_stock');
        const told = ok(await shop.call('GET', `/products/${p.id}`)).json;
        assert.equal(told.stock, 0);
        assert.equal(told.on_hold, 3);
        const page = await (await fetch(`${shop.url}/products/${p.slug}`)).text();
        assert.match(page, /3 pieces are held by unpaid orders and may come back/);
        ok(
            await shop.call('POST', `/admin/products/${p.id}/stock`, {
                token: await shop.admin(),
                json: { delta: 1, reason: 'found' },
            }),
        );
        await shop.placed(one(p));
        assert.ok(o.id);
    });

    test('a repeat of the order that took the last piece is answered as before', async () => {
        const u = await shop.user();
        const p = await shop.product({ stock: 2 });
        const key = uuid();
        const first = ok(await shop.order(one(p, 2), { token: u.token, key }), 201);
        for (let i = 0; i < 3; i++)
            problem(await shop.order(one(p), { token: u.token }), 409, 'out_of_stock');
        const again = ok(await shop.order(one(p, 2), { token: u.token, key }), 201);
        assert.equal(again.get('idempotent-replayed'), 'true');
        assert.deepEqual(again.json, first.json);
    });
});

test('no method settles later unless the shop says so', async () => {
    const u = await shop.user();
    const o = await shop.placed(one(await shop.product()), { token: u.token });
    problem(await shop.pay(o.id, { token: u.token, json: { outcome: 'later' } }), 422, undefined, ['/outcome', 'bad_choice']);
});

describe('caps on what is unpaid', () => {
    let own;
    before(async () => {
        own = await startShop({ SOUK_PENDING_ORDERS: '3', SOUK_PENDING_UNITS: '20', SOUK_HOLD_S: '1', SOUK_SETTLE_S: '3600' });
    });
    after(async () => own?.stop());

    test('an account may have so many orders, at whatever concurrency, and again when they are gone', async () => {
        const u = await own.user();
        const p = await own.product({ stock: 500 });
        const all = await Promise.all(
            Array.from({ length: 24 }, () => own.order(one(p), { token: u.token })),
        );
        const placed = all.filter((r) => r.status === 201);
        assert.equal(placed.length, 3);
        for (const r of all.filter((x) => x.status !== 201)) {
            problem(r, 429, 'too_many_pending');
            assert.ok(Number(r.get('retry-after')) > 0);
        }
        assert.equal(await own.stock(p.id), 497);
        ok(await own.pay(placed[0].json.id, { token: u.token }));
        ok(await own.order(one(p), { token: u.token }), 201);
        await poll(async () => (await own.stock(p.id)) === 499, 5000, 'expiry');
        problem(await own.order(one(p, 21), { token: u.token }), 429, 'too_many_pending');
        ok(await own.order(one(p, 20), { token: u.token }), 201);
    });

    test('a payment that settles later keeps the goods until it comes', async () => {
        const u = await own.user();
        const p = await own.product({ stock: 5 });
        const [a, b] = [await own.placed(one(p, 2), { token: u.token }), await own.placed(one(p, 3), { token: u.token })];
        const waits = ok(await own.pay(a.id, { token: u.token, json: { outcome: 'later' } })).json;
        assert.equal(waits.status, 'pending');
        assert.ok(hold(waits) > 3_000_000);
        const again = ok(await own.pay(a.id, { token: u.token, json: { outcome: 'later' } })).json;
        assert.equal(again.expires_at, waits.expires_at);
        await poll(async () => (await own.stock(p.id)) === 3, 5000, 'expiry of the other');
        assert.equal(ok(await own.call('GET', `/orders/${b.id}`, { token: u.token })).json.status, 'expired');
        assert.equal(ok(await own.pay(a.id, { token: u.token })).json.status, 'paid');
        problem(await own.pay(a.id, { token: u.token, json: { outcome: 'later' } }), 409, 'not_payable');
    });

    test('guests of this machine are not counted', async () => {
        const p = await own.product({ stock: 500 });
        const all = await Promise.all(Array.from({ length: 30 }, () => own.order(one(p))));
        for (const r of all) ok(r, 201);
    });

    test('no address is stored, and the figures are right', async () => {
        const rows = await sql("SELECT COUNT(*) FROM hold_counter WHERE owner LIKE '%127.0.0.1%'", own.state);
        assert.equal(String(rows).trim(), '0');
        await verify(own.state);
    });
});
