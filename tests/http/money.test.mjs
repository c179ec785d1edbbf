// Tax, delivery and coupons: the admin's API of them, quotes, and orders that obey them. What
// this file sets up it removes: every other test wants a shop without.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { ADDRESS, ok, problem, setCookies, shop, unique, uuid } from './lib/shop.mjs';
import { verify } from './lib/machine.mjs';

const usd = (amount) => ({ amount, currency: 'USD' });
const one = (p, quantity = 1) => [{ sku: p.sku, quantity }];
const code = () => unique('C').toUpperCase();
const made = [];

const admin = async (method, path, o = {}) =>
    shop.call(method, `/admin/${path}`, { token: await shop.admin(), ...o });

async function add(kind, json) {
    const r = ok(await admin('POST', kind, { json }), 201);
    made.unshift(`${kind}/${r.json.id}`);
    return { ...r.json, etag: r.get('etag') };
}

const coupon = (json) => add('coupons', { code: code(), kind: 'percent', rate_ppm: 100000, ...json });
const quote = (json, o = {}) => shop.call('POST', '/quote', { json, ...o });
const to = (country) => ({ shipping_address: { country } });

after(async () => {
    for (const path of made) await admin('DELETE', path, { match: '*' });
});

describe('the admin’s lists', () => {
    for (const [kind, json, change, bad] of [
        ['coupons', () => ({ code: code(), kind: 'fixed', amount: usd(500) }),
            { limit_total: 3, ends_at: '2030-01-01T00:00:00Z' },
            [['/amount', { amount: null }], ['/code', { code: 'sp ace' }], ['/kind', { kind: 'gift' }],
                ['/starts_at', { starts_at: 'soon' }], ['/rate_ppm', { rate_ppm: 5 }],
                ['/limit_total', { limit_total: 0 }], ['/minimum/currency', { minimum: { amount: 1, currency: 'EUR' } }],
                ['/ends_at', { starts_at: '2030-01-01T00:00:00Z', ends_at: '2029-01-01T00:00:00Z' }]]],
        ['tax-rates', () => ({ country: 'FJ', name: 'VAT', rate_ppm: 150000, inclusive: true }),
            { rate_ppm: 90000 },
            [['/country', { country: 'XX' }], ['/rate_ppm', { rate_ppm: 1000001 }], ['/rate_ppm', { rate_ppm: 0.2 }],
                ['/category', { category: 'no/such/path' }], ['/name', { name: '' }]]],
        ['shipping-zones', () => ({ name: unique('Z'), countries: ['FJ', 'to'] }),
            { countries: ['FJ'] },
            [['/countries', { countries: [] }], ['/countries/1', { countries: ['FJ', 'QQ'] }],
                ['/countries/1', { countries: ['FJ', 'fj'] }], ['/name', { name: '' }]]],
    ])
        test(kind, async () => {
            const first = await add(kind, json());
            assert.equal(first.version, 1);
            const path = `${kind}/${first.id}`;
            assert.deepEqual(ok(await admin('GET', path)).json.id, first.id);
            const list = ok(await admin('GET', `${kind}?per_page=100`)).json;
            assert.ok(list.items.some((x) => x.id === first.id) && list.total >= 1);
            problem(await admin('PATCH', path, { json: change }), 428);
            const now = ok(await admin('PATCH', path, { json: change, match: first.etag }));
            assert.equal(now.json.version, 2);
            for (const [k, v] of Object.entries(change))
                assert.deepEqual(now.json[k], k === 'ends_at' ? '2030-01-01T00:00:00.000Z' : v);
            problem(await admin('PATCH', path, { json: change, match: first.etag }), 412);
            for (const [at, json_] of bad) {
                problem(await admin('PATCH', path, { json: json_, match: now.get('etag') }), 422, undefined, [at]);
            }
            for (const role of [undefined, (await shop.user()).token]) {
                const r = await shop.call('GET', `/admin/${path}`, { token: role });
                assert.ok([401, 403].includes(r.status), `${r.status}`);
            }
            assert.equal(ok(await admin('GET', path)).json.version, 2);
            problem(await admin('DELETE', path, { match: '"1"' }), 412);
            ok(await admin('DELETE', path, { match: now.get('etag') }), 204);
            problem(await admin('GET', path), 404);
        });

    test('twins are 409', async () => {
        const c = await coupon();
        problem(await admin('POST', 'coupons', { json: { code: c.code.toLowerCase(), kind: 'free_shipping' } }),
            409, 'coupon_taken');
        await add('tax-rates', { country: 'TV', name: 'T', rate_ppm: 1 });
        problem(await admin('POST', 'tax-rates', { json: { country: 'TV', name: 'U', rate_ppm: 2 } }), 409);
        await add('shipping-zones', { name: unique('Z'), countries: ['TV'] });
        problem(await admin('POST', 'shipping-zones', { json: { name: unique('Z'), countries: ['TV'] } }), 409);
    });
});

