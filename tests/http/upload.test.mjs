// A file of products through the back office's page.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { csrfOf, office } from './lib/browser.mjs';
import { URL_, call, ok, shop, unique } from './lib/shop.mjs';

const PATH = '/admin/products/import';
let page, csrf;
before(async () => {
    page = await office();
    csrf = csrfOf((await page.get(PATH)).text);
});

const line = (sku, more = {}) => JSON.stringify({ sku, name: `Sent ${sku}`, price: '4.50', currency: 'USD', stock: 3, ...more });
async function send(content, { name = 'products.jsonl', fields = { csrf } } = {}) {
    const form = new FormData();
    for (const [k, v] of Object.entries(fields)) form.set(k, v);
    if (content !== undefined) form.set('file', new Blob([content]), name);
    const q = new Request(URL_, { method: 'POST', body: form });
    return page.open('POST', PATH, Buffer.from(await q.arrayBuffer()), { 'content-type': q.headers.get('content-type') });
}
const find = async (sku) => ok(await shop.call('GET', `/products?q=${sku}`)).json.items.find((p) => p.sku === sku);

describe('a file of products', () => {
    test('is imported, and its bad lines are named', async () => {
        const [a, b] = [unique('UP'), unique('UP')];
        const r = await send(`${line(a)}\nno JSON\n${line(b, { price: '-1' })}\n${line(b)}\n`, { name: 'häufig "neu".jsonl' });
        assert.equal(r.status, 200, r.text);
        assert.match(r.text, /häufig &quot;neu&quot;\.jsonl: 4 lines read/);
        assert.match(r.text, /2 new, 0 changed, 0 unchanged, 2 refused/);
        assert.deepEqual([...r.text.matchAll(/<th scope="row" class="num">(\d+)<\/th>/g)].map((m) => m[1]), ['2', '3']);
        assert.deepEqual([(await find(a)).stock, (await find(b)).price.amount], [3, 450]);
    });

    test('sent twice changes nothing; stock only when told to', async () => {
        const sku = unique('UP');
        assert.match((await send(line(sku))).text, /1 new/);
        assert.match((await send(line(sku))).text, /0 new, 0 changed, 1 unchanged/);
        await send(line(sku, { stock: 9 }));
        assert.equal((await find(sku)).stock, 3);
        assert.match((await send(line(sku, { stock: 9 }), { fields: { csrf, set_stock: 'true' } })).text, /1 changed/);
        assert.equal((await find(sku)).stock, 9);
    });

    test('is in the ledger under who sent it', async () => {
        const sku = unique('UP');
        await send(line(sku));
        const p = await find(sku);
        assert.match((await page.get(`/admin/products/${p.id}`)).text, /mini__meta">admin:\d+</);
    });

    for (const [what, content, o] of [
        ['that is missing', undefined],
        ['that is empty', ''],
    ])
        test(`${what} is asked for`, async () => {
            const r = await send(content, o);
            assert.equal(r.status, 422);
            assert.match(r.text, /Choose a file with products in it/);
        });

    test('that nobody chose, as browsers say it, is asked for', async () => {
        const part = (head, data) => `--x\r\nContent-Disposition: form-data; ${head}\r\n\r\n${data}\r\n`;
        const body = `${part('name="csrf"', csrf)}${part('name="file"; filename=""\r\nContent-Type: application/octet-stream', '')}--x--\r\n`;
        const r = await page.open('POST', PATH, body, { 'content-type': 'multipart/form-data; boundary=x' });
        assert.equal(r.status, 422);
        assert.match(r.text, /Choose a file with products in it/);
    });

    test('without the form’s token, or with another field, changes nothing', async () => {
        const sku = unique('UP');
        assert.equal((await send(line(sku), { fields: { csrf: 'x' } })).status, 403);
        assert.equal((await send(line(sku), { fields: {} })).status, 403);
        assert.equal((await send(line(sku), { fields: { csrf, colour: 'red' } })).status, 422);
        assert.equal(await find(sku), undefined);
    });

    test('of a frame that is broken or too large is refused', async () => {
        const post = (type, body) => page.open('POST', PATH, body, { 'content-type': type });
        assert.equal((await post('multipart/form-data; boundary=x', '--x\r\nno end')).status, 400);
        assert.equal((await post('multipart/form-data', '--x--')).status, 415);
        assert.equal((await post('text/plain', 'x')).status, 415);
        assert.equal((await send('x'.repeat(1 << 21))).status, 413);
    });

    test('is not taken from customers or guests', async () => {
        const user = await shop.user();
        for (const [token, allowed] of [[undefined, [303, 401]], [user.token, [403]]])
            assert.ok(allowed.includes((await call('POST', URL_ + PATH, { token, redirect: 'manual', headers: { 'content-type': 'multipart/form-data; boundary=x' }, body: '--x--' })).status));
    });
});
