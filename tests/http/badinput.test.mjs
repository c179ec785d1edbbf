// The list of bad input. Each line gets its status and its problem, changes nothing, and
// leaves every worker alive. On a shop of its own, so that "nothing" can be counted.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { claimsOf, forge, raw, sql, startShop, verify, workerPids } from './lib/machine.mjs';
import { ADDRESS, PASSWORD, ok, problem, uuid } from './lib/shop.mjs';

let shop, pids, user, admin, product, order;

before(async () => {
    shop = await startShop();
    admin = await shop.admin();
    user = await shop.user();
    product = await shop.product();
    order = await shop.placed([{ sku: product.sku, quantity: 1 }], { token: user.token });
    pids = workerPids(shop.state);
    assert.ok(pids.length > 0);
});
after(async () => {
    const now = workerPids(shop.state);
    const v = await verify(shop.state);
    await shop.stop();
    assert.deepEqual(now, pids, 'a worker died on the way');
    assert.equal(v.code, 0, v.text);
});

// Everything a bad request could have changed: each row of each table, but for those in which
// souk-jobs goes on telling of what happened before (an event itself stands in order_event).
const TOLD = ['outbox', 'event_seen', 'mail', 'webhook_delivery', 'job_lease', 'relay_trial', 'tally'];
const tables = () => (tables.all ??=
    sql('SHOW TABLES', shop.state).split('\n').filter((t) => !TOLD.includes(t)).join());
const world = () => sql(`CHECKSUM TABLE ${tables()}`, shop.state);

// One refusal: nothing changed, nobody died.
async function refused(send, status, slug, field) {
    const before_ = world();
    const r = await send();
    const p = problem(r, status, slug, field);
    assert.equal(world(), before_, 'a refused request changed something');
    assert.deepEqual(workerPids(shop.state), pids, 'a worker died');
    return p;
}

const json = { 'content-type': 'application/json' };
const cart = (body, headers = json) => shop.call('POST', '/cart', { body, headers });
const good = () => ({ sku: product.sku, quantity: 1 });
const MEG = 1 << 20;

describe('JSON', () => {
    const nested = (n, open, close) => open.repeat(n) + close.repeat(n);
    for (const [what, body, status] of [
        ['an empty body', '', 400],
        ['spaces', '   ', 400],
        ['half an object', '{"sku":"a"', 400],
        ['two values', '{}{}', 400],
        ['a comma too many', '{"sku":"a",}', 400],
        ['a comment', '{"sku":"a"/**/}', 400],
        ['single quotes', "{'sku':'a'}", 400],
        ['NaN', '{"quantity":NaN}', 400],
        ['a leading zero', '{"quantity":01}', 400],
        ['a plus sign', '{"quantity":+1}', 400],
        ['hexadecimal', '{"quantity":0x1}', 400],
        ['a raw control character', '{"sku":"a\u0001"}', 400],
        ['an escaped NUL', '{"sku":"a\\u0000b","quantity":1}', 400],
        ['half a surrogate pair', '{"sku":"\\ud800","quantity":1}', 400],
        ['a bad escape', '{"sku":"\\x41"}', 400],
        ['a number beyond a double', '{"sku":"a","quantity":1e999}', 400],
        ['the same member twice', '{"sku":"a","quantity":1,"quantity":2}', 400],
        ['twice, once escaped', '{"sku":"a","quantity":1,"quantit\\u0079":2}', 400],
        ['100,000 arrays deep', nested(100000, '[', ']'), 400],
        ['10,000 objects deep', `${'{"a":'.repeat(10000)}1${'}'.repeat(10000)}`, 400],
        ['40 deep inside a member', `{"sku":${nested(40, '[', ']')}}`, 400],
        ['not UTF-8', Buffer.from('{"sku":"\xff\xfe","quantity":1}', 'latin1'), 400],
        ['overlong UTF-8', Buffer.from('{"sku":"\xc0\xaf","quantity":1}', 'latin1'), 400],
        ['UTF-16', Buffer.from('{"sku":"a","quantity":1}', 'utf16le'), 400],
        ['a byte order mark', '\ufeff{"sku":"a","quantity":1}', 400],
        ['a body of 1 MiB and one', `{"sku":"${'a'.repeat(MEG - 9)}"}`, 413],
        ['a body of 3 MiB', 'x'.repeat(3 * MEG), 413],
        ['an array', '[]', 422],
        ['a string', '"x"', 422],
        ['null', 'null', 422],
        ['a number', '1', 422],
    ])
        test(what, () => refused(() => cart(body), status));

    test('a body of exactly 1 MiB is read', () =>
        refused(() => cart(`{"sku":"${'a'.repeat(MEG - 10)}"}`), 422, undefined, ['/sku', 'too_long']));
});