describe('a shop without rules', () => {
    test('delivers free everywhere and charges no tax', async () => {
        const p = await shop.product();
        const q = ok(await quote({ items: one(p), ...to('MA') })).json;
        assert.deepEqual(q.total, usd(1999));
        assert.deepEqual(q.shipping_methods, [{ code: 'standard', name: 'Standard', charge: usd(0) }]);
        assert.equal(q.tax.amount + q.tax_included.amount + q.shipping.amount + q.discount.amount, 0);
    });
});

describe('coupons', () => {
    test('a percentage is spread over the lines, and the order says so', async () => {
        const c = await coupon();
        const [p, q] = [await shop.product(), await shop.product({ price: usd(101) })];
        const items = [...one(p), ...one(q)];
        const told = ok(await quote({ items, coupon: c.code })).json;
        assert.equal(told.discount.amount, 210);
        const o = await shop.placed(items, { json: { coupon: c.code.toLowerCase(), expected_total: told.total } });
        assert.equal(o.coupon, c.code);
        assert.deepEqual(o.items.map((i) => i.discount.amount), [200, 10]);
        assert.equal(o.total.amount, 2100 - 210);
        assert.equal(ok(await admin('GET', `coupons/${c.id}`)).json.used, 1);
        problem(await admin('DELETE', `coupons/${c.id}`, { match: '*' }), 409, 'in_use');
        problem(await admin('PATCH', `coupons/${c.id}`, { match: '*', json: { kind: 'fixed' } }), 422, undefined, ['/amount']);
    });

    for (const [what, json, why, more] of [
        ['that does not exist', null, 'unknown_coupon'],
        ['that is not active', { active: false }, 'unknown_coupon'],
        ['that is over', { ends_at: '2020-01-01T00:00:00Z' }, 'coupon_over'],
        ['that has not started', { starts_at: '2090-01-01T00:00:00Z' }, 'coupon_not_started'],
        ['below its minimum', { minimum: usd(2000) }, 'coupon_minimum'],
        ['of another currency', { minimum: { amount: 1, currency: 'EUR' } }, 'coupon_not_applicable'],
        ['for delivery that is free', { kind: 'free_shipping', rate_ppm: undefined }, 'coupon_not_applicable'],
        ['that is used up', { limit_total: 1 }, 'coupon_used_up', true],
    ])
        test(`one ${what} is 422, and nothing changes`, async () => {
            const c = json ? await coupon(json) : { code: 'NO-SUCH' };
            const p = await shop.product();
            if (more) await shop.placed(one(p), { json: { coupon: c.code } });
            const left = await shop.stock(p.id);
            const u = await shop.user();
            ok(await shop.call('POST', '/cart', { token: u.token, json: { sku: p.sku, quantity: 1 } }), 201);
            for (const items of [one(p), undefined])
                problem(await shop.order(items, { token: u.token, json: { coupon: c.code } }), 422, undefined, ['/coupon', why]);
            problem(await quote({ items: one(p), coupon: c.code, ...to('MA') }), 422, undefined, ['/coupon', why]);
            assert.equal(await shop.stock(p.id), left);
            assert.equal(ok(await shop.call('GET', '/cart', { token: u.token })).json.items.length, 1);
            assert.equal(ok(await shop.call('GET', '/orders', { token: u.token })).json.total, 0);
        });

    test('the last use goes to one of many, and comes back with a cancel', async () => {
        const c = await coupon({ limit_total: 2, limit_per_account: 1 });
        const p = await shop.product({ stock: 100 });
        const us = await Promise.all(Array.from({ length: 12 }, () => shop.user()));
        const rs = await Promise.all(us.map((u) => shop.order(one(p), { token: u.token, json: { coupon: c.code } })));
        const won = rs.map((r, i) => [r, us[i]]).filter(([r]) => r.status === 201);
        assert.equal(won.length, 2, rs.map((r) => r.status).join());
        const [first, u] = won[0];
        problem(await shop.order(one(p), { token: u.token, json: { coupon: c.code } }), 422, undefined, ['/coupon', 'coupon_used_up']);
        ok(await shop.call('POST', `/orders/${first.json.id}/cancel`, { token: u.token, json: {} }));
        ok(await shop.order(one(p), { token: u.token, json: { coupon: c.code } }), 201);
        assert.equal(ok(await admin('GET', `coupons/${c.id}`)).json.used, 2);
        assert.equal(await shop.stock(p.id), 98);
        problem(await admin('PATCH', `coupons/${c.id}`, { match: '*', json: { limit_total: 1 } }), 422, undefined, ['/limit_total', 'limit_below_uses']);
    });

    test('a repeat with the same key answers the first order, though the coupon is used up', async () => {
        const c = await coupon({ limit_total: 1 });
        const p = await shop.product();
        const u = await shop.user();
        const key = uuid();
        const o = { token: u.token, key, json: { coupon: c.code } };
        const first = ok(await shop.order(one(p), o), 201);
        const again = ok(await shop.order(one(p), o), 201);
        assert.equal(again.text, first.text);
        assert.equal(again.get('idempotent-replayed'), 'true');
    });
});

