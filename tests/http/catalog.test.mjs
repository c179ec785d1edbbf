// Reading the catalogue over the API: lists, one product, categories.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { API, URL_, ok, problem, shop, unique } from './lib/shop.mjs';

const get = (path, o) => shop.call('GET', path, o);
const links = (r) =>
    Object.fromEntries(
        [...(r.get('link') ?? '').matchAll(/<([^>]+)>; rel="(\w+)"/g)].map((m) => [m[2], m[1]]),
    );
const skus = (r) => r.json.items.map((p) => p.sku);

// Eight products only this test has: found by their brand and their own word.
const word = unique('qat').replace('-', '');
const brand = `Brand ${word}`;
const made = [];

before(async () => {
    for (let i = 0; i < 8; i++)
        made.push(
            await shop.product({
                name: `${'HCADGBFE'[i]} ${word} thing`,
                description: i === 3 ? 'A zanzibarian curiosity.' : 'Plain.',
                brand,
                category: i < 5 ? ['Testing', word] : ['Testing', word, 'Deep'],
                price: { amount: 1000 + ((i * 3) % 8) * 100, currency: 'USD' },
                stock: i % 4 === 0 ? 0 : 5,
            }),
        );
});

describe('GET /products', () => {
    test('pages with Link headers, each product once', async () => {
        const seen = [];
        let path = `/products?brand=${encodeURIComponent(brand)}&per_page=3`;
        for (let page = 1; page <= 3; page++) {
            const r = ok(await get(path));
            assert.deepEqual([r.json.page, r.json.per_page, r.json.total], [page, 3, 8]);
            assert.equal(r.json.items.length, page < 3 ? 3 : 2);
            seen.push(...skus(r));
            const l = links(r);
            assert.ok(l.first && l.last);
            assert.equal(Boolean(l.prev), page > 1);
            assert.equal(Boolean(l.next), page < 3);
            if (l.next) path = new URL(l.next, URL_).href.slice(API.length);
        }
        assert.deepEqual(seen.sort(), made.map((p) => p.sku).sort());
    });

    test('walks everything by ?after=, each product once', async () => {
        const seen = [];
        let url = `${API}/products?brand=${encodeURIComponent(brand)}&per_page=3&after=0`;
        for (let n = 0; url && n < 5; n++) {
            const r = ok(await get(url));
            seen.push(...skus(r));
            url = links(r).next && new URL(links(r).next, URL_).href;
        }
        assert.deepEqual(seen.sort(), made.map((p) => p.sku).sort());
    });

    for (const [sort, by] of [
        ['price', (a, b) => a.price.amount - b.price.amount],
        ['-price', (a, b) => b.price.amount - a.price.amount],
        ['name', (a, b) => (a.name < b.name ? -1 : 1)],
    ])
        test(`sort=${sort}`, async () => {
            const r = ok(await get(`/products?brand=${encodeURIComponent(brand)}&sort=${sort}`));
            assert.deepEqual(skus(r), [...made].sort(by).map((p) => p.sku));
        });

    test('sort=newest puts the last made first', async () => {
        const r = ok(await get(`/products?brand=${encodeURIComponent(brand)}&sort=newest`));
        assert.deepEqual(skus(r), made.map((p) => p.sku).reverse());
    });

    const cents = (p) => p.price.amount;
    for (const [query, keep] of [
        [`category=testing/${word}`, () => true],
        [`category=Testing/${word}/Deep`, (p, i) => i >= 5],
        ['min_price=1300', (p) => cents(p) >= 1300],
        ['max_price=1300', (p) => cents(p) <= 1300],
        ['min_price=1200&max_price=1400', (p) => cents(p) >= 1200 && cents(p) <= 1400],
        ['in_stock=true', (p) => p.stock > 0],
        [`brand=no-such-${word}`, () => false],
        ['category=no/such/category', () => false],
    ])
        test(`filter ${query}`, async () => {
            const also = query.startsWith('brand') ? '' : `&brand=${encodeURIComponent(brand)}`;
            const r = ok(await get(`/products?${query}${also}`));
            const want = made.filter(keep).map((p) => p.sku);
            assert.deepEqual(skus(r).sort(), want.sort());
            assert.equal(r.json.total, want.length);
        });

    test('q finds a word of the name and of the description', async () => {
        assert.equal(ok(await get(`/products?q=${word}`)).json.total, 8);
        const r = ok(await get(`/products?q=zanzibarian+${word}`));
        assert.equal(skus(r)[0], made[3].sku);
        assert.equal(ok(await get(`/products?q=${unique('none')}`)).json.total, 0);
    });

    test('facets count what the filters leave', async () => {
        const r = ok(await get(`/products?q=${word}&facets=true`));
        const f = r.json.facets;
        assert.deepEqual(
            f.brands.map((b) => [b.name, b.count]),
            [[brand, 8]],
        );
        assert.equal(f.prices.reduce((n, p) => n + p.count, 0), 8);
        assert.ok(f.categories.length >= 1);
    });

    test('an archived product is not listed', async () => {
        const p = await shop.product({ name: `Gone ${word}` });
        const q = `/products?q=Gone+${word}&sort=newest`;
        assert.equal(skus(ok(await get(q)))[0], p.sku);
        const token = await shop.admin();
        ok(await shop.call('DELETE', `/admin/products/${p.id}`, { token, match: p.etag }), 204);
        assert.ok(!skus(ok(await get(q))).includes(p.sku));
    });

    for (const [query, at] of [
        ['per_page=0', '?per_page'],
        ['per_page=101', '?per_page'],
        ['per_page=ten', '?per_page'],
        ['page=0', '?page'],
        ['page=-1', '?page'],
        ['page=99999999999999999999', '?page'],
        ['min_price=-1', '?min_price'],
        ['min_price=1.5', '?min_price'],
        ['sort=random', '?sort'],
        ['in_stock=maybe', '?in_stock'],
        ['after=x', '?after'],
        ['colour=red', '?colour'],
    ])
        test(`?${query} is refused`, async () => {
            problem(await get(`/products?${query}`), 422, 'validation_failed', [at]);
        });

    test('a page beyond the last is empty, not an error', async () => {
        const r = ok(await get(`/products?brand=${encodeURIComponent(brand)}&page=100`));
        assert.deepEqual(r.json.items, []);
        assert.equal(r.json.total, 8);
    });
});

