// The back office's pages of coupons, sales, tax rates, delivery zones and methods, endpoints, as a
// browser without JavaScript uses them. What they store is looked at through the API.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Browser, errorsOf, formOf, office } from './lib/browser.mjs';
import { PASSWORD, ok, shop, unique } from './lib/shop.mjs';

let boss, product;
const made = new Set();
const api = async (method, path, o = {}) => shop.call(method, `/admin/${path}`, { token: await shop.admin(), ...o });
const usd = (amount) => ({ amount, currency: 'USD' });
before(async () => {
    boss = await office();
    product = await shop.product({ category: [unique('Kept')] });
});
after(async () => {
    for (const path of [...made].reverse()) await api('DELETE', path, { match: '*' });
});

// The form at `from`, with `change` typed into it: values, arrays for boxes, null for a box
// that is taken out.
async function fill(from, action, change) {
    const page = ok(await boss.get(from));
    let pairs = formOf(page.text, action);
    for (const [name, v] of Object.entries(change)) {
        pairs = pairs.filter(([n]) => n !== name);
        for (const one of Array.isArray(v) ? v : v === null ? [] : [v]) pairs.push([name, one]);
    }
    return pairs;
}
const post = async (from, action, change) => boss.open('POST', action, await fill(from, action, change));
const list = async (kind) => ok(await api('GET', kind === 'sales' ? kind : `${kind}?per_page=100`)).json.items;
// What was added to a kind meanwhile, whole.
async function added(kind, fn) {
    const before = new Set((await list(kind)).map((o) => o.id));
    const r = ok(await fn(), 303);
    const fresh = (await list(kind)).filter((o) => !before.has(o.id));
    assert.equal(fresh.length, 1);
    made.add(`${kind}/${fresh[0].id}`);
    assert.equal(r.get('location'), `/admin/${kind}`);
    assert.match(ok(await boss.get(`/admin/${kind}`)).text, /note--success/);
    return fresh[0];
}
const create = (kind, typed) => added(kind, () => post(`/admin/${kind}/new`, `/admin/${kind}`, typed));
const only = (o, like) => Object.fromEntries(Object.keys(like).map((k) => [k, o[k]]));
async function unchanged(kind, o) {
    const now = ok(await api('GET', `${kind}/${o.id}`)).json;
    assert.deepEqual(now, o);
}

const code = unique('kept').toUpperCase();
const kinds = {
    coupons: {
        typed: {
            code: code.toLowerCase(), kind: 'percent', rate_ppm: '7.5', amount: 'not looked at', minimum: '20',
            starts_at: '2031-01-02T03:04', ends_at: '2031-02-02 03:04:05', limit_total: '500', active: null,
        },
        stored: {
            code, kind: 'percent', rate_ppm: 75000, amount: null, minimum: usd(2000), starts_at: '2031-01-02T03:04:00.000Z',
            ends_at: '2031-02-02T03:04:05.000Z', limit_total: 500, limit_per_account: null, active: false,
        },
        shows: [code, '7.5 %', '0 of 500', 'Switched off'],
        change: { kind: 'fixed', amount: '5.5', limit_total: '', ends_at: '' },
        changed: { kind: 'fixed', rate_ppm: null, amount: usd(550), minimum: usd(2000), limit_total: null, ends_at: null },
        wrong: { code: 'no blanks please', kind: 'fixed', amount: '12.345', minimum: 'much', ends_at: 'tomorrow', limit_total: '2.5' },
        errors: ['amount', 'ends_at', 'limit_total', 'minimum'],
        empty: ['code', 'kind'],
    },
    sales: {
        typed: () => ({
            name: 'Kept <b>sale', starts_at: '2031-01-02T03:04', ends_at: '2031-01-09T03:04', hold_s: '1:30', max_units: '2',
            products: `${product.sku}\r\n\r\n ${product.sku} `, categories: [product.category_path],
        }),
        stored: () => ({
            name: 'Kept <b>sale', starts_at: '2031-01-02T03:04:00.000Z', ends_at: '2031-01-09T03:04:00.000Z', hold_s: 90,
            max_units: 2, products: [product.id], categories: [product.category_path],
        }),
        shows: ['Kept &lt;b&gt;sale', '1 product', '1 category', '1:30 min', 'To come'],
        change: { hold_s: '5', max_units: '', products: '', categories: null },
        changed: { hold_s: 300, max_units: null, products: [], categories: [] },
        wrong: { name: 'x', starts_at: '2031-01-02T03:04', ends_at: '2031-01-01T00:00', hold_s: 'long', products: 'NO-SUCH-SKU' },
        errors: ['hold_s', 'products'],
        empty: ['ends_at', 'hold_s', 'name', 'starts_at'],
    },
    'tax-rates': {
        typed: { country: 'FJ', name: 'VAT', rate_ppm: '12.5', inclusive: '1' },
        stored: { country: 'FJ', category: null, name: 'VAT', rate_ppm: 125000, inclusive: true },
        shows: ['Fiji', 'All other goods', '12.5 %', 'in the price'],
        change: { rate_ppm: '9', inclusive: null },
        changed: { rate_ppm: 90000, inclusive: false },
        wrong: { country: 'FJ', name: 'x', rate_ppm: '101' },
        errors: ['rate_ppm'],
        empty: ['country', 'name', 'rate_ppm'],
    },
    'shipping-zones': {
        typed: { name: 'Far', countries: ['FJ', 'TO'] },
        stored: { name: 'Far', countries: ['FJ', 'TO'] },
        shows: ['Far', 'Fiji, Tonga'],
        change: { name: 'Farther', countries: ['FJ', 'TO', 'WS'] },
        changed: { name: 'Farther', countries: ['FJ', 'TO', 'WS'] },
        wrong: { name: 'x', countries: ['XX'] },
        errors: ['countries'],
        empty: ['countries', 'name'],
    },
    'shipping-methods': {
        typed: async () => ({ name: 'By raft', code: 'raft', zone_id: (await zone()).id, position: '3', charge: '7', free_from: '100.50' }),
        stored: async () => ({
            name: 'By raft', code: 'raft', zone_id: (await zone()).id, position: 3, charge: usd(700), free_from: usd(10050), max_order: null,
        }),
        shows: ['By raft', 'raft', '$7.00', 'free from $100.50'],
        change: { free_from: '', max_order: '1000' },
        changed: { free_from: null, max_order: usd(100000) },
        wrong: { name: 'x', code: 'A B', charge: '-1', position: 'first', zone_id: async () => (await zone()).id },
        errors: ['charge', 'position'],
        empty: ['charge', 'code', 'name', 'position', 'zone_id'],
    },
    'webhook-endpoints': {
        typed: { url: 'https://hooks.example.com/kept?a=<1>', events: ['order.paid', 'order.shipped'], active: null },
        stored: { url: 'https://hooks.example.com/kept?a=<1>', events: ['order.paid', 'order.shipped'], active: false },
        shows: ['https://hooks.example.com/kept?a=&lt;1&gt;', 'order.paid, order.shipped', 'Switched off'],
        change: { events: ['order.paid', '*'] },
        changed: { events: ['*'], active: false },
        wrong: { url: 'ftp://example.com/', events: ['order.eaten'] },
        errors: ['events', 'url'],
        empty: ['events', 'url'],
    },
};
const zone = async () => (await list('shipping-zones')).find((z) => z.name === 'Farther');
const of = async (v) => (typeof v === 'function' ? v() : v);

