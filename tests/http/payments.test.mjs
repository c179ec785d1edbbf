// Payments by the provider: its page, its messages in every bad shape, a storm of them, and
// a provider that is away. What the provider holds is compared with what the order says.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';

import { BIN, STATE, ok, poll, problem, shop, uuid } from './lib/shop.mjs';
import { delivery, event, guestOrder, keys, programs, provider, send, sign } from './lib/provider.mjs';

let product;
before(async () => {
    product = await shop.product({ stock: 5000, price: { amount: 1000, currency: 'USD' } });
});

const refOf = (page) => page.split('/').at(-1);
const at = async (ref) => ok(await provider('GET', `/v1/payments/${ref}`)).json;
const stateOf = async (g) => ok(await shop.call('GET', `/orders/${g.order.id}`, { cart: g.cart })).json.status;
const capture = (ref, outcome) => provider('POST', `/v1/payments/${ref}/capture`, { json: { outcome } });
const paymentsOf = async (g) =>
    ok(await shop.call('GET', `/admin/orders/${g.order.id}`, { token: await shop.admin() })).json.payments;

async function messages(result) {
    const text = await (await fetch(`${shop.url}/metrics`)).text();
    return Number(new RegExp(`souk_payment_messages_total\\{result="${result}"\\} (\\d+)`).exec(text)[1]);
}

describe("the provider's page", () => {
    const decide = (g, page, form) => g.browser.post(page, form);

    test('approved: back in the shop it is paid', async () => {
        const g = await guestOrder(product);
        const page = await g.browser.away(g.order.id);
        assert.match(page, /^\/simulated-provider\/pay\/sim_/);
        assert.match(await g.browser.page(page), /\$10\.00/);
        const r = await decide(g, page, { action: 'approve' });
        assert.deepEqual([r.status, r.to], [303, `/orders/${g.order.id}/payment`]);
        const back = await g.browser.back(r.to);
        assert.deepEqual([back.status, back.headers.get('location')], [303, `/orders/${g.order.id}`]);
        assert.equal(await stateOf(g), 'paid');
        assert.match(await g.browser.page(page), /has succeeded/);
    });

    test('declined: payable again, by another payment', async () => {
        const g = await guestOrder(product);
        const page = await g.browser.away(g.order.id);
        await g.browser.back((await decide(g, page, { action: 'decline' })).to);
        assert.equal(await stateOf(g), 'pending');
        const again = await g.browser.away(g.order.id);
        assert.notEqual(again, page);
        await g.browser.back((await decide(g, again, { action: 'approve' })).to);
        assert.equal(await stateOf(g), 'paid');
    });

    test('a second step: its code, and three wrong ones', async () => {
        const codeOn = (text) => /class="code">(\d{6})</.exec(text)[1];
        const g = await guestOrder(product);
        const page = await g.browser.away(g.order.id);
        const code = codeOn((await decide(g, page, { action: 'step' })).text);
        const wrong = await decide(g, page, { action: 'code', code: code === '000000' ? '1' : '000000' });
        assert.match(wrong.text, /That is not the code/);
        await g.browser.back((await decide(g, page, { action: 'code', code })).to);
        assert.equal(await stateOf(g), 'paid');

        const h = await guestOrder(product);
        const other = await h.browser.away(h.order.id);
        await decide(h, other, { action: 'step' });
        for (let i = 0; i < 3; i++) await decide(h, other, { action: 'code', code: 'no' });
        assert.equal((await at(refOf(other))).status, 'declined');
    });

    test('nothing done: the order waits, and the same page goes on', async () => {
        const g = await guestOrder(product);
        const page = await g.browser.away(g.order.id);
        await g.browser.back((await decide(g, page, { action: 'nothing' })).to);
        assert.equal(await stateOf(g), 'pending');
        assert.equal(await g.browser.away(g.order.id), page);
    });

    test('a page that is not there, and one that is not yours to open', async () => {
        assert.equal((await fetch(`${shop.url}/simulated-provider/pay/sim_none`)).status, 404);
        const g = await guestOrder(product);
        const h = await guestOrder(product);
        assert.equal((await h.browser.back(`/orders/${g.order.id}/payment`)).status, 404);
    });

    test("its API is not the world's", async () => {
        assert.equal((await fetch(`${shop.url}/v1/payments/x`)).status, 404);
        const body = { reference: `ref-${uuid()}`, amount: 1, currency: 'USD' };
        assert.equal((await provider('POST', '/v1/payments', { json: body, key: 'k', auth: 'Bearer x' })).status, 401);
    });
});

