// The pages as a browser without JavaScript gets them: status, headers, forms, errors, files.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { Browser, csrfOf } from './lib/browser.mjs';
import { raw } from './lib/machine.mjs';
import { ADDRESS, PASSWORD, URL_, call, ok, setCookies, shop, unique } from './lib/shop.mjs';

const keyOf = (html) => /name="idempotency_key" value="([^"]+)"/.exec(html)[1];
const registered = async () => {
    const b = new Browser();
    b.email = `${unique('p')}@example.com`;
    ok(await b.send('/register', '/register', { email: b.email, password: PASSWORD, name: 'Page Reader' }), 303);
    return b;
};

let product, category, guest, user, order;
before(async () => {
    product = await shop.product({ name: 'Page <b>&amp; lamp', category: ['Pages', 'Lamps'], description: 'x'.repeat(2000) });
    category = product.category_path;
    guest = new Browser();
    ok(await guest.send(`/products/${product.slug}`, '/cart/add', { sku: product.sku, quantity: 1 }), 303);
    user = await registered();
    ok(await user.send(`/products/${product.slug}`, '/cart/add', { sku: product.sku, quantity: 1 }), 303);
    const page = ok(await user.get('/checkout')).text;
    const key = /name="idempotency_key" value="([^"]+)"/.exec(page)[1];
    const r = ok(await user.open('POST', '/checkout', { csrf: csrfOf(page), idempotency_key: key, action: 'place', ...ADDRESS }), 303);
    order = r.get('location').replace(/\?.*/, '');
});

