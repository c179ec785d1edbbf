// What every black-box test needs: the shop under test, calls to it, and what a proper
// refusal looks like. Knows the contract alone, nothing of the program's inside.
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

export const URL_ = (process.env.SOUK_URL ?? '').replace(/\/$/, '');
export const STATE = process.env.SOUK_TEST_STATE ?? '';
export const BIN = process.env.SOUK_BIN_DIR ?? '';
export const DATA = process.env.SOUK_TEST_DATA ?? '';
if (!URL_ || !STATE || !BIN)
    throw new Error('set SOUK_URL, SOUK_TEST_STATE and SOUK_BIN_DIR (scripts/test does)');

export const API = `${URL_}/api/v1`;
export const PASSWORD = 'Saffron-camel-42-lantern';
export const ADDRESS = {
    name: 'Amina Idrissi',
    line1: '12 Rue des Tanneurs',
    city: 'Fez',
    postal_code: '30110',
    country: 'MA',
};

export const unique = (prefix = 'x') => `${prefix}-${randomBytes(6).toString('hex')}`;
export const uuid = () => randomUUID();

// call('POST', '/cart', {json, token, cart, key, headers, body, base}): path below /api/v1
// unless it begins with the origin. The answer's body is read whole; `json` if it is JSON.
export async function call(method, path, o = {}) {
    const headers = { ...o.headers };
    if (o.token) headers.authorization = `Bearer ${o.token}`;
    if (o.cart) headers['x-cart-token'] = o.cart;
    if (o.key) headers['idempotency-key'] = o.key;
    if (o.match) headers['if-match'] = o.match;
    if (o.cookie) headers.cookie = o.cookie;
    let body = o.body;
    if (o.json !== undefined) {
        body = JSON.stringify(o.json);
        headers['content-type'] ??= 'application/json';
    }
    const url = path.startsWith('http') ? path : `${o.base ?? API}${path}`;
    const r = await fetch(url, { method, headers, body, redirect: 'manual' });
    const bytes = Buffer.from(await r.arrayBuffer());
    const text = bytes.toString('utf8');
    const type = r.headers.get('content-type') ?? '';
    return {
        status: r.status,
        headers: r.headers,
        get: (name) => r.headers.get(name),
        text,
        json: text && /^application\/(problem\+)?json/.test(type) ? JSON.parse(text) : undefined,
    };
}

// An answer's Set-Cookie headers; the fetch of Debian's Node.js joins them with commas.
export const setCookies = (headers) =>
    headers.getSetCookie?.() ?? (headers.get('set-cookie') ?? '').split(/, (?=[^;,\s]+=)/).filter(Boolean);

export function ok(r, status = 200) {
    assert.equal(r.status, status, `wanted ${status}, got ${r.status}: ${r.text.slice(0, 600)}`);
    return r;
}

// A refusal as the contract has it: status, type, title, the request's id, and for a bad
// field its pointer and code. Never a word of SQL, a path of the server, or a stack.
export function problem(r, status, slug, field) {
    const what = `${r.status} ${r.text.slice(0, 600)}`;
    assert.equal(r.status, status, `wanted ${status} ${slug ?? ''}, got ${what}`);
    assert.match(r.get('content-type') ?? '', /^application\/problem\+json/, what);
    const p = r.json;
    assert.match(p.type, /^\/problems\/[a-z0-9_]+$/, what);
    assert.equal(p.status, status, what);
    assert.ok(typeof p.title === 'string' && p.title.length > 0, what);
    assert.equal(p.instance, r.get('x-request-id'), what);
    assert.doesNotMatch(r.text, /SELECT |INSERT |UPDATE |mysql|mariadb|\.c:\d|\/tmp\/|stack/i);
    if (slug) assert.equal(p.type, `/problems/${slug}`, what);
    if (status === 401) assert.match(r.get('www-authenticate') ?? '', /^Bearer /, what);
    if (status === 405) assert.ok(r.get('allow'), 'a 405 without Allow');
    if (status === 429 || status === 503) assert.ok(r.get('retry-after'), 'no Retry-After');
    if (field) {
        const [pointer, code] = field;
        const hit = (p.errors ?? []).find((e) => e.pointer === pointer);
        assert.ok(hit, `no error at ${pointer}: ${what}`);
        if (code) assert.equal(hit.code, code, what);
        assert.ok(typeof hit.detail === 'string' && hit.detail.length > 0, what);
    }
    return p;
}

export async function poll(fn, ms, what) {
    const until = Date.now() + ms;
    for (;;) {
        const v = await fn();
        if (v) return v;
        if (Date.now() > until) assert.fail(`not within ${ms} ms: ${what}`);
        await new Promise((done) => setTimeout(done, 25));
    }
}

// A shop seen from outside: the one of scripts/test, or one that a test started itself.
export class Shop {
    constructor(url = URL_, state = STATE) {
        this.url = url;
        this.state = state;
        this.base = `${url}/api/v1`;
    }

    call(method, path, o = {}) {
        return call(method, path, { base: this.base, ...o });
    }

    async admin() {
        if (!this.adminToken) {
            const cred = JSON.parse(readFileSync(`${this.state}/admin.json`, 'utf8'));
            const r = ok(await this.call('POST', '/login', { json: cred }));
            assert.equal(r.json.user.role, 'admin');
            this.adminToken = r.json.access_token;
        }
        return this.adminToken;
    }

    async user(more = {}) {
        const email = `${unique('u')}@example.com`;
        const r = ok(
            await this.call('POST', '/register', {
                json: { email, password: PASSWORD, name: 'Test Person' },
                ...more,
            }),
            201,
        );
        return { email, ...r.json, token: r.json.access_token };
    }

    // A product of the test's own; `stock` of its one SKU, or `variants`.
    async product(more = {}) {
        const sku = unique('SKU');
        const r = ok(
            await this.call('POST', '/admin/products', {
                token: await this.admin(),
                json: {
                    sku,
                    name: `Thing ${sku}`,
                    price: { amount: 1999, currency: 'USD' },
                    stock: 10,
                    ...more,
                },
            }),
            201,
        );
        return { ...r.json, etag: r.get('etag') };
    }

    async stock(id) {
        return ok(await this.call('GET', `/products/${id}`)).json.stock;
    }

    // What somebody orders: by account when `token`, else as a guest by `cart` token.
    order(items, o = {}) {
        const { address, ...rest } = o;
        const json = { items, shipping_address: { ...ADDRESS, ...address } };
        if (!rest.token) json.email = 'guest@example.com';
        return this.call('POST', '/orders', { key: uuid(), ...rest, json: { ...json, ...rest.json } });
    }

    async placed(items, o = {}) {
        return ok(await this.order(items, o), 201).json;
    }

    pay(id, o = {}) {
        return this.call('POST', `/orders/${id}/pay`, { ...o, json: { method: 'simulated', ...o.json } });
    }
}

export const shop = new Shop();