describe('money', () => {
    test('a buyer who vanished after paying has a paid order', async () => {
        const g = await guestOrder(product);
        await capture(refOf(await g.browser.away(g.order.id)), 'approve');
        await poll(async () => (await stateOf(g)) === 'paid', 5000, 'the message');
    });

    test('money for a cancelled order goes back by itself', async () => {
        const g = await guestOrder(product);
        const ref = refOf(await g.browser.away(g.order.id));
        ok(await shop.call('POST', `/orders/${g.order.id}/cancel`, { cart: g.cart }));
        await capture(ref, 'approve');
        const back = await poll(async () => {
            const p = await at(ref);
            return p.refunded > 0 && p;
        }, 8000, 'the refund');
        assert.equal(back.refunded, 1000);
        assert.equal((await paymentsOf(g))[0].status, 'late');
        assert.equal(await stateOf(g), 'cancelled');
    });

    test('a refund reaches the provider once, and bad ones never', async () => {
        const g = await guestOrder(product);
        ok(await shop.pay(g.order.id, { cart: g.cart }));
        const token = await shop.admin();
        const { reference } = (await paymentsOf(g))[0];
        const refund = (amount, id = g.order.id) => shop.call('POST', `/admin/orders/${id}/refund`, {
            token, key: uuid(), json: { amount: { amount, currency: 'USD' }, reason: 'test' },
        });
        ok(await refund(300));
        await poll(async () => (await at(reference)).refunded === 300, 5000, 'the refund');
        problem(await refund(701), 409, 'not_refundable');
        problem(await refund(0), 422);
        problem(await refund(-1), 422);
        problem(await refund(1, '42'), 404);
        const unpaid = await guestOrder(product);
        problem(await refund(1, unpaid.order.id), 409, 'not_refundable');
        ok(await refund(700));
        await poll(async () => (await at(reference)).refunded === 1000, 5000, 'the rest');
        assert.equal(await stateOf(g), 'refunded');
    });

    test('the provider repeats nothing for a key', async () => {
        const json = { reference: `test-${uuid()}`, amount: 500, currency: 'EUR', outcome: 'approve' };
        const key = uuid();
        const first = ok(await provider('POST', '/v1/payments', { json, key })).json;
        assert.deepEqual(ok(await provider('POST', '/v1/payments', { json, key })).json, first);
        assert.equal((await provider('POST', '/v1/payments', { json: { ...json, amount: 1 }, key })).status, 422);
        assert.equal((await provider('POST', '/v1/payments', { json, key: uuid() })).status, 409);
        assert.equal((await provider('POST', '/v1/payments', { json })).status, 400);
        const refund = (amount, k) =>
            provider('POST', `/v1/payments/${json.reference}/refunds`, { json: { amount }, key: k });
        const k = uuid();
        for (let i = 0; i < 3; i++) assert.equal(ok(await refund(200, k)).json.refunded, 200);
        assert.equal((await refund(300, k)).status, 422);
        assert.equal((await refund(301, uuid())).status, 422);
        assert.equal(ok(await refund(300, uuid())).json.refunded, 500);
        assert.equal((await provider('POST', '/v1/payments/none-of-these/refunds', { json: { amount: 1 }, key: uuid() })).status, 404);
    });
});