for (const [kind, k] of Object.entries(kinds))
    describe(kind, () => {
        let o;
        test('what is typed is stored, and stands in the list', async () => {
            o = await create(kind, await of(k.typed));
            const want = await of(k.stored);
            assert.deepEqual(only(o, want), want);
            const page = ok(await boss.get(`/admin/${kind}`)).text;
            for (const text of k.shows) assert.ok(page.includes(text), `${text} is not in the list`);
        });

        test('the form of what is stored, sent back as it is, changes nothing but the version', async () => {
            ok(await post(`/admin/${kind}/${o.id}`, `/admin/${kind}/${o.id}`, {}), 303);
            const now = ok(await api('GET', `${kind}/${o.id}`)).json;
            assert.deepEqual({ ...now, version: 0, updated_at: 0 }, { ...o, version: 0, updated_at: 0 });
            assert.equal(now.version, o.version + 1);
        });

        test('a change changes what it names, and what is emptied is gone', async () => {
            ok(await post(`/admin/${kind}/${o.id}`, `/admin/${kind}/${o.id}`, k.change), 303);
            o = ok(await api('GET', `${kind}/${o.id}`)).json;
            assert.deepEqual(only(o, k.changed), k.changed);
        });

        test('a stale form is refused, kept, and can then be saved', async () => {
            const at = `/admin/${kind}/${o.id}`;
            const stale = await fill(at, at, {});
            ok(await post(at, at, {}), 303);
            const r = ok(await boss.open('POST', at, stale), 409);
            assert.match(r.text, /Someone else has changed it meanwhile/);
            const again = formOf(r.text, at);
            const strip = (pairs) => pairs.filter(([n]) => !['csrf', 'version'].includes(n));
            assert.deepEqual(strip(again), strip(stale));
            ok(await boss.open('POST', at, again), 303);
            o = ok(await api('GET', `${kind}/${o.id}`)).json;
        });

        test('what cannot be is told beside its field, and what was typed stays', async () => {
            const typed = {};
            for (const [n, v] of Object.entries(k.wrong)) typed[n] = await of(v);
            const r = ok(await post(`/admin/${kind}/new`, `/admin/${kind}`, typed), 422);
            const wrong = errorsOf(r.text);
            assert.deepEqual(Object.keys(wrong).sort(), k.errors);
            for (const n of k.errors) {
                assert.match(r.text, new RegExp(`aria-describedby="err-${n}[" ]`));
                assert.doesNotMatch(wrong[n], /_ppm|_s\b|starts_at|undefined/);
            }
            const again = new Map(formOf(r.text, `/admin/${kind}`));
            for (const [n, v] of Object.entries(typed)) if (!Array.isArray(v)) assert.equal(again.get(n), v, n);
        });

        test('an empty form is told what it needs', async () => {
            const page = ok(await boss.get(`/admin/${kind}/new`));
            const csrf = formOf(page.text, `/admin/${kind}`).filter(([n]) => n === 'csrf');
            const r = ok(await boss.open('POST', `/admin/${kind}`, csrf), 422);
            assert.deepEqual(Object.keys(errorsOf(r.text)).sort(), k.empty);
        });

        test('nothing is deleted by a stale form, and a fresh one deletes', async () => {
            if (kind === 'shipping-zones') return; /* a method needs it: see below */
            const at = `/admin/${kind}/${o.id}`;
            const stale = await fill(at, `${at}/delete`, {});
            ok(await post(at, at, {}), 303);
            assert.match(ok(await boss.open('POST', `${at}/delete`, stale), 409).text, /look at it again/);
            ok(await api('GET', `${kind}/${o.id}`));
            ok(await post(at, `${at}/delete`, {}), 303);
            ok(await api('GET', `${kind}/${o.id}`), 404);
            ok(await boss.get(at), 404);
            ok(await boss.open('POST', `${at}/delete`, stale), 404);
        });
    });

