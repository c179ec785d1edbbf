// What the shop's people watch, over the API and on pages: payments with their refunds,
// mails, webhooks, dead letters and the outbox. Newest first, by key.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { Browser, formOf, office } from './lib/browser.mjs';
import { sql } from './lib/machine.mjs';
import { PASSWORD, ok, poll, problem, shop, unique, uuid } from './lib/shop.mjs';

let boss, user, o;
const api = async (method, path, more = {}) => shop.call(method, `/admin/${path}`, { token: await shop.admin(), ...more });
const usd = (amount) => ({ amount, currency: 'USD' });
before(async () => {
    boss = await office();
    user = await shop.user();
    const p = await shop.product();
    o = await shop.placed([{ sku: p.sku, quantity: 1 }], { token: user.token });
    assert.equal((await shop.pay(o.id, { token: user.token, json: { outcome: 'decline' } })).status, 402);
    ok(await shop.pay(o.id, { token: user.token }));
    ok(await api('POST', `orders/${o.id}/refund`, { json: { amount: usd(101) }, key: uuid() }));
});
// A whole list, page by page.
async function walk(path, per_page) {
    const all = [];
    for (let after = ''; ; ) {
        const r = ok(await api('GET', `${path}${path.includes('?') ? '&' : '?'}per_page=${per_page}${after}`)).json;
        all.push(...r.items);
        if (!r.next_after) return all;
        after = `&after=${r.next_after}`;
    }
}

describe('payments', () => {
    test('an order’s attempts stand there, the newest first, and by status', async () => {
        const all = await walk(`payments?order_id=${o.id}`, 1);
        assert.deepEqual(all.map((p) => p.status), ['succeeded', 'declined']);
        assert.deepEqual([all[0].amount, all[0].refunded], [o.total, usd(101)]);
        assert.deepEqual((await walk(`payments?order_id=${o.id}&status=declined`, 10)).map((p) => p.id), [all[1].id]);
    });

    test('a status is walked page by page without a gap or a repeat', async () => {
        const want = (await walk('payments', 100)).filter((p) => p.status === 'succeeded').map((p) => p.id);
        const got = (await walk('payments?status=succeeded', 2)).map((p) => p.id);
        assert.equal(new Set(got).size, got.length);
        assert.deepEqual(got.sort(), want.sort());
    });

    test('one shows what was given back of it', async () => {
        const [p] = await walk(`payments?order_id=${o.id}&status=succeeded`, 10);
        const one = ok(await api('GET', `payments/${p.id}`)).json;
        assert.deepEqual(one.refunds.map((r) => r.amount), [usd(101)]);
        problem(await api('GET', 'payments/1'), 404);
        const page = ok(await boss.get(`/admin/payments/${p.id}`)).text;
        for (const text of [p.reference, '$1.01', `/admin/orders/${o.id}`]) assert.ok(page.includes(text), text);
        const list = ok(await boss.get(`/admin/payments?order_id=${o.id}&status=declined`)).text;
        assert.ok(list.includes('Declined') && !list.includes(p.reference));
    });

    test('those that need a person are a list, and counted on the first page', async () => {
        const none = await walk('payments?status=needs_a_person', 100);
        const [good] = await walk(`payments?order_id=${o.id}&status=succeeded`, 10);
        const [bad] = await walk(`payments?order_id=${o.id}&status=declined`, 10);
        await poll(async () => ok(await api('GET', `payments/${good.id}`)).json.refunds.every((r) => r.status === 'succeeded'), 15000, 'the refund is made');
        const made = sql(`SELECT MIN(id) FROM refund WHERE payment_id = ${good.id}`);
        sql(`UPDATE payment SET status = 'mismatch' WHERE id = ${bad.id}`);
        sql(`UPDATE refund SET status = 'failed' WHERE id = ${made}`);
        try {
            const got = (await walk('payments?status=needs_a_person', 1)).map((p) => p.id);
            assert.deepEqual(got, [good.id, bad.id, ...none.map((p) => p.id)]);
            assert.equal((await walk(`payments?order_id=${o.id}&status=needs_a_person`, 10)).length, 2);
            const home = ok(await boss.get('/admin/')).text;
            assert.ok(home.includes(`${none.length + 2} payments need a person`));
            const list = ok(await boss.get('/admin/payments?status=needs_a_person')).text;
            assert.ok(list.includes(`/admin/payments/${bad.id}`) && list.includes(`/admin/payments/${good.id}`));
        } finally {
            sql(`UPDATE payment SET status = 'declined' WHERE id = ${bad.id}`);
            sql(`UPDATE refund SET status = 'succeeded' WHERE id = ${made}`);
        }
    });

    test('what cannot be asked is refused', async () => {
        problem(await api('GET', 'payments?status=lost'), 422, undefined, ['?status']);
        problem(await api('GET', 'payments?per_page=101'), 422, undefined, ['?per_page']);
        problem(await api('GET', 'payments?after=x'), 422, undefined, ['?after']);
    });
});