describe('quantities', () => {
    for (const [what, q, code] of [
        ['missing', undefined, 'required'],
        ['null', 'null', undefined],
        ['zero', '0', 'out_of_range'],
        ['negative', '-1', 'out_of_range'],
        ['negative zero', '-0', 'out_of_range'],
        ['fractional', '1.5', 'wrong_type'],
        ['whole, written as a fraction', '1.0', 'wrong_type'],
        ['with an exponent', '1e0', 'wrong_type'],
        ['2^31', '2147483648', 'out_of_range'],
        ['2^32 and one', '4294967297', 'out_of_range'],
        ['2^63', '9223372036854775808', 'out_of_range'],
        ['2^64 and one', '18446744073709551617', 'out_of_range'],
        ['-2^63', '-9223372036854775808', 'out_of_range'],
        ['300 digits', '9'.repeat(300), 'out_of_range'],
        ['a string', '"1"', 'wrong_type'],
        ['true', 'true', 'wrong_type'],
        ['an array', '[1]', 'wrong_type'],
    ]) {
        const member = q === undefined ? '' : `,"quantity":${q}`;
        test(`${what} in the cart`, () =>
            refused(() => cart(`{"sku":"${product.sku}"${member}}`), 422, undefined, ['/quantity', code]));
        test(`${what} in an order`, () =>
            refused(
                () => shop.call('POST', '/orders', {
                    token: user.token,
                    key: uuid(),
                    headers: json,
                    body: `{"items":[{"sku":"${product.sku}"${member}}],"shipping_address":${JSON.stringify(ADDRESS)}}`,
                }),
                422, undefined, ['/items/0/quantity', code],
            ));
        if (q !== undefined && q !== '-1' && q !== '-9223372036854775808' && !/^2147/.test(q))
            test(`${what} as a movement of stock`, () =>
                refused(
                    () => shop.call('POST', `/admin/products/${product.id}/stock`, {
                        token: admin,
                        headers: json,
                        body: `{"reason":"x","delta":${q}}`,
                    }),
                    422, undefined, ['/delta'],
                ));
    }
});

describe('fields and types', () => {
    for (const [what, body, at] of [
        ['an unknown field', { colour: 'red' }, '/colour'],
        ['__proto__', JSON.parse('{"__proto__":{"role":"admin"}}'), '/__proto__'],
        ['an unknown field with a slash', { 'a/b~c': 1 }, '/a~1b~0c'],
        ['an object for a string', { sku: {} }, '/sku'],
        ['a number for a string', { sku: 5 }, '/sku'],
        ['an empty string', { sku: '' }, '/sku'],
        ['a string of 65', { sku: 'a'.repeat(65) }, '/sku'],
        ['a control character', { sku: 'a\u0007' }, '/sku'],
    ])
        test(what, () => refused(() => cart(JSON.stringify({ ...good(), ...body, ...(body.__proto__ ?? {}) }).replace('"role":"admin"', '"__proto__":{"role":"admin"}')), 422, undefined, [at]));

    test('every bad field is named at once', async () => {
        const p = await refused(
            () => shop.call('POST', '/register', { json: { email: 'x', password: 5, name: '', colour: 1 } }),
            422,
        );
        assert.deepEqual(p.errors.map((e) => e.pointer).sort(), ['/colour', '/email', '/name', '/password']);
    });

    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/jsonx', 'application/json; charset=iso-8859-1', 'application/merge-patch+json'])
        test(`Content-Type ${type}`, () =>
            refused(() => cart(JSON.stringify(good()), { 'content-type': type }), 415));
    test('no Content-Type', () =>
        refused(() => cart(Buffer.from(JSON.stringify(good())), {}), 415));
    test('Content-Type with a charset of UTF-8 is one', async () => {
        ok(await cart(JSON.stringify(good()), { 'content-type': 'Application/JSON; charset="UTF-8"' }), 201);
    });
});