describe('bad refunds change nothing, are counted and logged', () => {
    let g, other, customer;
    before(async () => {
        customer = await shop.user();
        g = await guestOrder(product);
        other = await guestOrder(await shop.product({ price: { amount: 1000, currency: 'USD' } }));
        for (const one of [g, other]) ok(await shop.pay(one.order.id, { cart: one.cart }));
    });
    const whole = async (one) => {
        const o = ok(await shop.call('GET', `/admin/orders/${one.order.id}`, { token: await shop.admin() })).json;
        return { status: o.status, payments: o.payments, items: o.items, provider: await at(o.payments[0].reference) };
    };
    const answered = async (status) => {
        const text = await (await fetch(`${shop.url}/metrics`)).text();
        return Number(new RegExp(`souk_http_requests_total\\{method="POST",route="/api/v1/admin/orders/\\{id\\}/refund",status="${status}"\\} (\\d+)`).exec(text)?.[1] ?? 0);
    };
    const usd = (amount, more = {}) => ({ amount: { amount, currency: 'USD' }, reason: 'test', ...more });
    const cases = [
        ['more than was paid', () => usd(1001), 409, 'not_refundable'],
        ['nothing', () => usd(0), 422],
        ['less than nothing', () => usd(-1), 422],
        ['in another currency', () => ({ amount: { amount: 1, currency: 'EUR' }, reason: 'test' }), 422],
        ['of an order that there is not', () => usd(1), 404, undefined, '42'],
        ['of a line of another order', () => ({ items: [{ sku: other.order.items[0].sku, quantity: 1 }], reason: 'test' }), 422],
        ['by a customer', () => usd(1), 403, undefined, undefined, () => customer.token],
    ];
    for (const [what, make, status, slug, id, who] of cases)
        test(what, async () => {
            const [was, were, count] = [await whole(g), await whole(other), await answered(status)];
            const token = who ? who() : await shop.admin();
            const r = await shop.call('POST', `/admin/orders/${id ?? g.order.id}/refund`, { token, key: uuid(), json: make() });
            problem(r, status, slug);
            assert.deepEqual([await whole(g), await whole(other)], [was, were]);
            if (who) return; /* nginx asks who it is before the shop sees the request */
            assert.equal(await answered(status), count + 1);
            const log = ['workers', 'orders'].map((l) => readFileSync(`${STATE}/log/${l}.log`, 'utf8')).join('');
            assert.match(log, new RegExp(` ${r.get('x-request-id')} http POST /api/v1/admin/orders/\\d+/refund status=${status} `));
        });
});

describe('bad messages change nothing, are counted and logged', () => {
    let g, page, payment;
    before(async () => {
        g = await guestOrder(product);
        page = await g.browser.away(g.order.id);
        payment = { ...(await at(refOf(page))), status: 'succeeded' };
    });
    after(async () => {
        assert.equal(await stateOf(g), 'pending');
        assert.deepEqual((await paymentsOf(g)).map((p) => p.status), ['started']);
    });
    const now = () => Math.floor(Date.now() / 1000);
    const cases = [
        ['no signature', () => [event(payment), ''], 400, 'signature_missing', 'unsigned'],
        ['a signature that cannot be read', () => [event(payment), 'v1=00'], 400, 'signature_missing', 'unsigned'],
        ['another secret', (b = event(payment)) => [b, sign(b, { secret: keys.api })], 400, 'signature_wrong', 'unsigned'],
        ["another message's signature", () => [event(payment), sign(event(payment))], 400, 'signature_wrong', 'unsigned'],
        ['six minutes old', (b = event(payment)) => [b, sign(b, { t: now() - 360 })], 400, 'signature_old', 'old'],
        ['from the future', (b = event(payment)) => [b, sign(b, { t: now() + 360 })], 400, 'signature_old', 'old'],
        ['another amount', () => [event({ ...payment, amount: 999 })], 422, 'payment_mismatch', 'mismatch'],
        ['another currency', () => [event({ ...payment, currency: 'EUR' })], 422, 'payment_mismatch', 'mismatch'],
        ['a reference of nobody', () => [event({ ...payment, reference: 'sim_nobody' })], 404, 'payment_unknown', 'unknown'],
        ['cut off', () => [event(payment).slice(0, -9)], 400, 'malformed_request', 'unreadable'],
        ['empty', () => ['', sign('')], 400, 'malformed_request', 'unreadable'],
        ['a payment without a status', () => [event({ ...payment, status: 'maybe' })], 400, 'malformed_request', 'unreadable'],
        ['a negative amount', () => [event({ ...payment, amount: -1 })], 400, 'malformed_request', 'unreadable'],
        ['no id', () => [JSON.stringify({ type: 'payment.succeeded', payment })], 400, 'malformed_request', 'unreadable'],
        ['enormous', () => [event({ ...payment, more: 'x'.repeat(70000) })], 413, undefined, 'unreadable'],
    ];
    for (const [what, make, status, slug, counted] of cases) {
        test(what, async () => {
            const [body, signature] = make();
            const before_ = await messages(counted);
            const r = await send(body, signature ?? sign(body));
            problem(r, status, slug);
            assert.equal(await messages(counted), before_ + 1);
            const log = readFileSync(`${STATE}/log/workers.log`, 'utf8');
            assert.ok(log.includes(`event=message_refused request=${r.get('x-request-id')}`), 'not logged');
        });
    }

    test('a provider that there is not, and a method that it does not know', async () => {
        const body = event(payment);
        problem(await send(body, sign(body), '/payments/webhooks/other'), 404);
        problem(await shop.call('GET', '/payments/webhooks/simulated'), 405);
    });

    test('of several events one that is bad: all of it is refused; none, and too many, are unreadable', async () => {
        const of = (...events) => `{"events":[${events.join(',')}]}`;
        problem(await send(of(event(payment, 'dispute.opened'), event({ ...payment, amount: 999 }))), 422, 'payment_mismatch');
        problem(await send(of(event(payment), event({ ...payment, status: 'maybe' }))), 400, 'malformed_request');
        problem(await send(of()), 400, 'malformed_request');
        problem(await send(of(...Array.from({ length: 101 }, () => event(payment, 'dispute.opened')))), 400, 'malformed_request');
        problem(await send(of(event(payment)), sign(event(payment))), 400, 'signature_wrong');
    });

    test('of a kind we do not know: taken, and nothing is done', async () => {
        assert.equal((await send(event(payment, 'dispute.opened'))).status, 204);
    });
});