describe('all of them', () => {
    test('a zone that methods deliver in stays, with the reason', async () => {
        const z = await zone();
        const m = await create('shipping-methods', { name: 'Boat', code: 'boat', zone_id: z.id, charge: '1' });
        const at = `/admin/shipping-zones/${z.id}`;
        assert.match(ok(await post(at, `${at}/delete`, {}), 409).text, /remove them first/);
        ok(await api('DELETE', `shipping-methods/${m.id}`, { match: '*' }), 204);
        ok(await post(at, `${at}/delete`, {}), 303);
    });

    test('a code that is taken is told beside it', async () => {
        const c = await create('coupons', { code: unique('twice'), kind: 'free_shipping' });
        const r = ok(await post('/admin/coupons/new', '/admin/coupons', { code: c.code, kind: 'free_shipping' }), 409);
        assert.deepEqual(Object.keys(errorsOf(r.text)), ['code']);
    });

    test('a limit below what is in use is refused', async () => {
        const c = await create('coupons', { code: unique('used'), kind: 'percent', rate_ppm: '10' });
        const buyer = await shop.user();
        for (let i = 0; i < 2; i++)
            await shop.placed([{ sku: product.sku, quantity: 1 }], { token: buyer.token, json: { coupon: c.code } });
        const at = `/admin/coupons/${c.id}`;
        const r = ok(await post(at, at, { limit_total: '1' }), 422);
        assert.match(errorsOf(r.text).limit_total, /2 orders hold it already/);
        assert.match(ok(await post(at, `${at}/delete`, {}), 409).text, /make it inactive instead/);
        made.delete(`coupons/${c.id}`);
        ok(await post(at, at, { active: null }), 303);
    });

    test('a coupon made on its page takes its share off an order', async () => {
        const c = await create('coupons', { code: unique('share'), kind: 'percent', rate_ppm: '10' });
        const o = await shop.placed([{ sku: product.sku, quantity: 1 }], { json: { coupon: c.code } });
        assert.equal(o.discount.amount, 200);
        made.delete(`coupons/${c.id}`);
    });

    test('an endpoint’s key is shown once, when it is made and when it is made anew', async () => {
        const shown = async () => /shown this once: (whsec_[\w-]{40,})/.exec(ok(await boss.get('/admin/webhook-endpoints')).text)?.[1];
        const form = await fill('/admin/webhook-endpoints/new', '/admin/webhook-endpoints', { url: 'https://hooks.example.com/key', active: null });
        assert.ok(!form.some(([n]) => n === 'rotate_secret'));
        ok(await boss.open('POST', '/admin/webhook-endpoints', form), 303);
        const o = (await list('webhook-endpoints')).find((e) => e.url.endsWith('/key'));
        made.add(`webhook-endpoints/${o.id}`);
        const first = await shown();
        assert.ok(first);
        assert.equal(await shown(), undefined);
        const at = `/admin/webhook-endpoints/${o.id}`;
        ok(await post(at, at, { url: 'https://hooks.example.com/moved' }), 303);
        assert.equal(await shown(), undefined);
        ok(await post(at, at, { rotate_secret: 'true' }), 303);
        const second = await shown();
        assert.ok(second && second !== first);
        assert.match(ok(await boss.get('/admin/mails')).text, /href="\/admin\/webhook-endpoints"/);
    });

    test('a change without the token, or by a customer, is refused', async () => {
        const c = await create('coupons', { code: unique('mine'), kind: 'free_shipping' });
        const at = `/admin/coupons/${c.id}`;
        const form = (await fill(at, at, {})).filter(([n]) => n !== 'csrf');
        ok(await boss.open('POST', at, form), 403);
        const b = new Browser();
        ok(await b.send('/register', '/register', { email: `${unique('k')}@example.com`, password: PASSWORD, name: 'K' }), 303);
        for (const kind of Object.keys(kinds)) {
            ok(await b.get(`/admin/${kind}`), 403);
            ok(await b.get(`/admin/${kind}/new`), 403);
        }
        await unchanged('coupons', c);
    });
});