describe('mails', () => {
    test('those of an order stand there and can be read, as text alone', async () => {
        const sent = await poll(async () => {
            const l = await walk(`mails?order_id=${o.id}`, 100);
            return l.length >= 3 && l.every((m) => m.status === 'sent') && l;
        }, 15000, 'three mails of the order');
        assert.ok(sent.every((m) => m.recipient === user.email && m.text === undefined));
        const one = ok(await api('GET', `mails/${sent[0].id}`)).json;
        assert.ok(one.text.length > 0 && one.html.startsWith('<!doctype html>'));
        const page = ok(await boss.get(`/admin/mails/${one.id}`)).text;
        assert.ok(page.includes('&lt;!doctype html&gt;') && page.includes(user.email));
        assert.ok(ok(await boss.get(`/admin/mails?order_id=${o.id}&status=sent`)).text.includes(`/admin/mails/${one.id}`));
        problem(await api('GET', 'mails/1'), 404);
    });
});

describe('the outbox', () => {
    test('empties, and says so', async () => {
        await poll(async () => ok(await api('GET', 'outbox')).json.waiting === 0, 15000, 'an empty outbox');
        const page = ok(await boss.get('/admin/outbox')).text;
        assert.match(page, /Events to hand on/);
        assert.match(page, /Dead letters/);
    });
});

describe('webhooks and dead letters', () => {
    test('are lists, of which one that is not there cannot be tried again', async () => {
        assert.ok(Array.isArray(await walk('webhook-deliveries', 100)));
        assert.ok(Array.isArray(await walk('dead-letters', 100)));
        problem(await api('POST', 'dead-letters/1/retry'), 404);
        for (const path of ['webhook-deliveries', 'dead-letters']) ok(await boss.get(`/admin/${path}`));
    });

    test('a dead webhook is seen with its reason and tried again, once', async () => {
        const json = { url: 'http://127.0.0.1:9/dead', events: ['order.placed'] };
        const made = await api('POST', 'webhook-endpoints', { json });
        if (made.status === 422) return; /* this shop calls no private addresses */
        const e = ok(made, 201).json;
        const p = await shop.product();
        const order = await shop.placed([{ sku: p.sku, quantity: 1 }], { token: user.token });
        const mine = () => walk(`webhook-deliveries?order_id=${order.id}`, 100);
        const [d] = await poll(async () => (await mine()).length > 0 && mine(), 15000, 'a delivery');
        assert.equal(d.url, json.url);
        ok(await api('DELETE', `webhook-endpoints/${e.id}`, { match: '*' }), 204);
        /* Three days later: */
        await poll(async () => (await mine())[0].status !== 'sending', 15000, 'the end of a try');
        sql(`UPDATE webhook_delivery SET status = 'dead', next_at = NULL, last_error = 'nobody <there>' WHERE id = ${d.id}`);
        const dead = (await walk('dead-letters', 100)).find((l) => l.id === d.id);
        assert.deepEqual([dead.kind, dead.to, dead.type, dead.reason], ['webhook', json.url, 'order.placed', 'nobody <there>']);
        const list = ok(await boss.get('/admin/dead-letters'));
        const at = `/admin/dead-letters/${d.id}/retry`;
        const form = formOf(list.text, at);
        ok(await boss.open('POST', at, form.filter(([n]) => n !== 'csrf').concat([['x', 'y']])), 403);
        const r = ok(await boss.open('POST', at, form), 303);
        assert.equal(r.get('location'), '/admin/dead-letters');
        assert.equal(ok(await api('GET', `webhook-deliveries/${d.id}`)).json.status, 'queued');
        assert.ok(!(await walk('dead-letters', 100)).some((l) => l.id === d.id));
        problem(await api('POST', `dead-letters/${d.id}/retry`), 409, 'not_dead');
        assert.match(ok(await boss.open('POST', at, form), 409).text, /role="alert"/);
    });
});

test('none of it is a customer’s to see', async () => {
    const b = new Browser();
    ok(await b.send('/register', '/register', { email: `${unique('w')}@example.com`, password: PASSWORD, name: 'W' }), 303);
    for (const path of ['payments', 'mails', 'webhook-deliveries', 'dead-letters', 'outbox']) {
        ok(await b.get(`/admin/${path}`), 403);
        problem(await shop.call('GET', `/admin/${path}`, { token: user.token }), 403);
        problem(await shop.call('GET', `/admin/${path}`), 401);
    }
});
