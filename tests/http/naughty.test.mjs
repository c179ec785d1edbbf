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
async function all(each, at = 8, list = strings) {
    const queue = [...list];
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
    assert.ok(taken > list.length * 0.58, `only ${taken} of ${list.length} were taken`);
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

    // All text fields of one object at a time; what is kept is what was sent.
    test('as every other text that the back office and the address book keep', async () => {
        const doc = ok(await shop.call('GET', '/openapi.json')).json;
        const made = async (path, json, token = admin) => ({ path: `${path}/${ok(await shop.call('POST', path, { token, json }), 201).json.id}`, token });
        const day = (d) => new Date(Date.now() + d * 86400000).toISOString();
        const product = await shop.product();
        const zone = await made('/admin/shipping-zones', { name: 'n', countries: ['TV'] });
        const money = { amount: 1, currency: 'USD' };
        const all_ = [
            [{ ...zone }, 'PATCH', ['name']],
            [await made('/admin/shipping-methods', { zone_id: zone.path.split('/').pop(), code: 'naughty', name: 'n', charge: money }), 'PATCH', ['name']],
            [await made('/admin/tax-rates', { country: 'TV', name: 'n', rate_ppm: 1 }), 'PATCH', ['name']],
            [await made('/admin/sales', { name: 'n', starts_at: day(40), ends_at: day(41), hold_s: 60, products: [product.id] }), 'PATCH', ['name']],
            [await made('/me/addresses', ADDRESS, user.token), 'PUT', ['name', 'line1', 'line2', 'city', 'region', 'postal_code'], ADDRESS],
        ];
        // The kinds of the back office share the strings, but for a long run (scripts/test --long).
        const share = (i) => (process.env.SOUK_LONG || i > 3 ? strings : strings.filter((_, k) => k % 4 === i));
        await Promise.all(all_.map(async ([{ path, token }, method, names, base], i) => {
            const template = path.replace(/\d+$/, '{id}');
            const ref = doc.paths[template][method.toLowerCase()].requestBody.content['application/json'].schema.$ref;
            const { properties } = doc.components.schemas[ref.split('/').pop()];
            const texts = Object.entries(properties).filter(([, p]) => [p.type].flat().includes('string') && !p.format && !p.pattern && !p.enum).map(([n]) => n);
            for (const n of names) assert.ok(texts.includes(n), `${template}: ${texts.join()} has no ${n}`);
            await all(async (s) => {
                const t = (n) => [...trim(s)].slice(0, properties[n].maxLength ?? 40).join('');
                const json = { ...base, ...Object.fromEntries(names.map((n) => [n, t(n)])) };
                const r = await shop.call(method, path, { token, match: '*', json });
                if (r.status === 422) {
                    assert.ok(!fits(s, 1e9) || !oneLine(s) || r.json.errors.every((e) => e.pointer !== '/name'), r.text);
                    return false;
                }
                for (const n of names) assert.equal(ok(r).json[n], trim(t(n)), n);
                return true;
            }, 1, share(i));
        }));
        for (const [{ path, token }] of all_.reverse()) ok(await shop.call('DELETE', path, { token, match: '*' }), 204);
    });

    test('and nobody died, and the books are right', async () => {
        assert.deepEqual(workerPids(), pids);
        const v = await verify();
        assert.equal(v.code, 0, v.text);
    });
});
