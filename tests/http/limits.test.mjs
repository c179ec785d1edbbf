// HTTP as the API speaks it where the walk over its description does not look: other sites,
// limits, compression, walks over lists; and a back office for two-step sign-in alone.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { sql, startShop } from './lib/machine.mjs';
import { PASSWORD, call as anywhere, shop as closed, ok, problem, unique } from './lib/shop.mjs';
import { code } from './lib/totp.mjs';

const FRIEND = 'https://friend.example';
let shop, open;
const at = (s, method, path, headers = {}, o = {}) => anywhere(method, path, { base: s.base, headers, ...o });

before(async () => {
    shop = await startShop({ SOUK_CORS_ORIGINS: `${FRIEND} https://other.example`, SOUK_API_REQUESTS: '30', SOUK_ADMIN_TOTP: 'true' });
    open = (...a) => at(shop, ...a);
});
after(() => shop?.stop());

describe('admin_totp', () => {
    const person = async (role) => {
        const u = await shop.user();
        sql(`UPDATE account SET role = '${role}', verified_at = 1 WHERE id = ${u.user.id}`, shop.state);
        return { ...u, token: ok(await shop.call('POST', '/login', { json: { email: u.email, password: PASSWORD } })).json.access_token };
    };
    const page = (u, method, path) => anywhere(method, `${shop.url}${path}`, { token: u.token });

    for (const role of ['staff', 'admin'])
        test(`keeps ${role} without two-step sign-in out of the back office, and shows the way in`, async () => {
            const u = await person(role);
            const back = () => shop.call('GET', '/admin/orders', { token: u.token });
            const p = problem(await back(), 403, 'totp_needed');
            assert.match(p.detail, /two-step/);
            const r = ok(await page(u, 'GET', '/admin/orders'), 303);
            assert.equal(r.get('location'), '/account/two-step');
            ok(await shop.call('GET', '/me', { token: u.token }));
            ok(await page(u, 'GET', r.get('location')));
            const setup = ok(await shop.call('POST', '/me/totp', { token: u.token, json: { current_password: PASSWORD } }), 201).json;
            problem(await back(), 403, 'totp_needed');
            const first = await shop.call('POST', '/me/totp/confirm', { token: u.token, json: { totp: code(setup.secret, -1) } });
            const codes = ok(first).json.recovery_codes;
            ok(await back());
            ok(await page(u, 'GET', '/admin/orders'));
            const json = { current_password: PASSWORD, totp: codes[0] };
            ok(await shop.call('POST', '/me/totp/disable', { token: u.token, json }), 204);
            problem(await back(), 403, 'totp_needed');
        });

    test('asks nothing of customers, and they are still not let in', async () => {
        const u = await person('customer');
        ok(await shop.call('GET', '/me', { token: u.token }));
        problem(await shop.call('GET', '/admin/orders', { token: u.token }), 403, 'forbidden');
    });

    test('is off unless it is turned on', async () => {
        ok(await closed.call('GET', '/admin/orders', { token: await closed.admin() }));
    });
});

describe('CORS', () => {
    test('is closed unless it is opened', async () => {
        const r = await at(closed, 'GET', '/products', { origin: FRIEND });
        assert.equal(r.get('access-control-allow-origin'), null);
        const p = await at(closed, 'OPTIONS', '/cart', { origin: FRIEND, 'access-control-request-method': 'POST' });
        assert.equal(p.get('access-control-allow-origin'), null);
        assert.equal(p.get('access-control-allow-methods'), null);
    });

    test('a site of the list may read, without credentials of ours', async () => {
        const r = ok(await open('GET', '/products', { origin: FRIEND }));
        assert.equal(r.get('access-control-allow-origin'), FRIEND);
        assert.equal(r.get('access-control-allow-credentials'), null);
        assert.match(r.get('access-control-expose-headers'), /ETag.*Link.*X-Request-Id/);
        assert.match(r.get('vary'), /\bOrigin\b/);
    });

    test('a refusal can be read there, too', async () => {
        const r = await open('GET', '/me', { origin: FRIEND });
        problem(r, 401);
        assert.equal(r.get('access-control-allow-origin'), FRIEND);
    });

    test('a browser that asks first learns what it may send, of the back office too', async () => {
        for (const path of ['/cart', '/admin/products']) {
            const r = await open('OPTIONS', path, {
                origin: FRIEND,
                'access-control-request-method': 'POST',
                'access-control-request-headers': 'authorization, content-type',
            });
            assert.equal(r.status, 204, path);
            assert.equal(r.get('access-control-allow-origin'), FRIEND);
            assert.match(r.get('access-control-allow-methods'), /\bPOST\b/);
            assert.match(r.get('access-control-allow-headers'), /Authorization.*Content-Type.*Idempotency-Key/);
            assert.equal(r.get('access-control-max-age'), '600');
        }
    });

    test('no other site, and none that looks like one', async () => {
        for (const origin of ['https://evil.example', 'http://friend.example', 'https://friend.example.evil.example', 'null']) {
            const r = await open('GET', '/products', { origin });
            assert.equal(r.get('access-control-allow-origin'), null, origin);
            assert.match(r.get('vary'), /\bOrigin\b/);
        }
    });

    test('another site cannot act with a visitor’s cookies, allowed or not', async () => {
        const r = await open('POST', '/cart', { origin: FRIEND, cookie: 'guest=0123456789abcdef0123' }, { json: { sku: 'LAMP-1', quantity: 1 } });
        problem(r, 403, 'csrf');
    });
});

