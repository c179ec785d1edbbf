// News that arrives: an order's mails in the folder of a shop without a mail server, and
// webhooks at a receiver of the test's own. Needs a shop that may call private addresses and
// does not wait long before it tries again (scripts/test starts one).
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';

import { STATE, ok, poll, problem, shop, unique } from './lib/shop.mjs';

const WAIT = 15000;
let token;
before(async () => {
    token = await shop.admin();
});
const admin = (method, path, o = {}) => shop.call(method, `/admin${path}`, { token, ...o });

// --- mails ---

const qp = (s) =>
    Buffer.from(
        s.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, h) => String.fromCharCode(parseInt(h, 16))),
        'latin1',
    ).toString('utf8');

// A mail as its reader sees it: headers unfolded, text and HTML decoded.
function parse(file) {
    const raw = readFileSync(file, 'latin1');
    const cut = raw.indexOf('\r\n\r\n');
    const headers = Object.fromEntries(
        raw.slice(0, cut).replace(/\r\n /g, ' ').split('\r\n').map((l) => {
            const at = l.indexOf(': ');
            return [l.slice(0, at).toLowerCase(), l.slice(at + 2)];
        }),
    );
    const boundary = /boundary="([^"]+)"/.exec(headers['content-type'])[1];
    const parts = raw.slice(cut).split(`\r\n--${boundary}`).slice(1, -1)
        .map((p) => qp(p.slice(p.indexOf('\r\n\r\n') + 4)));
    return { headers, subject: headers.subject, to: headers.to, text: parts[0], html: parts[1], raw };
}

const files = () => {
    try {
        return readdirSync(`${STATE}/mail`).filter((f) => f.endsWith('.eml'));
    } catch {
        return [];
    }
};
const mailsTo = (email) => files().map((f) => parse(`${STATE}/mail/${f}`)).filter((m) => m.to === email);

// The first `n` mails to an address.
async function mails(email, n) {
    await poll(() => mailsTo(email).length >= n, WAIT, `${n} mails to ${email}`);
    return mailsTo(email).sort((a, b) => (a.raw < b.raw ? -1 : 1));
}

describe('mails', () => {
    test('tell of an order, in text and in HTML', async () => {
        const p = await shop.product({ name: 'Lamp <b>"Étoile"</b> & more' });
        const email = `${unique('m')}@example.com`;
        const o = await shop.placed([{ sku: p.sku, quantity: 2 }], { json: { email } });
        const [m] = await mails(email, 1);
        assert.equal(m.subject, `Your order ${o.number}`);
        assert.match(m.headers['message-id'], /^<souk\.\d+@[^>]+>$/);
        assert.equal(m.headers['auto-submitted'], 'auto-generated');
        assert.ok(m.text.includes('2 x Lamp <b>"Étoile"</b> & more: $39.98'), m.text);
        assert.ok(m.text.includes('Total: $39.98') && m.text.includes('12 Rue des Tanneurs'));
        assert.ok(m.text.includes(`/orders/${o.id}`));
        assert.ok(m.html.includes('2 × Lamp &lt;b&gt;&quot;Étoile&quot;&lt;/b&gt; &amp; more'), m.html);
        assert.ok(!m.html.includes('<b>"'));
    });

    test('tell of payment, parcel with its number, and refund', async () => {
        const p = await shop.product();
        const u = await shop.user();
        const o = ok(await shop.order([{ sku: p.sku, quantity: 3 }], { token: u.token }), 201).json;
        ok(await shop.pay(o.id, { token: u.token }));
        ok(await admin('POST', `/orders/${o.id}/ship`, {
            key: unique('k'),
            json: { carrier: 'Poste "du" Maroc', tracking: 'MA-123<4>', items: [{ sku: p.sku, quantity: 2 }] },
        }));
        ok(await admin('POST', `/orders/${o.id}/refund`, {
            key: unique('k'), json: { items: [{ sku: p.sku, quantity: 1 }] },
        }));
        const all = await mails(u.email, 4);
        const by = (re) => all.find((m) => re.test(m.subject)) ?? assert.fail(`none is ${re}: ${all.map((m) => m.subject)}`);
        assert.match(by(/payment/).text, /received \$59\.97/);
        const shipped = by(/on its way/);
        assert.ok(shipped.text.includes('tracking number is MA-123<4>'), shipped.text);
        assert.ok(shipped.text.includes(`2 × ${p.name}`) && shipped.text.includes('Poste "du" Maroc'));
        assert.ok(shipped.html.includes('MA-123&lt;4&gt;'));
        assert.match(by(/refund/i).text, /given back \$19\.99 for 1 × /);
        assert.equal(new Set(all.map((m) => m.headers['message-id'])).size, all.length);
    });

    test('nobody can write a header into one', async () => {
        const p = await shop.product();
        const email = `${unique('m')}@example.com`;
        await shop.placed([{ sku: p.sku, quantity: 1 }], { json: { email } });
        const [m] = await mails(email, 1);
        assert.deepEqual(Object.keys(m.headers).sort(), ['auto-submitted', 'content-type', 'date',
            'from', 'message-id', 'mime-version', 'subject', 'to']);
        problem(await shop.order([{ sku: p.sku, quantity: 1 }], {
            json: { email: 'a@example.com\r\nBcc: all@example.com' },
        }), 422, undefined, ['/email']);
    });
});

