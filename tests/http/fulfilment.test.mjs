// Orders in parts: shipped in several parcels, refunded by line, taken back, completed; by
// the API and by the back office's forms without JavaScript.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';

import { STATE, URL_, call, ok, problem, setCookies, shop, unique, uuid } from './lib/shop.mjs';

let token;
before(async () => {
    token = await shop.admin();
});
const usd = (amount) => ({ amount, currency: 'USD' });
const post = (o, what, json, more = {}) => shop.call('POST', `/admin/orders/${o.id}/${what}`, { token, json, ...more });
const parcel = (items) => ({ carrier: 'Caravan', tracking: unique('CV'), items });
const seen = async (o) => ok(await shop.call('GET', `/admin/orders/${o.id}`, { token })).json;

// An order of two things, 3 at 1000 and 2 at 501.
async function bought({ pay = true } = {}) {
    const a = await shop.product({ price: usd(1000) });
    const b = await shop.product({ price: usd(501) });
    const u = await shop.user();
    const o = await shop.placed([{ sku: a.sku, quantity: 3 }, { sku: b.sku, quantity: 2 }], { token: u.token });
    if (pay) ok(await shop.pay(o.id, { token: u.token }));
    return { ...o, a, b, u };
}
const of = (p, quantity, more = {}) => ({ sku: p.sku, quantity, ...more });
const states = (o) => [o.status, o.payment_status, o.fulfilment_status];
const line = (o, p) => o.items.find((i) => i.sku === p.sku);

describe('parcels', () => {
    test('two of them: paid until the last unit is sent', async () => {
        const o = await bought();
        let r = ok(await post(o, 'ship', parcel([of(o.a, 2)]))).json;
        assert.deepEqual(states(r), ['paid', 'paid', 'partially_shipped']);
        assert.deepEqual([line(r, o.a).shipped, line(r, o.b).shipped], [2, 0]);
        problem(await post(o, 'ship', parcel([of(o.a, 2)])), 409, 'not_shippable', ['/items/0/quantity']);
        problem(await post(o, 'cancel'), 409, 'not_cancellable');
        problem(await shop.call('POST', `/orders/${o.id}/cancel`, { token: o.u.token }), 409, 'not_cancellable');
        problem(await post(o, 'complete'), 409, 'not_completable');
        r = ok(await post(o, 'ship', { carrier: 'Caravan', tracking: 'last' })).json;
        assert.deepEqual(states(r), ['shipped', 'paid', 'shipped']);
        problem(await post(o, 'ship', parcel()), 409, 'not_shippable');
        const own = ok(await shop.call('GET', `/orders/${o.id}`, { token: o.u.token })).json;
        assert.deepEqual(
            own.shipments.map((s) => [s.carrier, s.items.map((i) => [i.sku, i.quantity])]),
            [['Caravan', [[o.a.sku, 2]]], ['Caravan', [[o.a.sku, 1], [o.b.sku, 2]]]],
        );
        assert.equal(own.shipment.tracking, 'last');
        r = ok(await post(o, 'complete')).json;
        assert.deepEqual(states(r), ['completed', 'paid', 'completed']);
        problem(await post(o, 'complete'), 409, 'not_completable');
        assert.deepEqual(r.events.map((e) => [e.to, e.what]), [
            ['pending', null], ['paid', null], ['paid', 'part_shipped'], ['shipped', null], ['completed', null],
        ]);
    });

    test('the same key sends one', async () => {
        const o = await bought();
        const [key, json] = [uuid(), parcel([of(o.a, 1)])];
        const rs = await Promise.all([1, 2, 3].map(() => post(o, 'ship', json, { key })));
        const first = ok(rs.find((r) => r.status === 200 && !r.get('idempotent-replayed')));
        for (const r of rs) assert.ok(r.status === 409 || ok(r).text === first.text);
        assert.equal((await seen(o)).shipments.length, 1);
        problem(await post(o, 'ship', parcel([of(o.a, 2)]), { key }), 422, 'idempotency_key_reused');
    });

    for (const [what, items, pointer] of [
        ['nothing', [], '/items'],
        ['no quantity', [{ sku: 'A' }], '/items/0/quantity'],
        ['none of it', [{ sku: 'A', quantity: 0 }], '/items/0/quantity'],
        ['half of one', [{ sku: 'A', quantity: 0.5 }], '/items/0/quantity'],
        ['another order’s line', [{ sku: 'no-such', quantity: 1 }], '/items/0/sku'],
        ['one line twice', [{ sku: 'A', quantity: 1 }, { sku: 'A', quantity: 1 }], '/items/1/sku'],
        ['an unknown member', [{ sku: 'A', quantity: 1, colour: 1 }], '/items/0/colour'],
    ])
        test(`${what} is refused by all three calls, and nothing changes`, async () => {
            const o = await bought();
            const named = items.map((i) => ({ ...i, sku: i.sku === 'A' ? o.a.sku : i.sku }));
            const before = await seen(o);
            for (const [call, more] of [['ship', { carrier: 'C', tracking: 'T' }], ['refund', {}], ['return', { restock: true }]])
                problem(await post(o, call, { ...more, items: named }), 422, undefined, [pointer]);
            assert.deepEqual(await seen(o), before);
        });
});

