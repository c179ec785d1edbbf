// HTTP as its standards have it, at every operation of the API's own description: what is not
// JSON is refused, tags change with what is shown, HEAD is GET without a body, deep pages end.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { before, describe, test } from 'node:test';

import { DATA, URL_, call, ok, problem, shop, unique, uuid } from './lib/shop.mjs';

let token, ops;
const at = (path) => path.replace(/\{[^}]+\}/g, '1');
before(async () => {
    token = await shop.admin();
    const doc = ok(await shop.call('GET', '/openapi.json')).json;
    ops = Object.entries(doc.paths).flatMap(([path, of]) =>
        Object.entries(of).filter(([m]) => /^(get|post|put|patch|delete)$/.test(m)).map(([m, op]) => ({
            method: m.toUpperCase(), path, op, names: (op.parameters ?? []).map((p) => p.name),
        })),
    );
    assert.ok(ops.length > 80);
});

test('who is not signed in is told once how to', async () => {
    for (const path of ['/me', '/admin/orders']) {
        const r = await fetch(`${URL_}/api/v1${path}`);
        assert.equal(r.status, 401, path);
        assert.equal(r.headers.get('www-authenticate'), 'Bearer realm="souk"', path);
    }
});

describe('a body', () => {
    const part = '--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhello\r\n--x--\r\n';
    const headers = { 'content-type': 'multipart/form-data; boundary=x' };

    test('of many parts is 415 wherever one can be sent', async () => {
        for (const { method, path } of ops.filter((o) => o.method !== 'GET'))
            problem(
                await shop.call(method, at(path), { token, match: '*', key: uuid(), headers, body: part }),
                415, 'unsupported_media_type',
            );
        for (const path of ['/login', '/logout', '/register', '/cart/add', '/checkout'])
            assert.equal((await call('POST', `${URL_}${path}`, { headers, body: part })).status, 415, path);
    });

    test('of the multipart vectors is 415, whatever its shape', { skip: DATA ? false : 'SOUK_TEST_DATA is unset' }, async () => {
        const dir = mkdtempSync(path.join(tmpdir(), 'souk-parts.'));
        try {
            execFileSync('tar', ['-xzf', `${DATA}/http/multipart_test_data.tar.gz`, '-C', dir]);
            const files = readdirSync(`${dir}/http`).filter((f) => f.endsWith('.http'));
            assert.ok(files.length >= 30, `${files.length} files`);
            for (const f of files) {
                const [, boundary] = /^boundary: (.*)$/m.exec(readFileSync(`${dir}/http/${f.replace('.http', '.yaml')}`, 'utf8'));
                const o = { headers: { 'content-type': `multipart/form-data; boundary=${boundary.replaceAll(/['"]/g, '')}` }, body: readFileSync(`${dir}/http/${f}`) };
                problem(await shop.call('POST', '/cart', o), 415, 'unsupported_media_type');
                assert.equal((await call('POST', `${URL_}/cart/add`, o)).status, 415, f);
            }
        } finally {
            rmSync(dir, { recursive: true });
        }
    });

    test('that is not wanted may be left out, or be JSON', async () => {
        const p = await shop.product();
        for (const more of [{}, { json: {} }]) {
            const o = await shop.placed([{ sku: p.sku, quantity: 1 }], { token });
            ok(await shop.call('POST', `/orders/${o.id}/cancel`, { token, ...more }));
        }
    });
});