// --- webhooks ---

// A server that answers with what it is told; `seen` are the calls.
class Receiver {
    seen = [];
    answer = () => 204;

    async start() {
        this.server = createServer((req, res) => {
            const chunks = [];
            req.on('data', (c) => chunks.push(c));
            req.on('end', () => {
                const body = Buffer.concat(chunks);
                const call = { body, headers: req.headers, json: JSON.parse(body), at: Date.now() };
                this.seen.push(call);
                const status = this.answer(call, res);
                if (status) res.writeHead(status).end();
            });
        });
        await new Promise((done) => this.server.listen(0, '127.0.0.1', done));
        this.url = `http://127.0.0.1:${this.server.address().port}/hook`;
        return this;
    }

    of(id) {
        return this.seen.filter((c) => c.json.subject === `order/${id}`);
    }

    stop() {
        this.server.closeAllConnections?.();
        return new Promise((done) => this.server.close(done));
    }
}

const open = [];
async function endpoint(events, answer) {
    const r = await new Receiver().start();
    if (answer) r.answer = answer;
    const made = ok(await admin('POST', '/webhook-endpoints', { json: { url: r.url, events } }), 201);
    open.push({ r, id: made.json.id });
    return { r, ...made.json, etag: made.get('etag') };
}
after(async () => {
    for (const { r, id } of open) {
        const e = await admin('GET', `/webhook-endpoints/${id}`);
        if (e.status === 200) await admin('DELETE', `/webhook-endpoints/${id}`, { match: e.get('etag') });
        await r.stop();
    }
});

const anOrder = async () => {
    const p = await shop.product();
    const u = await shop.user();
    const o = ok(await shop.order([{ sku: p.sku, quantity: 1 }], { token: u.token }), 201).json;
    return { ...o, pay: () => shop.pay(o.id, { token: u.token }), read: () => shop.call('GET', `/orders/${o.id}`, { token: u.token }) };
};