describe('GET /products/{id}', () => {
    test('has every field of the contract', async () => {
        const p = await shop.product({
            description: 'Two lines,\nand an é.',
            brand: 'Fez & Co <b>',
            category: ['Textiles', 'Rugs'],
            images: [{ url: '/static/x.svg', alt: 'A rug' }],
            attributes: { Wool: '100 %', Knots: 42 },
            variants: undefined,
        });
        const r = ok(await get(`/products/${p.id}`));
        const j = r.json;
        assert.equal(j.id, p.id);
        assert.equal(j.sku, p.sku);
        assert.equal(j.name, p.name);
        assert.equal(j.description, 'Two lines,\nand an é.');
        assert.equal(j.brand, 'Fez & Co <b>');
        assert.deepEqual(j.category, ['Textiles', 'Rugs']);
        assert.deepEqual(j.price, { amount: 1999, currency: 'USD' });
        assert.equal(j.stock, 10);
        assert.equal(j.in_stock, true);
        assert.deepEqual(j.images, [{ url: '/static/x.svg', alt: 'A rug' }]);
        assert.deepEqual(j.variants, []);
        assert.equal(j.version, 1);
        assert.match(j.updated_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
        assert.match(j.slug, /^[a-z0-9-]+$/);
        assert.match(r.get('etag'), /^"[^"]+"$/);
        assert.equal(r.get('etag'), p.etag);
        assert.deepEqual(ok(await get(`/products/${j.slug}`)).json, j);
    });

    test('variants are SKUs with their own price and stock', async () => {
        const sku = unique('V');
        const p = await shop.product({
            sku: `${sku}-S`,
            stock: undefined,
            variants: [
                { sku: `${sku}-S`, name: 'Small', options: { Size: 'S' }, stock: 1 },
                { sku: `${sku}-L`, name: 'Large', options: { Size: 'L' }, stock: 0, price: { amount: 2999, currency: 'USD' } },
            ],
        });
        const j = ok(await get(`/products/${p.id}`)).json;
        assert.deepEqual(
            j.variants.map((v) => [v.sku, v.name, v.options, v.price.amount, v.stock, v.in_stock]),
            [
                [`${sku}-S`, 'Small', { Size: 'S' }, 1999, 1, true],
                [`${sku}-L`, 'Large', { Size: 'L' }, 2999, 0, false],
            ],
        );
        assert.equal(j.stock, 1);
    });

    test('304 for the ETag one has, in every form of If-None-Match', async () => {
        const p = await shop.product();
        for (const tag of [p.etag, `W/${p.etag}`, `"nope", ${p.etag}`, '*']) {
            const r = ok(await get(`/products/${p.id}`, { headers: { 'if-none-match': tag } }), 304);
            assert.equal(r.text, '');
            assert.equal(r.get('etag'), p.etag);
        }
        ok(await get(`/products/${p.id}`, { headers: { 'if-none-match': '"other"' } }), 200);
    });

    test('the ETag follows price and stock', async () => {
        const p = await shop.product();
        const token = await shop.admin();
        ok(await shop.call('POST', `/admin/products/${p.id}/stock`, { token, json: { delta: -1, reason: 'broken' } }));
        const after = ok(await get(`/products/${p.id}`, { headers: { 'if-none-match': p.etag } }));
        assert.equal(after.json.stock, 9);
        assert.notEqual(after.get('etag'), p.etag);
    });

    for (const id of ['0', '-1', '1', '007', '9223372036854775807', '9223372036854775808', 'no-such-thing', '%20', "1'--"])
        test(`${id} is 404`, async () => {
            problem(await get(`/products/${id}`), 404, 'not_found');
        });

    test('HEAD answers the head of GET without a body', async () => {
        const p = await shop.product();
        const r = ok(await shop.call('HEAD', `/products/${p.id}`));
        assert.equal(r.text, '');
        assert.equal(r.get('etag'), p.etag);
        assert.ok(Number(r.get('content-length')) > 0);
    });
});

describe('GET /categories', () => {
    test('is a tree with counts that hold', async () => {
        const r = ok(await get('/categories'));
        const top = r.json.items.find((c) => c.name === 'Testing');
        const node = top.children.find((c) => c.name === word);
        assert.equal(node.count, 8);
        assert.deepEqual(node.children.map((c) => [c.name, c.count]), [['Deep', 3]]);
        const list = ok(await get(`/products?category=${encodeURIComponent(node.path)}`));
        assert.equal(list.json.total, node.count);
    });
});

describe('addresses that are none', () => {
    test('404 for an unknown path, 405 with Allow for an unknown method', async () => {
        problem(await get('/nothing'), 404, 'not_found');
        const r = await shop.call('DELETE', '/products');
        problem(r, 405, 'method_not_allowed');
        assert.match(r.get('allow'), /GET/);
        assert.doesNotMatch(r.get('allow'), /DELETE/);
    });
});