describe('tokens', () => {
    const me = (jwt) => shop.call('GET', '/me', { token: jwt });
    const now = () => Math.floor(Date.now() / 1000);
    const of = () => claimsOf(user.token);
    const none = (c) =>
        `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${Buffer.from(JSON.stringify(c)).toString('base64url')}.`;

    test('the forger’s tools work: an unchanged token of our own making is taken', async () => {
        ok(await me(forge(of(), { state: shop.state })));
    });

    for (const [what, make] of [
        ['expired a second ago', () => forge({ ...of(), exp: now() - 1 }, { state: shop.state })],
        ['without exp', () => forge({ ...of(), exp: undefined }, { state: shop.state })],
        ['of another issuer', () => forge({ ...of(), iss: 'bazaar' }, { state: shop.state })],
        ['for another audience', () => forge({ ...of(), aud: 'elsewhere' }, { state: shop.state })],
        ['re-signed with another key', () => forge({ ...of(), role: 'admin' }, { key: Buffer.alloc(32, 7), state: shop.state })],
        ['re-signed with an empty key', () => forge(of(), { key: Buffer.alloc(0), state: shop.state })],
        ['of another kid', () => forge(of(), { header: { kid: 'other' }, state: shop.state })],
        ['without kid', () => forge(of(), { header: { kid: undefined }, state: shop.state })],
        ['alg none', () => none(of())],
        ['alg NONE, our signature', () => forge(of(), { header: { alg: 'NONE' }, state: shop.state })],
        ['alg HS512', () => forge(of(), { header: { alg: 'HS512' }, state: shop.state })],
        ['alg RS256', () => forge(of(), { header: { alg: 'RS256' }, state: shop.state })],
        ['with crit', () => forge(of(), { header: { crit: ['exp'] }, state: shop.state })],
        ['with a changed payload', () => {
            const [h, , s] = user.token.split('.');
            return `${h}.${Buffer.from(JSON.stringify({ ...of(), role: 'admin' })).toString('base64url')}.${s}`;
        }],
        ['with its signature cut', () => user.token.slice(0, -4)],
        ['without signature', () => user.token.replace(/[^.]*$/, '')],
        ['with four parts', () => `${user.token}.x`],
        ['of 8 KiB', () => 'a'.repeat(8000)],
        ['a refresh token', () => user.refresh_token],
        ['garbage', () => '💥'.length + '.%.\\'],
    ])
        test(what, async () => {
            await refused(() => me(make()), 401, 'invalid_token');
            // Where a guest may come in too, a bad token is no guest.
            await refused(() => shop.call('GET', '/cart', { token: make() }), 401, 'invalid_token');
            await refused(() => shop.call('GET', '/admin/orders', { token: make() }), 401);
        });

    for (const value of ['Basic dTpw', 'Bearer', 'Bearer ', 'bearer  x', 'Token abc'])
        test(`Authorization: ${value}`, () =>
            refused(() => shop.call('GET', '/me', { headers: { authorization: value } }), 401));
});