function signed(call, secret) {
    const [, t, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(call.headers['souk-signature']) ?? [];
    const mac = createHmac('sha256', secret).update(`${t}.`).update(call.body).digest('hex');
    return v1 === mac && Math.abs(Date.now() / 1000 - Number(t)) < 300;
}

describe('webhooks', () => {
    test('bring the events that are wanted, once, signed, with the order', async () => {
        const e = await endpoint(['order.placed', 'order.paid']);
        const o = await anOrder();
        ok(await o.pay());
        await poll(() => e.r.of(o.id).length >= 2, WAIT, 'two calls');
        const calls = e.r.of(o.id);
        assert.deepEqual(calls.map((c) => c.json.type).sort(), ['order.paid', 'order.placed']);
        for (const c of calls) {
            assert.ok(signed(c, e.secret), JSON.stringify(c.headers));
            assert.ok(!signed(c, `${e.secret}x`));
            assert.equal(c.headers['souk-event-id'], c.json.id);
            assert.equal(c.headers['content-type'], 'application/json');
            assert.equal(c.json.version, 1);
            assert.match(c.json.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
            assert.equal(c.json.data.number, o.number);
            assert.deepEqual(c.json.data.total, o.total);
        }
        const paid = calls.find((c) => c.json.type === 'order.paid').json.data;
        assert.deepEqual(paid, ok(await o.read()).json);
    });

    test('a receiver that fails is tried again with the same bytes', async () => {
        let left = 3;
        const e = await endpoint(['order.placed'], () => (left-- > 0 ? [500, 404, 301][left] : 200));
        const o = await anOrder();
        const calls = await poll(() => e.r.of(o.id).length >= 4 && e.r.of(o.id), WAIT, 'four tries');
        assert.equal(calls.length, 4);
        for (const c of calls) {
            assert.ok(signed(c, e.secret));
            assert.equal(c.headers['souk-event-id'], calls[0].headers['souk-event-id']);
            assert.deepEqual(c.body, calls[0].body);
        }
    });

    test('a slow endpoint, an endless answer and a redirect hold up nobody', async () => {
        const slow = await endpoint(['order.placed'], () => 0); // never answers
        const endless = await endpoint(['order.placed'], (_, res) => {
            res.writeHead(200);
            const more = () => res.write('x'.repeat(65536)) && setImmediate(more);
            res.on('drain', more).on('error', () => undefined);
            more();
            return 0;
        });
        const lost = await endpoint(['order.placed'], (_, res) => {
            res.writeHead(302, { location: `${slow.url}/elsewhere` }).end();
            return 0;
        });
        const quick = await endpoint(['order.placed']);
        const orders = [];
        for (let i = 0; i < 8; i++) orders.push(await anOrder());
        const t0 = Date.now();
        await poll(() => orders.every((o) => quick.r.of(o.id).length === 1), 8000, 'the quick one has all');
        assert.ok(Date.now() - t0 < 8000);
        // A 200 counts, however much comes after it.
        await poll(() => orders.every((o) => endless.r.of(o.id).length >= 1), WAIT, 'the endless one');
        await poll(() => lost.r.of(orders[0].id).length >= 2, WAIT, 'a redirect is a failure');
        assert.ok(slow.r.seen.length <= 2, 'two at a time to one endpoint');
        assert.ok(slow.r.seen.every((c) => c.headers['souk-event-id']));
    });

    test('an endpoint that is not active hears nothing', async () => {
        const e = await endpoint(['order.placed']);
        const other = await endpoint(['order.placed']);
        ok(await admin('PATCH', `/webhook-endpoints/${e.id}`, { match: e.etag, json: { active: false } }));
        const o = await anOrder();
        await poll(() => other.r.of(o.id).length === 1, WAIT, 'the active one');
        assert.equal(e.r.of(o.id).length, 0);
    });
});

describe('webhook endpoints', () => {
    const good = { url: 'https://example.com/souk', events: ['order.paid'] };
    const add = (json) => admin('POST', '/webhook-endpoints', { json });

    test('the secret is told once', async () => {
        const made = ok(await add(good), 201);
        open.push({ r: { stop: () => undefined }, id: made.json.id });
        assert.match(made.json.secret, /^whsec_[\w-]{43}$/);
        const read = ok(await admin('GET', `/webhook-endpoints/${made.json.id}`));
        assert.equal(read.json.secret, undefined);
        const listed = ok(await admin('GET', '/webhook-endpoints')).json.items.find((x) => x.id === made.json.id);
        assert.equal(listed.secret, undefined);
        const changed = ok(await admin('PATCH', `/webhook-endpoints/${made.json.id}`, {
            match: made.get('etag'), json: { events: ['*'] },
        }));
        assert.equal(changed.json.secret, undefined);
        assert.deepEqual(changed.json.events, ['*']);
        const rotated = ok(await admin('PATCH', `/webhook-endpoints/${made.json.id}`, {
            match: changed.get('etag'), json: { rotate_secret: true },
        }));
        assert.match(rotated.json.secret, /^whsec_[\w-]{43}$/);
        assert.notEqual(rotated.json.secret, made.json.secret);
        problem(await admin('PATCH', `/webhook-endpoints/${made.json.id}`, {
            match: made.get('etag'), json: { active: false },
        }), 412);
    });

    for (const [what, json, at] of [
        ['no url', { url: undefined }, '/url'],
        ['a file', { url: 'file:///etc/passwd' }, '/url'],
        ['a password in it', { url: 'https://a:b@example.com/' }, '/url'],
        ['a line in it', { url: 'https://example.com/\r\nX: y' }, '/url'],
        ['an event that is none', { events: ['order.paid', 'order.eaten'] }, '/events/1'],
        ['an event that is a secret', { events: ['account.reset'] }, '/events/0'],
        ['no events', { events: [] }, '/events'],
    ])
        test(`${what} is refused`, async () => {
            problem(await add({ ...good, ...json }), 422, undefined, [at]);
        });

    test('customers may not', async () => {
        const u = await shop.user();
        problem(await shop.call('GET', '/admin/webhook-endpoints', { token: u.token }), 403);
        problem(await shop.call('POST', '/admin/webhook-endpoints', { token: u.token, json: good }), 403);
    });
});