// Everything a page must have, whatever stands on it.
function sound(r, status = 200) {
    ok(r, status);
    assert.match(r.get('content-type'), /^text\/html; ?charset=utf-8$/i);
    const csp = r.get('content-security-policy');
    assert.match(csp, /default-src 'none'|default-src 'self'/);
    assert.match(csp, /frame-ancestors 'none'/);
    assert.doesNotMatch(csp, /unsafe-inline|unsafe-eval|script-src[^;]*(\*|data:|http)/);
    assert.equal(r.get('x-content-type-options'), 'nosniff');
    assert.equal(r.get('x-frame-options'), 'DENY');
    assert.ok(r.get('referrer-policy'));
    assert.ok(r.get('x-request-id'));
    const html = r.text;
    assert.match(html, /^<!doctype html>/i);
    assert.match(html, /<html lang="[a-z-]+">/);
    assert.match(html, /<title>[^<]+<\/title>/);
    assert.match(html, /<meta name="viewport"/);
    assert.match(html, /<main/);
    assert.doesNotMatch(html, /\{\{[#^\/>{&]?[a-z_.]+\}\}/, 'an unfilled template');
    const bare = html.replace(/"[^"]*"/g, '""');
    assert.doesNotMatch(bare, /<style|<[^>]*\s(style|on[a-z]+)=/i, 'something inline');
    assert.doesNotMatch(html, /="javascript:/i);
    for (const [tag] of html.matchAll(/<script\b[^>]*>/g)) assert.match(tag, /\ssrc="\/static\//);
    for (const [form] of html.matchAll(/<form\b[^>]*method="post"[^]*?<\/form>/g))
        assert.match(form, /name="csrf" value="[^"]{20,}"/, 'a form without its token');
    for (const [, url] of html.matchAll(/(?:src|href)="(\/static\/[^"#]+)/g))
        assert.match(url, /\.[0-9a-f]{8}\.\w+$/, `no hash in ${url}`);
    const cc = r.get('cache-control') ?? '';
    assert.ok(/private|no-store/.test(cc) && /no-cache|no-store/.test(cc), cc);
}

describe('every page', () => {
    for (const [what, who, path] of [
        ['home', () => guest, () => '/'],
        ['a category', () => guest, () => `/categories/${category}`],
        ['a top category', () => guest, () => `/categories/${category.split('/')[0]}`],
        ['a category, filtered and sorted', () => guest, () => `/categories/${category}?sort=price&min_price=1&in_stock=1&page=1`],
        ['a product', () => guest, () => `/products/${product.slug}`],
        ['search', () => guest, () => '/search?q=lamp'],
        ['search for nothing', () => guest, () => '/search?q='],
        ['search without a find', () => guest, () => '/search?q=qqxxzz'],
        ['an empty cart', () => new Browser(), () => '/cart'],
        ['a cart', () => guest, () => '/cart'],
        ['checkout', () => guest, () => '/checkout'],
        ['login', () => guest, () => '/login'],
        ['register', () => guest, () => '/register'],
        ['the account', () => user, () => '/account'],
        ['an order', () => user, () => order],
        ['the checkout of somebody signed in', () => (user.send(`/products/${product.slug}`, '/cart/add', { sku: product.sku, quantity: 1 })).then(() => user), () => '/checkout'],
    ])
        test(what, async () => {
            const r = await (await who()).get(path());
            sound(r);
            if (what === 'a product') assert.ok(r.text.includes('Page &lt;b&gt;&amp;amp; lamp'));
        });

    test('the admin’s, for an admin alone', async () => {
        const paths = ['/admin/', '/admin/products', '/admin/products/new', '/admin/products/import', `/admin/products/${product.id}`, '/admin/orders', `/admin${order}`];
        const boss = new Browser();
        const { readFileSync } = await import('node:fs');
        const cred = JSON.parse(readFileSync(`${shop.state}/admin.json`, 'utf8'));
        ok(await boss.send('/login', '/login', cred), 303);
        for (const path of paths) {
            sound(await boss.get(path));
            const r = ok(await new Browser().get(path), 303);
            assert.match(r.get('location'), /\/login\?next=/);
            ok(await user.get(path), 403);
        }
        ok(await user.open('POST', `/admin/products/${product.id}/archive`, { csrf: 'x' }), 403);
        ok(await shop.call('GET', `/products/${product.id}`));
    });

    test('an account’s page sends a guest to sign in and back', async () => {
        const r = ok(await new Browser().get('/account'), 303);
        const to = new URL(r.get('location'), URL_);
        assert.deepEqual([to.pathname, to.searchParams.get('next')], ['/login', '/account']);
        const b = await registered();
        await b.send('/account', '/logout', {});
        for (const [next, want] of [['/account', '/account'], ['//evil.example/x', '/'], ['https://evil.example/', '/'], ['/\\evil.example', '/']]) {
            const x = new Browser();
            const back = ok(await x.send('/login', '/login', { email: b.email, password: PASSWORD, next }), 303);
            const at = new URL(back.get('location'), URL_);
            assert.equal(at.origin, new URL(URL_).origin, next);
            if (want === '/account') assert.equal(at.pathname, want);
        }
    });
});

describe('forms', () => {
    const forms = () => [
        ['/cart/add', { sku: product.sku, quantity: 1 }],
        ['/cart/update', { item_id: 1, quantity: 1 }],
        ['/cart/remove', { item_id: 1 }],
        ['/login', { email: user.email, password: PASSWORD }],
        ['/register', { email: `${unique('n')}@example.com`, password: PASSWORD, name: 'N' }],
        ['/logout', {}],
        ['/checkout', { idempotency_key: 'k', action: 'place', ...ADDRESS }],
        [`${order}/pay`, { outcome: 'approve' }],
        [`${order}/cancel`, {}],
    ];
    test('without their token, with a wrong one, with another browser’s: 403', async () => {
        const other = csrfOf(ok(await new Browser().get('/login')).text);
        for (const [path, form] of forms())
            for (const token of [{}, { csrf: '' }, { csrf: 'x'.repeat(32) }, { csrf: other }]) {
                const r = await user.open('POST', path, { ...form, ...token });
                assert.equal(r.status, 403, `${path} ${JSON.stringify(token)} ${r.status}`);
            }
        const now = ok(await user.get(order)).text;
        assert.match(now, /outcome/, 'the order is still to be paid');
    });

    test('from another site: 403, the token right or not', async () => {
        for (const headers of [{ origin: 'https://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }])
            for (const [path, form] of forms()) {
                const r = await user.send('/login', path, form, headers).catch(() => null);
                // /login shows no form to somebody signed in: take the token elsewhere then.
                const s = r ?? (await user.send(`/products/${product.slug}`, path, form, headers));
                assert.equal(s.status, 403, `${path} ${JSON.stringify(headers)}`);
            }
    });

    test('the API refuses a browser’s cookies from another site', async () => {
        const cookie = [...user.cookies].map(([k, v]) => `${k}=${v}`).join('; ');
        const post = (headers) => shop.call('POST', '/cart', { cookie, headers, json: { sku: product.sku, quantity: 1 } });
        for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }, {}])
            assert.equal((await post(headers)).status, 403, JSON.stringify(headers));
        ok(await post({ origin: URL_ }), 201);
    });

    test('cookies are HttpOnly and SameSite, and hold no name of a person', async () => {
        const b = new Browser();
        const page = ok(await b.get('/login'));
        const r = await b.open('POST', '/login', { csrf: csrfOf(page.text), email: user.email, password: PASSWORD });
        const set = setCookies(ok(r, 303).headers);
        assert.ok(set.length >= 2);
        for (const c of set) assert.match(c, /; HttpOnly.*; SameSite=(Lax|Strict)/i);
    });

    test('a refused form comes back with what was typed, and says what is wrong', async () => {
        const b = new Browser();
        const r = await b.send('/register', '/register', { email: 'nobody"><b>', password: 'short', name: 'N' });
        sound(r, 422);
        assert.match(r.text, /aria-invalid="true"/);
        assert.ok(r.text.includes('nobody&quot;&gt;&lt;b&gt;') || r.text.includes('nobody&#34;&gt;&lt;b&gt;'));
        const bad = await b.send('/login', '/login', { email: user.email, password: 'wrong' });
        sound(bad, 401);
    });

    // A signed-in browser with a product of its own in the cart, and the filled form.
    async function atCheckout() {
        const b = await registered();
        const p = await shop.product();
        ok(await b.send(`/products/${p.slug}`, '/cart/add', { sku: p.sku, quantity: 2 }), 303);
        const page = ok(await b.get('/checkout')).text;
        const form = { csrf: csrfOf(page), idempotency_key: keyOf(page), action: 'place', ...ADDRESS };
        return { b, p, form };
    }

    test('a line that is not sold any more is named at the checkout', async () => {
        const { b, p, form } = await atCheckout();
        ok(await shop.call('DELETE', `/admin/products/${p.id}`, { token: await shop.admin(), match: p.etag }), 204);
        const r = await b.open('POST', '/checkout', form);
        sound(r, 422);
        assert.match(r.text, /Not sold any more/);
    });

    test('a form that made its order and is sent again with changes orders nothing by itself', async () => {
        const { b, p, form } = await atCheckout();
        ok(await b.open('POST', '/checkout', form), 303);
        const back = ok(await b.open('POST', '/checkout', { ...form, city: 'Meknes' }), 303);
        assert.equal(back.get('location'), '/cart');
        assert.match(ok(await b.get('/cart')).text, /has made its order already/);
        const q = await shop.product();
        ok(await b.send(`/products/${q.slug}`, '/cart/add', { sku: q.sku, quantity: 1 }), 303);
        const again = await b.open('POST', '/checkout', { ...form, city: 'Meknes' });
        sound(again, 422);
        assert.match(again.text, /has made an order already/);
        assert.notEqual(keyOf(again.text), form.idempotency_key);
        assert.deepEqual(await Promise.all([p, q].map((x) => shop.stock(x.id))), [8, 10]);
        const fresh = { ...form, city: 'Meknes', idempotency_key: keyOf(again.text) };
        ok(await b.open('POST', '/checkout', fresh), 303);
        assert.equal(await shop.stock(q.id), 9);
        const empty = ok(await b.open('POST', '/checkout', { ...fresh, idempotency_key: 'another' }), 303);
        assert.equal(empty.get('location'), '/cart');
    });

    test('the same checkout sent twice makes one order', async () => {
        const { b, p, form } = await atCheckout();
        const rs = await Promise.all([1, 2, 3].map(() => b.open('POST', '/checkout', form)));
        rs.push(await b.open('POST', '/checkout', form));
        assert.equal(new Set(rs.map((r) => ok(r, 303).get('location'))).size, 1);
        assert.equal(await shop.stock(p.id), 8);
    });
});

describe('errors and files', () => {
    test('errors are pages too', async () => {
        for (const path of ['/nothing', '/products/nothing', '/categories/no/such', '/orders/1', '/admin/../nothing'])
            sound(await guest.get(path), 404);
        const r = await guest.open('DELETE', '/cart');
        ok(r, 405);
        assert.match(r.get('allow'), /GET/);
    });

    test('another’s order is as if it were not', async () => {
        sound(await guest.get(order), 404);
    });

    test('files with a hash are kept for ever, and are compressed', async () => {
        const html = ok(await guest.get('/')).text;
        const urls = [...new Set([...html.matchAll(/(?:src|href)="(\/static\/[^"#]+)/g)].map((m) => m[1]))];
        assert.ok(urls.length >= 4);
        for (const url of urls) {
            const r = ok(await call('GET', `${URL_}${url}`));
            assert.equal(r.get('cache-control'), 'public, max-age=31536000, immutable', url);
            assert.equal(r.get('x-content-type-options'), 'nosniff');
        }
        const css = urls.find((u) => u.endsWith('.css'));
        const r = await fetch(`${URL_}${css}`, { headers: { 'accept-encoding': 'gzip' } });
        assert.equal(r.headers.get('content-encoding'), 'gzip');
        assert.match(r.headers.get('content-type'), /^text\/css/);
    });

    test('pages and the API are compressed, for those who ask', async () => {
        for (const path of [`/products/${product.slug}`, `/api/v1/products/${product.id}`]) {
            const r = await fetch(`${URL_}${path}`, { headers: { 'accept-encoding': 'gzip' } });
            assert.equal(r.headers.get('content-encoding'), 'gzip', path);
            assert.match(r.headers.get('vary') ?? '', /accept-encoding/i);
        }
        const r = await raw(`GET /products/${product.slug} HTTP/1.0\r\nHost: shop\r\n\r\n`);
        assert.equal(r.get('content-encoding'), null);
        assert.match(r.text, /<\/html>\s*$/);
    });

    test('nothing but files is served below /static/', async () => {
        for (const path of ['/static/', '/static/css/', '/static/nothing.css', '/static/css/souk.00000000.js', '/static/..%2ftemplates/home.mustache', '/static/%2e%2e/templates/home.mustache']) {
            const r = await raw(`GET ${path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n`);
            assert.equal(r.status, 404, path);
            assert.match(r.get('content-type'), /^text\/html/, path);
        }
    });

    test('/healthz, /readyz and /metrics', async () => {
        for (const path of ['/healthz', '/readyz']) ok(await call('GET', `${URL_}${path}`));
        const r = ok(await call('GET', `${URL_}/metrics`));
        assert.match(r.get('content-type'), /^text\/plain/);
        const n = (t) => Number(/^souk_http_requests_total\{method="GET",route="\/",status="200"\} (\d+)/m.exec(t)?.[1] ?? 0);
        const before_ = n(r.text);
        ok(await call('GET', `${URL_}/`));
        // Counted across all workers: whichever answers now knows of the one before.
        assert.ok(n(ok(await call('GET', `${URL_}/metrics`)).text) >= before_ + 1);
    });

    test('orders and payments are counted by what became of them', async () => {
        const figures = async () => {
            const text = ok(await call('GET', `${URL_}/metrics`)).text;
            const of = (name, label) => Number(new RegExp(`^${name}\\{${label}\\} (\\d+)`, 'm').exec(text)[1]);
            return [
                ...['placed', 'replayed', 'out_of_stock', 'refused'].map((l) => of('souk_order_requests_total', `result="${l}"`)),
                ...['approved', 'declined'].map((l) => of('souk_payments_total', `result="${l}"`)),
            ];
        };
        const p = await shop.product({ stock: 2 });
        const u = await shop.user();
        const was = await figures();
        const key = unique('key');
        const o = await shop.placed([{ sku: p.sku, quantity: 2 }], { token: u.token, key });
        ok(await shop.order([{ sku: p.sku, quantity: 2 }], { token: u.token, key }), 201);
        ok(await shop.order([{ sku: p.sku, quantity: 1 }], { token: u.token }), 409);
        ok(await shop.order([{ sku: unique('none'), quantity: 1 }], { token: u.token }), 422);
        ok(await shop.pay(o.id, { token: u.token, json: { outcome: 'decline' } }), 402);
        ok(await shop.pay(o.id, { token: u.token }));
        assert.deepEqual((await figures()).map((v, i) => v - was[i]), [1, 1, 1, 1, 1, 1]);
    });
});