describe('refunds by line', () => {
    test('are worth what was paid, to the last cent, and units still here go back', async () => {
        const o = await bought();
        let r = ok(await post(o, 'refund', { items: [of(o.b, 1)], reason: 'out of it' })).json;
        assert.deepEqual(states(r), ['partially_refunded', 'partially_refunded', 'unfulfilled']);
        assert.deepEqual([r.refunded.amount, line(r, o.b).refunded, line(r, o.b).refunded_amount.amount], [501, 1, 501]);
        assert.equal(await shop.stock(o.b.id), 9);
        r = ok(await post(o, 'refund', { items: [of(o.a, 1)], restock: false })).json;
        assert.equal(await shop.stock(o.a.id), 7);
        problem(await post(o, 'refund', { items: [of(o.a, 3)] }), 409, 'not_refundable', ['/items/0/quantity']);
        r = ok(await post(o, 'ship', { carrier: 'C', tracking: 'T' })).json;
        assert.deepEqual(states(r), ['shipped', 'partially_refunded', 'shipped']);
        assert.deepEqual(r.shipments[0].items.map((i) => i.quantity), [2, 1]);
        assert.deepEqual(
            r.refunds.map((x) => [x.amount.amount, x.restock, x.items.map((i) => [i.sku, i.quantity, i.amount.amount])]),
            [[501, true, [[o.b.sku, 1, 501]]], [1000, false, [[o.a.sku, 1, 1000]]]],
        );
        r = ok(await post(o, 'refund', {})).json;
        assert.deepEqual([r.status, r.refunded.amount], ['refunded', o.total.amount]);
        problem(await post(o, 'refund', { items: [of(o.a, 1)] }), 409, 'not_refundable');
    });

    test('with amounts: an item’s own, more than the items, less than them', async () => {
        const o = await bought();
        const items = [of(o.a, 1, { amount: usd(400) })];
        let r = ok(await post(o, 'refund', { items })).json;
        assert.equal(r.refunded.amount, 400);
        problem(await post(o, 'refund', { items: [of(o.a, 1, { amount: usd(2601) })] }), 409, 'not_refundable', ['/items/0/amount']);
        problem(await post(o, 'refund', { items: [of(o.a, 1, { amount: usd(0) })] }), 422, undefined, ['/items/0/amount/amount']);
        problem(await post(o, 'refund', { items: [of(o.a, 1, { amount: { amount: 1, currency: 'EUR' } })] }), 422, undefined, ['/items/0/amount/currency']);
        problem(await post(o, 'refund', { amount: usd(999), items: [of(o.a, 1)] }), 422, undefined, ['/amount/amount']);
        problem(await post(o, 'refund', { amount: usd(o.total.amount), items: [of(o.a, 1)] }), 409, 'not_refundable');
        r = ok(await post(o, 'refund', { amount: usd(1010), items: [of(o.a, 1)] })).json;
        assert.deepEqual([r.refunded.amount, line(r, o.a).refunded_amount.amount], [1410, 1400]);
    });

    test('of an order sent in part, all that is left takes back what is still here', async () => {
        const o = await bought();
        ok(await post(o, 'ship', parcel([of(o.a, 1)])));
        const r = ok(await post(o, 'refund', {})).json;
        assert.deepEqual(states(r), ['refunded', 'refunded', 'shipped']);
        assert.deepEqual([await shop.stock(o.a.id), await shop.stock(o.b.id)], [9, 10]);
        problem(await post(o, 'ship', parcel()), 409, 'not_shippable');
    });

    test('an unpaid order has none', async () => {
        const o = await bought({ pay: false });
        problem(await post(o, 'refund', { items: [of(o.a, 1)] }), 409, 'not_refundable');
        problem(await post(o, 'return', { items: [of(o.a, 1)], restock: true }), 409, 'not_returnable');
        problem(await post(o, 'complete'), 409, 'not_completable');
    });
});