describe('another user’s ids', () => {
    for (const id of ['0', '-1', '01', '1e3', '9223372036854775808', 'null', "1' OR '1'='1", '%F0%9F%90%AA', '../1'])
        test(`order ${id}`, async () => {
            const token = user.token;
            const path = `/orders/${id.includes('%') ? id : encodeURIComponent(id)}`;
            await refused(() => shop.call('GET', path, { token }), 404);
            await refused(() => shop.call('POST', `${path}/pay`, { token, json: { method: 'simulated' } }), 404);
        });

    test('somebody else’s order, cart line and key', async () => {
        const other = await shop.user();
        const line = ok(await shop.call('POST', '/cart', { token: user.token, json: good() }), 201).json;
        const key = uuid();
        const mine = ok(await shop.order([good()], { token: user.token, key }), 201);
        const token = other.token;
        await refused(() => shop.call('GET', `/orders/${order.id}`, { token }), 404);
        await refused(() => shop.call('POST', `/orders/${order.id}/cancel`, { token }), 404);
        await refused(() => shop.pay(order.id, { token }), 404);
        await refused(() => shop.call('PUT', `/cart/${line.id}`, { token, json: { quantity: 5 } }), 404);
        await refused(() => shop.call('DELETE', `/cart/${line.id}`, { token }), 404);
        const theirs = ok(await shop.order([good()], { token, key }), 201);
        assert.notEqual(theirs.json.id, mine.json.id, 'a key is its user’s own');
    });
});

describe('passwords are not said twice', () => {
    test('nothing secret stands in any log', async () => {
        await shop.call('POST', '/login', { json: { email: user.email, password: `${PASSWORD}!` } });
        await shop.call('GET', '/me', { token: user.token });
        const { readFileSync, readdirSync } = await import('node:fs');
        for (const f of readdirSync(`${shop.state}/log`)) {
            const log = readFileSync(`${shop.state}/log/${f}`, 'utf8');
            for (const secret of [PASSWORD, user.token, user.refresh_token])
                assert.ok(!log.includes(secret), `a secret stands in ${f}`);
        }
    });
});

