// The big list of naughty strings through every text field, and back unchanged; on the HTML
// pages they are text and nothing else.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';

import { verify, workerPids } from './lib/machine.mjs';
import { ADDRESS, DATA, URL_, call, ok, problem, shop } from './lib/shop.mjs';

const skip = DATA ? false : 'SOUK_TEST_DATA is unset';
if (skip) console.log(`skipped: naughty strings (${skip})`);
const strings = skip ? [] : JSON.parse(readFileSync(`${DATA}/input/blns.json`, 'utf8'));

const trim = (s) => s.replace(/^[ \t\r\n\v\f]+|[ \t\r\n\v\f]+$/g, '');
const control = (s) => /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/.test(s);
const oneLine = (s) => !/[\u0000-\u001f\u007f]/.test(trim(s));
const chars = (s) => [...s].length;
// A required one-line text of at most `max` characters.
const fits = (s, max) => !control(s) && trim(s) !== '' && chars(trim(s)) <= max;

const unescape = (html) =>
    html.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(amp|lt|gt|quot|apos));/gi, (_, d, x, n) =>
        n
            ? { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }[n]
            : String.fromCodePoint(d ? Number(d) : parseInt(x, 16)),
    );

// All strings, `at` at a time: `each(s)` tells whether s was to be taken.
async function all(each, at = 8) {
    const queue = [...strings];
    let taken = 0;
    await Promise.all(
        Array.from({ length: at }, async () => {
            for (let s = queue.pop(); s !== undefined; s = queue.pop())
                try {
                    if (await each(s)) taken++;
                } catch (e) {
                    e.message = `${JSON.stringify(s)}: ${e.message}`;
                    throw e;
                }
        }),
    );
    assert.ok(taken > 300, `only ${taken} were taken`);
}
// Accepted and unchanged, or refused at the field.
function either(r, good, status, pointer, back, want) {
    if (!good) return void problem(r, 422, undefined, [pointer]);
    assert.equal(back(ok(r, status).json), want);
    return true;
}

describe('naughty strings', { skip }, () => {
    let admin, user, pids;
    before(async () => {
        admin = await shop.admin();
        user = await shop.user();
        pids = workerPids();
    });

    test('as the name of an account', () =>
        all(async (s) =>
            either(
                await shop.call('PATCH', '/me', { token: user.token, json: { name: s } }),
                fits(s, 200), 200, '/name', (j) => j.name, trim(s),
            ),
            1, // one account
        ));

    test('as name and description of a product, and on its page', () =>
        all(async (s) => {
            const json = { name: s, description: s, sku: `N-${Math.random()}`, price: { amount: 1, currency: 'USD' } };
            const r = await shop.call('POST', '/admin/products', { token: admin, json });
            if (!either(r, fits(s, 500), 201, '/name', (j) => j.name, trim(s))) return false;
            assert.equal(r.json.description, trim(s));
            const again = ok(await shop.call('GET', `/products/${r.json.id}`)).json;
            assert.deepEqual([again.name, again.description], [trim(s), trim(s)]);
            const page = ok(await call('GET', `${URL_}/products/${encodeURIComponent(r.json.slug)}`));
            const [, h1] = /<h1 class="product__name">([^]*?)<\/h1>/.exec(page.text);
            assert.ok(!h1.includes('<'), 'a tag of its own on the page');
            assert.equal(unescape(h1), trim(s));
            assert.doesNotMatch(page.text.replace(/"[^"]*"/g, '""'), /<[^>]*\son\w+=/i, 'a handler on the page');
            return true;
        }));

    test('as brand, category, variant, option, attribute', async () => {
        const usd = { amount: 1, currency: 'USD' };
        await all(async (s) => {
            const t = trim(s);
            if (!fits(s, 60) || t.includes('/')) return false;
            const sku = `N-${Math.random()}`;
            const r = await shop.call('POST', '/admin/products', {
                token: admin,
                json: {
                    sku, name: 'n', price: usd, brand: s, category: ['Naughty', s],
                    variants: [{ sku, name: s, options: { [t]: s } }],
                    attributes: { [t]: s },
                },
            });
            if (r.status === 422 && r.json.errors.every((e) => e.pointer.startsWith('/category'))) return false;
            const j = ok(r, 201).json;
            assert.equal(j.brand.toLowerCase(), t.toLowerCase());
            assert.equal(j.variants[0].name, t);
            assert.equal(trim(Object.values(j.variants[0].options)[0]), t);
            assert.deepEqual(j.attributes.map((a) => [a.name, trim(a.value)]), [[t, t]]);
            return true;
        });
    });

    test('as an address, a carrier and a reason', async () => {
        const p = await shop.product({ stock: 600 });
        await all(async (s) => {
            const address = { ...ADDRESS, name: s, line1: s, line2: s, city: s.slice(0, 90), region: s.slice(0, 90) };
            const r = await shop.order([{ sku: p.sku, quantity: 1 }], { token: user.token, address });
            const good = fits(s, 200) && oneLine(s) && fits(s.slice(0, 90), 120) && s.slice(0, 90).isWellFormed?.() !== false;
            if (!good) {
                assert.ok([400, 422].includes(r.status), r.text);
                return false;
            }
            const a = ok(r, 201).json.shipping_address;
            assert.deepEqual([a.name, a.line1, a.line2], [trim(s), trim(s), trim(s)]);
            assert.deepEqual([a.city, a.region], [trim(s.slice(0, 90)), trim(s.slice(0, 90))]);
            return true;
        });
        const o = await shop.placed([{ sku: p.sku, quantity: 1 }], { token: user.token });
        ok(await shop.pay(o.id, { token: user.token }));
        const nasty = '"><script>alert(1)</script>{{csrf}}{{{x}}}';
        ok(await shop.call('POST', `/admin/orders/${o.id}/ship`, { token: admin, json: { carrier: nasty, tracking: nasty } }));
        const seen = ok(await shop.call('GET', `/orders/${o.id}`, { token: user.token })).json.shipment;
        assert.deepEqual([seen.carrier, seen.tracking], [nasty, nasty]);
        const page = ok(await call('GET', `${URL_}/orders/${o.id}`, { token: user.token })).text;
        assert.ok(!page.includes('<script>alert') && unescape(page).includes(nasty));
    });

    test('as what is searched for, by API and page', () =>
        all(async (s) => {
            const q = encodeURIComponent(s.isWellFormed?.() === false ? '' : s);
            const r = await shop.call('GET', `/products?q=${q}&per_page=1`);
            const page = await call('GET', `${URL_}/search?q=${q}`);
            if (control(s) || chars(trim(s)) > 200) {
                assert.ok([400, 422].includes(r.status), r.text);
                assert.ok([400, 422].includes(page.status), String(page.status));
                return false;
            }
            ok(r);
            ok(page);
            const [, value] = /<input class="search__input"[^>]* value="([^"]*)"/.exec(page.text);
            assert.equal(unescape(value), trim(s));
            return true;
        }));

    test('and nobody died, and the books are right', async () => {
        assert.deepEqual(workerPids(), pids);
        const v = await verify();
        assert.equal(v.code, 0, v.text);
    });
});