describe('returns', () => {
    test('in parts: on the shelf or not, with their money or not, never more than was sent', async () => {
        const o = await bought();
        problem(await post(o, 'return', { items: [of(o.a, 1)], restock: true }), 409, 'not_returnable');
        ok(await post(o, 'ship', { carrier: 'C', tracking: 'T' }));
        let r = ok(await post(o, 'return', { items: [of(o.a, 1)], restock: true, reason: 'too small' })).json;
        assert.deepEqual(states(r), ['shipped', 'paid', 'partially_returned']);
        assert.equal(await shop.stock(o.a.id), 8);
        r = ok(await post(o, 'return', { items: [of(o.a, 2)], restock: true, refund: true })).json;
        assert.deepEqual([...states(r), r.refunded.amount], ['partially_refunded', 'partially_refunded', 'partially_returned', 2000]);
        assert.equal(await shop.stock(o.a.id), 10);
        problem(await post(o, 'return', { items: [of(o.a, 1)], restock: true }), 409, 'not_returnable');
        r = ok(await post(o, 'return', { items: [of(o.b, 2)], restock: false })).json;
        assert.equal(r.fulfilment_status, 'returned');
        assert.equal(await shop.stock(o.b.id), 8);
        assert.deepEqual(r.returns.map((x) => [x.restock, x.reason, x.items.map((i) => i.quantity)]), [
            [true, 'too small', [1]], [true, '', [2]], [false, '', [2]],
        ]);
        const own = ok(await shop.call('GET', `/orders/${o.id}`, { token: o.u.token })).json;
        assert.deepEqual(own.returns.map((x) => [x.reason, x.actor]), Array(3).fill([undefined, undefined]));
        r = ok(await post(o, 'complete')).json;
        assert.deepEqual(states(r), ['completed', 'partially_refunded', 'returned']);
    });

    test('what was refunded already is not refunded again', async () => {
        const o = await bought();
        ok(await post(o, 'ship', { carrier: 'C', tracking: 'T' }));
        ok(await post(o, 'refund', { items: [of(o.b, 2)] }));
        const before = await seen(o);
        problem(await post(o, 'return', { items: [of(o.b, 1)], restock: true, refund: true }), 409, 'not_refundable');
        assert.deepEqual(await seen(o), before);
        assert.equal(await shop.stock(o.b.id), 8);
        ok(await post(o, 'return', { items: [of(o.b, 1)], restock: true }));
    });

    test('twice at once: as many as were sent, and a key works once', async () => {
        const o = await bought();
        ok(await post(o, 'ship', { carrier: 'C', tracking: 'T' }));
        const rs = await Promise.all([1, 2, 3].map(() => post(o, 'return', { items: [of(o.b, 1)], restock: true })));
        assert.deepEqual(rs.map((r) => r.status).sort(), [200, 200, 409]);
        assert.equal(await shop.stock(o.b.id), 10);
        const [key, json] = [uuid(), { items: [of(o.a, 1)], restock: true }];
        const a = ok(await post(o, 'return', json, { key }));
        const b = ok(await post(o, 'return', json, { key }));
        assert.deepEqual([b.text, b.get('idempotent-replayed')], [a.text, 'true']);
        assert.equal(await shop.stock(o.a.id), 8);
        problem(await post(o, 'return', { ...json, restock: false }, { key }), 422, 'idempotency_key_reused');
    });

    test('must say whether it goes on the shelf', async () => {
        const o = await bought();
        problem(await post(o, 'return', { items: [of(o.a, 1)] }), 422, undefined, ['/restock']);
        problem(await post(o, 'return', { items: [of(o.a, 1)], restock: 'yes' }), 422, undefined, ['/restock']);
        problem(await post(o, 'return', { restock: true }), 422, undefined, ['/items']);
    });
});

describe('who may', () => {
    test('a guest 401, a customer 403, an unknown order 404', async () => {
        const u = await shop.user();
        const json = { items: [{ sku: 'x', quantity: 1 }], restock: true };
        for (const what of ['return', 'complete']) {
            const path = `/admin/orders/424242/${what}`;
            problem(await shop.call('POST', path, { json }), 401);
            problem(await shop.call('POST', path, { json, token: u.token }), 403);
            problem(await shop.call('POST', path, { json, token }), 404);
        }
    });
});