describe('limits', () => {
    const left = (r) => Number(/^"api";r=(\d+);t=\d+$/.exec(r.get('ratelimit'))[1]);

    test('each answer says what is left, and the one too many how long to wait', async () => {
        const first = await open('GET', '/categories');
        assert.equal(first.get('ratelimit-policy'), '"api";q=30;w=60');
        let r = first;
        let last = left(first);
        for (let i = 0; i < 40 && r.status === 200; i++) {
            r = await open('GET', '/categories');
            if (r.status === 200) assert.ok(left(r) <= last, `${left(r)} after ${last}`);
            last = left(r);
        }
        problem(r, 429, 'too_many_requests');
        assert.equal(left(r), 0);
        const wait = Number(r.get('retry-after'));
        assert.ok(wait >= 1 && wait <= 2, `30 a minute are paid back in two seconds each, not ${wait}`);
    });

    test('pages are not counted', async () => {
        assert.equal((await anywhere('GET', `${shop.url}/`)).status, 200);
    });

    test('a shop without a limit does not speak of one', async () => {
        assert.equal(ok(await at(closed, 'GET', '/categories')).get('ratelimit'), null);
    });
});

describe('representations', () => {
    test('Accept', async () => {
        for (const [accept, status] of [
            ['application/json', 200],
            ['text/html, */*;q=0.1', 200],
            ['application/*', 200],
            ['APPLICATION/JSON; q=1', 200],
            ['text/html', 406],
            ['application/json;q=0, */*', 406],
            ['application/*;q=0.0, */*', 406],
            ['application/xml, text/*', 406],
        ])
            assert.equal((await at(closed, 'GET', '/categories', { accept })).status, status, accept);
    });

    test('long answers are compressed for those who can read that, and caches are told', async () => {
        const r = ok(await at(closed, 'GET', '/openapi.json', { 'accept-encoding': 'gzip' }));
        assert.equal(r.get('content-encoding'), 'gzip');
        assert.match(r.get('vary'), /Accept-Encoding/);
        const plain = ok(await at(closed, 'GET', '/openapi.json', { 'accept-encoding': 'identity' }));
        assert.equal(plain.get('content-encoding'), null);
        assert.match(plain.get('etag'), /^"[0-9a-f]+"$/, 'a strong validator');
        // The compressed form's is weak, and good enough for this question.
        const again = await at(closed, 'GET', '/openapi.json', { 'accept-encoding': 'gzip', 'if-none-match': r.get('etag') });
        assert.equal(again.status, 304);
    });

    test('the request’s id comes back, ours when it is none', async () => {
        assert.equal((await at(closed, 'GET', '/categories', { 'x-request-id': 'mine-1' })).get('x-request-id'), 'mine-1');
        assert.match((await at(closed, 'GET', '/categories', { 'x-request-id': 'no id!' })).get('x-request-id'), /^[0-9a-f]{32}$/);
    });
});

describe('lists', () => {
    test('every list walks to its end, each thing once, whatever comes meanwhile', async () => {
        const token = await closed.admin();
        for (let i = 0; i < 5; i++)
            ok(await closed.call('POST', '/admin/coupons', { token, json: { code: unique('C').toUpperCase(), kind: 'free_shipping' } }), 201);
        const p = await closed.product({ stock: 100 });
        for (let i = 0; i < 5; i++) await closed.placed([{ sku: p.sku, quantity: 1 }], { token });
        for (const path of ['/products', '/orders', '/admin/products', '/admin/orders', '/admin/coupons', '/admin/users', '/admin/sales', '/admin/tax-rates', '/admin/webhook-endpoints']) {
            const all = ok(await closed.call('GET', `${path}?per_page=1`, { token })).json;
            const seen = [];
            let next = `${path}?per_page=${all.total > 40 ? 50 : 2}&after=0`;
            while (next) {
                const r = ok(await closed.call('GET', next, { token }));
                assert.equal(r.json.total, null);
                seen.push(...r.json.items.map((x) => x.id));
                const link = /<([^>]+)>; rel="next"/.exec(r.get('link'))?.[1];
                assert.equal(Boolean(link), r.json.next_after !== null);
                next = link && link.replace('/api/v1', '');
            }
            assert.equal(seen.length, all.total, path);
            assert.equal(new Set(seen).size, seen.length, path);
        }
    });

    test('links keep the rest of the query', async () => {
        const token = await closed.admin();
        const r = ok(await closed.call('GET', '/admin/orders?status=pending&per_page=1&after=0', { token }));
        assert.match(r.get('link'), /\/admin\/orders\?status=pending&per_page=1&after=\d+>; rel="next"/);
        const page = ok(await closed.call('GET', '/admin/orders?status=pending&per_page=1&page=2', { token })).get('link');
        for (const rel of ['first', 'prev', 'next', 'last']) assert.match(page, new RegExp(`status=pending&per_page=1&page=\\d+>; rel="${rel}"`));
    });
});