describe('bad orders', () => {
    test('of nothing, of a thousand lines, of an archived product: 422, nothing changes', async () => {
        const p = await shop.product();
        const gone = await shop.product();
        ok(await admin('DELETE', `products/${gone.id}`, { match: gone.etag }), 204);
        problem(await shop.order([]), 422, undefined, ['/items']);
        problem(await shop.order(undefined, { token: (await shop.user()).token }), 422, 'empty_cart', ['/items']);
        const many = Array.from({ length: 1000 }, (_, i) => ({ sku: `${p.sku}-${i}`, quantity: 1 }));
        problem(await shop.order(many), 422, undefined, ['/items']);
        problem(await shop.order([...one(p), ...one(gone)]), 422, undefined, ['/items/1/sku', 'unknown_sku']);
        problem(await quote({ items: [...one(p), ...one(gone)] }), 422, undefined, ['/items/1/sku', 'unknown_sku']);
        problem(await quote({ items: one(p), ...to('QQ') }), 422, undefined, ['/shipping_address/country', 'unknown_country']);
        problem(await quote({}), 422, undefined, ['/items']);
        assert.equal(await shop.stock(p.id), 10);
    });
});

describe('zones, methods and rates', () => {
    let zone, books, p, book;

    before(async () => {
        books = unique('Books');
        p = await shop.product();
        book = await shop.product({ category: [books, 'Novels'], price: usd(1000) });
        zone = await add('shipping-zones', { name: unique('Home'), countries: ['MA', 'FR'] });
        await add('shipping-methods', {
            zone_id: zone.id, code: 'standard', name: 'Caravan', charge: usd(500), free_from: usd(5000), position: 1,
        });
        await add('shipping-methods', {
            zone_id: zone.id, code: 'express', name: 'Falcon', charge: usd(1500), max_order: usd(10000), position: 2,
        });
        const novels = (await shop.call('GET', `/products/${book.id}`)).json;
        const top = novels.category_path?.split('/')[0] ?? books.toLowerCase();
        await add('tax-rates', { country: 'MA', name: 'TVA', rate_ppm: 200000, inclusive: true });
        await add('tax-rates', { country: 'MA', category: top, name: 'TVA 7', rate_ppm: 70000, inclusive: true });
        await add('tax-rates', { country: 'FR', name: 'VAT', rate_ppm: 100000 });
    });

    test('count from the next request on', async () => {
        const o = await shop.placed([...one(p), ...one(book)]);
        assert.deepEqual([o.shipping, o.shipping_method], [usd(500), 'standard']);
        assert.deepEqual(o.items.map((i) => [i.tax.amount, i.tax_rate_ppm, i.tax_inclusive]), [
            [333, 200000, true],
            [65, 70000, true],
        ]);
        assert.deepEqual([o.tax, o.tax_included, o.shipping_tax], [usd(0), usd(333 + 65 + 83), usd(83)]);
        assert.equal(o.total.amount, 1999 + 1000 + 500);
        const f = await shop.placed(one(p), { address: { country: 'FR' }, json: { shipping_method: 'express' } });
        assert.deepEqual([f.tax, f.tax_included, f.shipping_tax], [usd(200 + 150), usd(0), usd(150)]);
        assert.equal(f.total.amount, 1999 + 1500 + 350);
    });

    test('an address outside every zone is 422, in an order and in a quote', async () => {
        const at = ['/shipping_address/country', 'not_delivered'];
        problem(await shop.order(one(p), { address: { country: 'DE' } }), 422, undefined, at);
        problem(await quote({ items: one(p), ...to('DE') }), 422, undefined, at);
    });

    test('an unknown method is 422 with the possible ones', async () => {
        const r = await shop.order(one(p), { json: { shipping_method: 'camel' } });
        const e = problem(r, 422, undefined, ['/shipping_method', 'bad_choice']);
        assert.match(e.errors[0].detail, /"standard", "express"/);
    });

    test('a quote lists what one may choose, free from its threshold', async () => {
        const q = ok(await quote({ items: one(p, 3), ...to('ma') })).json;
        assert.deepEqual(q.shipping_methods.map((m) => [m.code, m.charge.amount]), [
            ['standard', 0],
            ['express', 1500],
        ]);
        assert.deepEqual(ok(await quote({ items: one(p, 6), ...to('MA') })).json.shipping_methods.length, 1);
        const unknown = ok(await quote({ items: one(p) })).json;
        assert.deepEqual([unknown.shipping_method, unknown.total, unknown.shipping_methods], [null, usd(1999), []]);
    });

    test('free delivery by coupon', async () => {
        const c = await coupon({ kind: 'free_shipping', rate_ppm: undefined });
        const o = await shop.placed(one(p), { json: { coupon: c.code, shipping_method: 'express' } });
        assert.deepEqual([o.shipping, o.discount, o.coupon], [usd(0), usd(0), c.code]);
    });

    test('a total that was true before a rate changed is cart_changed', async () => {
        const q = ok(await quote({ items: one(p), ...to('MA') })).json;
        ok(await shop.order(one(p), { json: { expected_total: q.total } }), 201);
        const r = ok(await admin('GET', 'shipping-methods')).json.items.find((m) => m.code === 'standard');
        const path = `shipping-methods/${r.id}`;
        ok(await admin('PATCH', path, { match: '*', json: { charge: usd(501) } }));
        problem(await shop.order(one(p), { json: { expected_total: q.total } }), 409, 'cart_changed');
        ok(await admin('PATCH', path, { match: '*', json: { charge: usd(500) } }));
    });

    test('a zone with methods stays', async () => {
        problem(await admin('DELETE', `shipping-zones/${zone.id}`, { match: '*' }), 409, 'in_use');
    });

    test('the checkout page shows methods, tax and a coupon without JavaScript', async () => {
        const c = await coupon();
        const jar = new Map();
        const keep = (r) => {
            for (const set of setCookies(r.headers)) jar.set(...set.split(';')[0].split(/=(.*)/s));
            return r;
        };
        const open = async (path, form) =>
            keep(await shop.call(form ? 'POST' : 'GET', `${shop.url}${path}`, {
                cookie: [...jar].map(([k, v]) => `${k}=${v}`).join('; '),
                headers: form && { 'content-type': 'application/x-www-form-urlencoded' },
                body: form && new URLSearchParams(form).toString(),
            }));
        const csrf = (r) => /name="csrf" value="([^"]+)"/.exec(r.text)[1];
        const seller = ok(await open(`/products/${p.slug}`));
        ok(await open('/cart/add', { csrf: csrf(seller), sku: p.sku, quantity: '1' }), 303);
        const page = (form) => open('/checkout', form);
        const fresh = ok(await page());
        assert.match(fresh.text, /depends on the country/);
        const form = {
            ...ADDRESS, action: 'preview', idempotency_key: uuid(), coupon: c.code,
            expected_total: '1', shipping_method: 'express', csrf: csrf(fresh), email: 'g@example.com',
        };
        const seen = ok(await page(form));
        assert.match(seen.text, /value="express" required checked/);
        assert.match(seen.text, /Falcon/);
        assert.match(seen.text, new RegExp(`Discount · ${c.code}`));
        assert.match(seen.text, /Contains tax of/);
        const total = /name="expected_total" value="(\d+)"/.exec(seen.text)[1];
        assert.equal(total, String(1999 - 200 + 1500));
        const bad = await page({ ...form, coupon: 'NO-SUCH' });
        assert.equal(bad.status, 422);
        assert.match(bad.text, /there is no such coupon/);
        const cart = ok(await open('/cart?country=MA'));
        assert.match(cart.text, /Contains tax of/);
        const placed = await page({ ...form, action: 'place', expected_total: total });
        assert.equal(placed.status, 303, placed.text.slice(0, 300));
        const order = ok(await open(placed.get('location')));
        assert.match(order.text, new RegExp(`Discount · ${c.code}`));
        assert.match(order.text, /Contains tax of/);
    });
});

test('the books are right', async () => {
    const v = await verify();
    assert.equal(v.code, 0, v.text);
    assert.match(v.text, /no coupon is used above its limit/);
});