describe('on the wire', () => {
    const send = (lines, body = '', o = {}) =>
        raw(`${[...lines, 'Host: shop', 'Connection: close'].join('\r\n')}\r\n\r\n${body}`, { url: shop.url, ...o });
    const text = () => JSON.stringify(good());
    const POST = ['POST /api/v1/cart HTTP/1.1', 'Content-Type: application/json'];
    const length = (n) => [...POST, `Content-Length: ${n}`];
    const orderBody = () => JSON.stringify({ items: [good()], shipping_address: ADDRESS, email: 'g@example.com' });
    const orderHead = (n, ...more) => ['POST /api/v1/orders HTTP/1.1', ...POST.slice(1), `Content-Length: ${n}`, ...more];

    test('the tools work: an honest request and a chunked one are taken', async () => {
        ok(await send(length(text().length), text()), 201);
        const chunk = `${text().length.toString(16)}\r\n${text()}\r\n0\r\n\r\n`;
        ok(await send([...POST, 'Transfer-Encoding: chunked'], chunk), 201);
    });

    for (const [what, go, status] of [
        ['Content-Length shorter than the body', () => send(length(5), text()), 400],
        ['Content-Length -1', () => send(length(-1), text()), 400],
        ['Content-Length abc', () => send(length('abc'), text()), 400],
        ['Content-Length beyond 64 bits', () => send(length('9'.repeat(30)), text()), 400],
        ['Content-Length of 10 GB', () => send(length(1e10), text()), 413],
        ['two Content-Lengths', () => send([...length(5), `Content-Length: ${text().length}`], text()), 400],
        ['Content-Length and chunks', () => send([...length(5), 'Transfer-Encoding: chunked'], '0\r\n\r\n'), 400],
        ['chunks that are none', () => send([...POST, 'Transfer-Encoding: chunked'], 'zz\r\n{}\r\n'), 400],
        ['no length at all', () => send(POST), 400],
        ['two Hosts', () => send(['GET /api/v1/cart HTTP/1.1', 'Host: a']), 400],
        ['two Authorizations', () => send(['GET /api/v1/cart HTTP/1.1', 'Authorization: Bearer a', 'Authorization: Bearer b']), 400],
        ['two Idempotency-Keys', () => send(orderHead(orderBody().length, 'Idempotency-Key: a', 'Idempotency-Key: b'), orderBody()), 400],
        ['two Idempotency-Keys that agree', () => send(orderHead(orderBody().length, 'Idempotency-Key: a', 'Idempotency-Key: a'), orderBody()), 400],
        ['two X-Cart-Tokens', () => send(['GET /api/v1/cart HTTP/1.1', `X-Cart-Token: ${'a'.repeat(32)}`, `X-Cart-Token: ${'b'.repeat(32)}`]), 400],
        ['an Idempotency_Key in its place', () => send(orderHead(orderBody().length, 'Idempotency_Key: a'), orderBody()), 400],
        ['a header of 20 KiB', () => send(['GET /api/v1/cart HTTP/1.1', `X-Long: ${'a'.repeat(20000)}`]), 400],
        ['an address of 20 KiB', () => send([`GET /api/v1/products?q=${'a'.repeat(20000)} HTTP/1.1`]), 400],
        ['a path of 3 KiB', () => send([`GET /api/v1/products/${'a'.repeat(3000)} HTTP/1.1`]), 400],
        ['%zz in the path', () => send(['GET /api/v1/products/%zz HTTP/1.1']), 400],
        ['% at the end of the path', () => send(['GET /api/v1/products/a% HTTP/1.1']), 400],
        ['%00 in the path', () => send(['GET /api/v1/products/a%00b HTTP/1.1']), 400],
        ['%FF in the path', () => send(['GET /api/v1/products/%FF HTTP/1.1']), 400],
        ['%zz in the query', () => send(['GET /api/v1/products?q=%zz HTTP/1.1']), 400],
        ['%00 in the query', () => send(['GET /api/v1/products?q=a%00b HTTP/1.1']), 400],
        ['%FF in the query', () => send(['GET /api/v1/products?q=%FF HTTP/1.1']), 400],
        ['the same query field twice', () => send(['GET /api/v1/products?page=1&page=2 HTTP/1.1']), 422],
        ['a method nobody knows', () => send(['BREW /api/v1/cart HTTP/1.1']), 405],
        ['TRACE', () => send(['TRACE /api/v1/cart HTTP/1.1']), 405],
    ])
        test(what, () => refused(go, status));

    test('Content-Length longer than the body: no answer or 400, and nothing done', async () => {
        const was = world();
        const r = await send(length(text().length + 20), text(), { end: true });
        assert.ok([0, 400].includes(r.status), String(r.status));
        assert.equal(world(), was);
        assert.deepEqual(workerPids(shop.state), pids);
    });

    test('X_Cart_Token is nobody’s cart, and does not hide X-Cart-Token', async () => {
        const mine = ok(await shop.call('POST', '/cart', { json: good() }), 201).get('x-cart-token');
        const get = (...h) => send(['GET /api/v1/cart HTTP/1.1', ...h]);
        assert.deepEqual(ok(await get(`X_Cart_Token: ${mine}`)).json.items, []);
        for (const h of [[`X-Cart-Token: ${mine}`, `X_Cart_Token: ${'b'.repeat(32)}`], [`X_Cart_Token: ${'b'.repeat(32)}`, `X-Cart-Token: ${mine}`]])
            assert.equal(ok(await get(...h)).json.items.length, 1);
    });

    test('an X-Request-Id that is none is not repeated', async () => {
        for (const [id, same] of [['abc-123_X.y', true], ['a b', false], ['"<script>', false], ['x'.repeat(65), false]]) {
            const r = await send(['GET /api/v1/nothing HTTP/1.1', `X-Request-Id: ${id}`]);
            assert.equal(problem(r, 404).instance === id, same, id);
        }
    });
});