test('several events in one message: each is acted on, the same again changes nothing', async () => {
    const orders = await Promise.all([1, 2, 3].map(() => guestOrder(product)));
    const told = await Promise.all(orders.map(async (g) => at(refOf(await g.browser.away(g.order.id)))));
    const events = told.map((p, i) => event({ ...p, status: i === 1 ? 'declined' : 'succeeded' },
        i === 1 ? 'payment.declined' : 'payment.succeeded'));
    const body = `{"events":[${[...events, event(told[0], 'dispute.opened'), events[0]].join(',')}]}`;
    for (let i = 0; i < 2; i++) assert.equal((await send(body)).status, 204);
    assert.deepEqual(await Promise.all(orders.map(stateOf)), ['paid', 'pending', 'paid']);
    assert.deepEqual(await Promise.all(orders.map(async (g) => (await paymentsOf(g)).map((p) => p.status).join())),
        ['succeeded', 'declined', 'succeeded']);
});

test('the provider away: 503, nothing is lost, sales go on, and it is one payment', async () => {
    const g = await guestOrder(product);
    const pids = programs('souk-pay');
    assert.equal(pids.length, 1);
    process.kill(pids[0], 'SIGSTOP');
    try {
        problem(await shop.pay(g.order.id, { cart: g.cart }), 503, 'payment_unavailable');
        await Promise.all(Array.from({ length: 10 }, () => guestOrder(product)));
        assert.equal(await stateOf(g), 'pending');
    } finally {
        process.kill(pids[0], 'SIGCONT');
    }
    await poll(async () => (await shop.pay(g.order.id, { cart: g.cart })).status === 200, 5000, 'the provider is back');
    assert.deepEqual((await paymentsOf(g)).map((p) => p.status), ['succeeded']);
});

test('a storm: each message ten times, shuffled, one in twenty forged: every order is right', async () => {
    const N = 60;
    const orders = await Promise.all(Array.from({ length: N }, () => guestOrder(product)));
    const refs = await Promise.all(orders.map(async (g) => refOf(await g.browser.away(g.order.id))));
    assert.equal((await delivery({ copies: 10, shuffle: true, wrong_percent: 5, late_ms: 100 })).status, 204);
    try {
        // A third each: approved, declined, and approved after it was cancelled.
        await Promise.all(orders.map(async (g, i) => {
            if (i % 3 === 2) ok(await shop.call('POST', `/orders/${g.order.id}/cancel`, { cart: g.cart }));
            await capture(refs[i], i % 3 === 1 ? 'decline' : 'approve');
        }));
        const want = ['paid', 'pending', 'cancelled'];
        const right = async (g, i) => {
            const p = (await paymentsOf(g)).map((x) => x.status);
            return (await stateOf(g)) === want[i % 3] && p.length === 1 && p[0] === ['succeeded', 'declined', 'late'][i % 3];
        };
        for (const [i, g] of orders.entries())
            await poll(() => right(g, i), 10000, `order ${i} is ${await stateOf(g)}`);
        for (const [i, ref] of refs.entries())
            await poll(async () => (await at(ref)).refunded === (i % 3 === 2 ? 1000 : 0), 8000, `refund of ${i}`);
        assert.ok((await messages('unsigned')) > 0);
    } finally {
        await delivery({ copies: 1 });
    }
    execFileSync(`${BIN}/souk`, ['verify', '--state', STATE]);
});
