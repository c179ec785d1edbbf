// Mail addresses that cannot be: whoever sends one is told so, clearly; it is counted and logged,
// nothing is changed.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';

import { ADDRESS, PASSWORD, STATE, ok, problem, shop, unique, uuid } from './lib/shop.mjs';

const BAD = [
    ['no @', 'nobody.example.com'],
    ['nothing before it', '@example.com'],
    ['nothing behind it', 'nobody@'],
    ['two of them', 'no@body@example.com'],
    ['a domain of one label', 'nobody@localhost'],
    ['a number for a domain', 'nobody@192.0.2.1'],
    ['an empty label', 'nobody@example..com'],
    ['a label that begins with a dash', 'nobody@-example.com'],
    ['a space', 'no body@example.com'],
    ['a second header', 'nobody@example.com\r\nBcc: all@example.com'],
    ['a control character', 'no\u0001body@example.com'],
    ['too long', `${'n'.repeat(250)}@example.com`],
    ['nothing at all', ''],
];

let product, user, token;
before(async () => {
    [product, user, token] = [await shop.product({ stock: 50 }), await shop.user(), await shop.admin()];
});

async function answered(route) {
    const text = await (await fetch(`${shop.url}/metrics`)).text();
    const line = `souk_http_requests_total{method="POST",route="${route}",status="422"} `;
    return Number(text.split('\n').find((l) => l.startsWith(line))?.slice(line.length) ?? 0);
}

// What must be as it was.
async function state() {
    const p = ok(await shop.call('GET', `/products/${product.id}`)).json;
    const me = ok(await shop.call('GET', '/me', { token: user.token })).json;
    return { stock: p.stock, email: me.email, verified: me.email_verified };
}

const places = [
    ['a guest’s order', '/orders', (email) => ({
        key: uuid(), cart: unique('guest-token-of-nobody'),
        json: { email, items: [{ sku: product.sku, quantity: 1 }], shipping_address: ADDRESS },
    })],
    ['a registration', '/register', (email) => ({ json: { email, password: PASSWORD, name: 'Nobody' } })],
    ['a forgotten password', '/password/forgot', (email) => ({ json: { email } })],
    ['another address for an account', '/me/email', (email) => ({
        token: user.token, json: { email, current_password: PASSWORD },
    })],
    ['somebody for the back office', '/admin/users', (email) => ({ token, json: { email, name: 'Nobody', role: 'staff' } })],
];

for (const [where, path, make] of places)
    describe(`in ${where}`, () => {
        for (const [what, email] of BAD)
            test(what, async () => {
                const [was, count] = [await state(), await answered(`/api/v1${path}`)];
                const o = make(email);
                const r = await shop.call('POST', path, o);
                problem(r, 422, undefined, ['/email']);
                assert.equal(await answered(`/api/v1${path}`), count + 1);
                assert.deepEqual(await state(), was);
                if (o.cart) assert.deepEqual(ok(await shop.call('GET', '/orders', { cart: o.cart })).json.items, []);
                const log = ['workers', 'orders'].map((l) => readFileSync(`${STATE}/log/${l}.log`, 'utf8')).join('');
                assert.match(log, new RegExp(` ${r.get('x-request-id')} http POST /api/v1${path} status=422 `));
            });
    });