describe('the forms of the back office', () => {
    // A browser without scripts: cookies, and the fields a form has.
    async function clerk() {
        const jar = new Map();
        const go = async (method, path, form) => {
            const cookie = [...jar].map(([k, v]) => `${k}=${v}`).join('; ');
            const r = await call(method, `${URL_}${path}`, {
                cookie,
                body: form && new URLSearchParams(form).toString(),
                headers: form ? { 'content-type': 'application/x-www-form-urlencoded' } : {},
            });
            for (const c of setCookies(r.headers)) {
                const [, k, v] = /^([^=]+)=([^;]*)/.exec(c);
                jar.set(k, v);
            }
            return r;
        };
        const cred = JSON.parse(readFileSync(`${STATE}/admin.json`, 'utf8'));
        const csrf = (html) => /name="csrf" value="([^"]+)"/.exec(html)[1];
        const login = ok(await go('GET', '/login')).text;
        ok(await go('POST', '/login', { csrf: csrf(login), ...cred }), 303);
        return { go, csrf };
    }
    // The fields of the form that posts to `action` and has a button of that name.
    const fields = (html, action, button) => {
        const form = html.split('<form ').find((f) => f.includes(`action="${action}"`) && f.includes(button));
        assert.ok(form, `no form ${button} to ${action}`);
        return [...form.split('</form>')[0].matchAll(/<input ([^>]*)>/g)]
            .map(([, t]) => ({ name: /name="([^"]*)"/.exec(t)?.[1], value: /value="([^"]*)"/.exec(t)?.[1] ?? '', box: /type="checkbox"/.test(t), on: /checked/.test(t) }))
            .filter((f) => f.name && (!f.box || f.on))
            .map((f) => [f.name, f.value]);
    };
    // Fill in the quantities a line has, in the order of the lines.
    const fill = (list, quantities, more = {}) => {
        let i = 0;
        return list.map(([k, v]) => [k, k === 'quantity' ? String(quantities[i++] ?? '') : more[k] ?? v]);
    };

    test('ship a part, the rest, take back, refund, complete', async () => {
        const o = await bought();
        const { go } = await clerk();
        const at = `/admin/orders/${o.id}`;
        const page = async () => ok(await go('GET', at)).text;

        let html = await page();
        ok(await go('POST', `${at}/ship`, fill(fields(html, `${at}/ship`, 'Mark as shipped'), [1, 0], { carrier: 'Mule', tracking: 'M-1' })), 303);
        assert.deepEqual(states(await seen(o)), ['paid', 'paid', 'partially_shipped']);
        html = await page();
        assert.match(html, /Partially shipped/);
        assert.doesNotMatch(html, /Mark as completed/);

        const bad = await go('POST', `${at}/ship`, fill(fields(html, `${at}/ship`, 'Mark as shipped'), [9, 0], { carrier: 'Mule' }));
        assert.equal(bad.status, 409);
        assert.match(bad.text, /more of a line than is left/);
        const none = await go('POST', `${at}/ship`, fill(fields(html, `${at}/ship`, 'Mark as shipped'), [0, 0], { carrier: 'Mule' }));
        assert.equal(none.status, 422);
        assert.match(none.text, /how many pieces/);

        ok(await go('POST', `${at}/refund`, fill(fields(html, `${at}/refund`, 'Refund these'), [0, 1])), 303);
        assert.equal(await shop.stock(o.b.id), 9);
        html = await page();
        ok(await go('POST', `${at}/ship`, fields(html, `${at}/ship`, 'Mark as shipped').map(([k, v]) => [k, k === 'carrier' ? 'Mule' : v])), 303);
        html = await page();
        const back = fill(fields(html, `${at}/return`, 'Take these back'), [1, 0]);
        ok(await go('POST', `${at}/return`, [...back, ['refund', '1']]), 303);
        ok(await go('POST', `${at}/return`, [...back, ['refund', '1']]), 303);
        let now = await seen(o);
        assert.deepEqual([...states(now), now.refunded.amount], ['partially_refunded', 'partially_refunded', 'partially_returned', 1501]);
        assert.equal(await shop.stock(o.a.id), 8, 'a second click takes nothing more back');
        html = await page();
        ok(await go('POST', `${at}/complete`, fields(html, `${at}/complete`, 'Mark as completed')), 303);
        now = await seen(o);
        assert.equal(now.status, 'completed');
        assert.match(await page(), /Refund of \$10\.00/);
    });

    test('the buyer’s page tells it', async () => {
        const u = await shop.user();
        const a = await shop.product({ price: usd(1000) });
        const o = await shop.placed([{ sku: a.sku, quantity: 3 }], { token: u.token });
        ok(await shop.pay(o.id, { token: u.token }));
        ok(await post(o, 'ship', parcel([of(a, 2)])));
        ok(await post(o, 'return', { items: [of(a, 1)], restock: true, refund: true, reason: 'a secret' }));
        const r = ok(await call('GET', `${URL_}/orders/${o.id}`, { headers: { authorization: `Bearer ${u.token}` } }));
        for (const word of ['Partly shipped', '2 shipped, 1 returned, 1 refunded', `2 × ${a.name}`, 'Refund of $10.00', 'Return', 'Part shipped'])
            assert.ok(r.text.includes(word), `no "${word}"`);
        assert.ok(!r.text.includes('a secret'));
    });
});