describe('entity tags', () => {
    const get = (path, tag) => shop.call('GET', path, { token, headers: tag && { 'if-none-match': tag } });
    const make = async (path, json) => ok(await shop.call('POST', path, { token, json }), 201).json;

    test('of a coupon change when somebody uses it, and its edit goes on', async () => {
        const code = unique('tag').toUpperCase();
        const path = `/admin/coupons/${(await make('/admin/coupons', { code, kind: 'percent', rate_ppm: 100000 })).id}`;
        const first = ok(await get(path)).get('etag');
        ok(await get(path, first), 304);
        const p = await shop.product();
        await shop.placed([{ sku: p.sku, quantity: 1 }], { token, json: { coupon: code } });
        const now = ok(await get(path, first));
        assert.equal(now.json.used, 1);
        assert.notEqual(now.get('etag'), first);
        const patch = (match) => shop.call('PATCH', path, { token, match, json: { limit_total: 5 } });
        ok(await patch(first));
        problem(await patch(first), 412);
    });

    test('of an account change when its owner changes it', async () => {
        const u = await shop.user();
        const path = `/admin/users/${u.user.id}`;
        const first = ok(await get(path)).get('etag');
        ok(await get(path, first), 304);
        ok(await shop.call('PATCH', '/me', { token: u.token, json: { name: 'Another Name' } }));
        const next = ok(await get(path, first)).get('etag');
        assert.notEqual(next, first);
        const patch = (match) => shop.call('PATCH', path, { token, match, json: { active: true } });
        for (const stale of [first, '"7"', '""', 'x']) problem(await patch(stale), 412);
        ok(await patch(next));
        problem(await patch(next), 412);
        ok(await patch('*'));
        problem(await patch(undefined), 428);
    });

    test('are strong, and whoever describes If-None-Match heeds it', async () => {
        for (const { path, names } of ops.filter((o) => o.method === 'GET' && o.names.includes('If-None-Match'))) {
            if (path.includes('{')) continue;
            const r = ok(await shop.call('GET', path, { token, headers: { 'accept-encoding': 'identity' } }));
            assert.match(r.get('etag') ?? '', /^"[^"]+"$/, path);
            const again = ok(await get(path, r.get('etag')), 304);
            assert.equal(again.text, '', path);
            assert.equal(again.get('etag'), r.get('etag'), path);
            assert.ok(names.length > 0);
        }
    });

    test('guard every change of an object of the back office', () => {
        for (const { method, path, names } of ops)
            if (/^\/admin\/.*\}$/.test(path) && method !== 'GET')
                assert.ok(names.includes('If-Match'), `${method} ${path}`);
    });
});

describe('methods', () => {
    test('HEAD says what GET says, without saying it', async () => {
        for (const { path } of ops.filter((o) => o.method === 'GET' && !o.path.includes('{'))) {
            const headers = { 'accept-encoding': 'identity' };
            const [g, h] = [await shop.call('GET', path, { token, headers }), await shop.call('HEAD', path, { token, headers })];
            assert.equal(h.status, g.status, path);
            assert.equal(h.text, '');
            for (const name of ['content-type', 'cache-control', 'link']) assert.equal(h.get(name), g.get(name), `${path} ${name}`);
            assert.ok(Number(h.get('content-length')) > 0, path);
        }
    });

    test('OPTIONS and 405 name those that a path has', async () => {
        const paths = new Map();
        for (const { method, path } of ops) paths.set(path, [...(paths.get(path) ?? []), method]);
        for (const [path, methods] of paths) {
            const want = new Set([...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS']);
            const named = (r) => new Set(r.get('allow').split(', '));
            assert.deepEqual(named(ok(await shop.call('OPTIONS', at(path)), 204)), want, path);
            const other = ['DELETE', 'PUT', 'PATCH', 'POST', 'GET'].find((m) => !methods.includes(m));
            const r = await shop.call(other, at(path), { token });
            problem(r, 405, 'method_not_allowed');
            assert.deepEqual(named(r), want, path);
        }
    });

    test('406 where JSON is not wanted', async () => {
        for (const { method, path } of ops) {
            if (path.startsWith('/payments/')) continue;
            const r = await shop.call(method, at(path), { token, match: '*', key: uuid(), headers: { accept: 'text/html' } });
            problem(r, 406, 'not_acceptable');
        }
    });
});

describe('lists', () => {
    test('by number end at page 1,000; walks do not', async () => {
        for (const { path, names } of ops.filter((o) => o.method === 'GET' && o.names.includes('page'))) {
            const get = (query) => shop.call('GET', `${path}?${query}`, { token });
            assert.deepEqual(ok(await get('page=1000&per_page=100')).json.items, [], path);
            problem(await get('page=1001'), 422, 'validation_failed', ['?page', 'out_of_range']);
            assert.ok(names.includes('after'), `${path} has no after`);
        }
    });
});
