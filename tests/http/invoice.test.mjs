// The invoice of a paid order: whose it is, when there is one, and that its sums are the order's.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';

import { PASSWORD, STATE, URL_, ok, setCookies, shop, unique } from './lib/shop.mjs';

const usd = (amount) => ({ amount, currency: 'USD' });
const made = [];
const admin = async (method, path, o = {}) =>
    shop.call(method, `/admin/${path}`, { token: await shop.admin(), ...o });
async function add(kind, json) {
    const r = ok(await admin('POST', kind, { json }), 201);
    made.unshift(`${kind}/${r.json.id}`);
    return r.json;
}
after(async () => {
    for (const path of made) await admin('DELETE', path, { match: '*' });
});

// As a browser asks: with the cookies of who signed in.
const page = (path, cookie) => shop.call('GET', `${URL_}${path}`, { cookie });
const cookies = (r) => setCookies(r.headers).map((c) => c.split(';')[0]).join('; ');
async function cookieOf({ email, password = PASSWORD }) {
    const form = ok(await page('/login'));
    const csrf = /name="csrf" value="([^"]+)"/.exec(form.text)[1];
    return cookies(ok(await shop.call('POST', `${URL_}/login`, {
        cookie: cookies(form),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ csrf, email, password }).toString(),
    }), 303));
}
const cents = (s) => Number(s.replace(/[^0-9]/g, ''));
// The cells of the rows of the n-th table.
const table = (html, n) =>
    [...[...html.matchAll(/<tbody>([^]*?)<\/tbody>/g)][n][1].matchAll(/<tr>([^]*?)<\/tr>/g)].map((r) =>
        [...r[1].matchAll(/<t[hd][^>]*>([^]*?)<\/t[hd]>/g)].map((c) => c[1].replace(/<[^>]*>/g, ' ').trim()));
const sum = (rows, at) => rows.reduce((n, r) => n + cents(r.at(at)), 0);

describe('an invoice', () => {
    let o, user;
    before(async () => {
        // Inclusive and exclusive rates at once: one for everything, one for a category.
        const books = unique('Books');
        const a = await shop.product({ price: usd(1999) });
        const b = await shop.product({ price: usd(101), category: [books] });
        await add('tax-rates', { country: 'MA', name: 'TVA', rate_ppm: 200000, inclusive: true });
        await add('tax-rates', { country: 'MA', category: books.toLowerCase(), name: 'Books', rate_ppm: 77000, inclusive: false });
        const zone = await add('shipping-zones', { name: 'Here', countries: ['*'] });
        await add('shipping-methods', { zone_id: zone.id, code: 'slow', name: 'Slow & sure', charge: usd(490) });
        const c = await add('coupons', { code: unique('I').toUpperCase(), kind: 'fixed', amount: usd(333) });
        user = await shop.user();
        user.cookie = await cookieOf(user);
        o = await shop.placed([{ sku: a.sku, quantity: 2 }, { sku: b.sku, quantity: 3 }], { token: user.token, json: { coupon: c.code } });
    });

    test('is there once the order is paid, for its buyer and the shop’s people alone', async () => {
        assert.equal((await page(`/orders/${o.id}/invoice`, user.cookie)).status, 409);
        ok(await shop.pay(o.id, { token: user.token }));
        assert.equal((await page(`/orders/${o.id}/invoice`, user.cookie)).status, 200);
        assert.equal((await page(`/orders/${o.id}/invoice`, await cookieOf(await shop.user()))).status, 404);
        assert.equal((await page(`/orders/${o.id}/invoice`)).status, 404);
        assert.equal((await page('/orders/1/invoice', user.cookie)).status, 404);
        assert.equal((await page(`/admin/orders/${o.id}/invoice`, user.cookie)).status, 403);
        const boss = await cookieOf(JSON.parse(readFileSync(`${STATE}/admin.json`, 'utf8')));
        assert.equal((await page(`/admin/orders/${o.id}/invoice`, boss)).status, 200);
    });

    test('adds up to what the order’s buyer paid, by line and by rate', async () => {
        const html = ok(await page(`/orders/${o.id}/invoice`, user.cookie)).text;
        const order = ok(await shop.call('GET', `/orders/${o.id}`, { token: user.token })).json;
        const [lines, taxes] = [table(html, 0), table(html, 1)];
        assert.equal(sum(lines, -1), order.total.amount);
        assert.equal(sum(taxes, -1), order.total.amount);
        assert.equal(sum(taxes, -2), sum(lines, -2));
        for (const r of [...lines, ...taxes])
            assert.equal(cents(r.at(-1)), cents(r.at(-2)) + cents(r.at(r.length > 4 ? -4 : -3)), r.join(' | '));
        assert.match(html, /Slow &amp; sure/);
        assert.match(ok(await page(`/orders/${o.id}`, user.cookie)).text, /Delivery · Slow &amp; sure/);
    });

    test('names what was given back', async () => {
        ok(await shop.call('POST', `/admin/orders/${o.id}/refund`, { token: await shop.admin(), json: { amount: usd(123), reason: 'late' } }));
        const html = ok(await page(`/orders/${o.id}/invoice`, user.cookie)).text;
        assert.match(html, /Given back [^<]*UTC<\/dt><dd>−\$1\.23/);
    });
});
