// Who may call what: every route of the API's own description, by everybody; and the accounts
// of the shop's people.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { sql } from './lib/machine.mjs';
import { PASSWORD, URL_, call, ok, problem, shop, unique } from './lib/shop.mjs';

// An account of a role that was signed in after it got it.
async function person(role) {
    const u = await shop.user();
    sql(`UPDATE account SET role = '${role}', verified_at = 1 WHERE id = ${u.user.id}`);
    const r = ok(await shop.call('POST', '/login', { json: { email: u.email, password: PASSWORD } }));
    return { email: u.email, ...r.json, token: r.json.access_token };
}

describe('role by route', () => {
    const who = { guest: {} };
    let routes;
    before(async () => {
        for (const role of ['customer', 'staff', 'admin']) who[role] = await person(role);
        const doc = ok(await shop.call('GET', '/openapi.json')).json;
        const prefix = new URL(doc.servers?.[0]?.url ?? '/', URL_).pathname.replace(/\/$/, '');
        routes = Object.entries(doc.paths).flatMap(([path, ops]) =>
            Object.keys(ops)
                .filter((m) => ['get', 'post', 'put', 'patch', 'delete'].includes(m))
                .map((m) => [m.toUpperCase(), (prefix + path).replace('/api/v1', '').replace(/\{[^}]+\}/g, '1')]),
        );
        assert.ok(routes.length > 60, `${routes.length} routes`);
    });

    // What is the admin's alone; the rest of /admin is the staff's too.
    const adminOnly = (method, path) =>
        (method !== 'GET' && !/\/(stock|ship|return|cancel|complete)$/.test(path)) || /^\/admin\/users/.test(path);

    test("the back office is the shop's people's", async () => {
        for (const [method, path] of routes.filter(([, p]) => p.startsWith('/admin/'))) {
            const status = async (role) =>
                (await shop.call(method, path, { token: who[role].token, json: method === 'GET' ? undefined : {} })).status;
            const what = `${method} ${path}`;
            assert.equal(await status('guest'), 401, `${what} as a guest`);
            assert.equal(await status('customer'), 403, `${what} as a customer`);
            if (adminOnly(method, path)) assert.equal(await status('staff'), 403, `${what} as staff`);
            else assert.ok(![401, 403].includes(await status('staff')), `${what} as staff`);
            assert.ok(![401, 403].includes(await status('admin')), `${what} as an admin`);
        }
    });

    test("an account's own things are for who is signed in", async () => {
        for (const [method, path] of routes.filter(([, p]) => /^\/me(\/|$)/.test(p))) {
            const r = await shop.call(method, path, { json: method === 'GET' ? undefined : {} });
            assert.equal(r.status, 401, `${method} ${path}`);
        }
    });

    test('pages of the back office, by nginx and the shop', async () => {
        const page = (path, role) => call('GET', `${URL_}${path}`, { token: who[role].token, redirect: 'manual' });
        for (const path of ['/admin/', '/admin/orders', '/admin/products']) {
            assert.ok([302, 303, 401].includes((await page(path, 'guest')).status), path);
            assert.equal((await page(path, 'customer')).status, 403, path);
            assert.equal((await page(path, 'staff')).status, 200, path);
        }
        for (const path of ['/admin/products/new', '/admin/products/import', '/admin/users']) {
            assert.equal((await page(path, 'staff')).status, 403, path);
            assert.equal((await page(path, 'admin')).status, 200, path);
        }
        const seen = (await page('/admin/', 'staff')).text;
        assert.ok(!seen.includes('href="/admin/users"'), 'staff are not shown what they may not see');
        assert.ok((await page('/admin/', 'admin')).text.includes('href="/admin/users"'));
    });
});

describe('accounts of the shop', () => {
    const users = (method, path = '', o = {}) =>
        shop.admin().then((token) => shop.call(method, `/admin/users${path}`, { token, ...o }));

    test('an admin invites staff, who count when they have set a password', async () => {
        const email = `${unique('staff')}@example.com`;
        const r = ok(await users('POST', '', { json: { email, name: 'Sam', role: 'staff' } }), 201);
        assert.deepEqual([r.json.role, r.json.active, r.json.email_verified], ['staff', true, false]);
        problem(await users('POST', '', { json: { email, name: 'Sam' } }), 409, 'email_taken');
        problem(await shop.call('POST', '/login', { json: { email, password: '' } }), 401);
        assert.equal(sql(`SELECT kind FROM account_link WHERE account_id = ${r.json.id}`), 'reset');
        const found = ok(await users('GET', `?q=${email.slice(0, 12)}&role=staff`)).json;
        assert.equal(found.items[0].id, r.json.id);
    });

    test('a change of role counts at once, and needs If-Match', async () => {
        const u = await person('staff');
        const one = ok(await users('GET', `/${u.user.id}`));
        ok(await shop.call('GET', '/admin/orders', { token: u.token }));
        problem(await users('PATCH', `/${u.user.id}`, { json: { role: 'customer' } }), 428);
        const stale = { 'if-match': '"u1-1"' };
        problem(await users('PATCH', `/${u.user.id}`, { json: { role: 'customer' }, headers: stale }), 412);
        const headers = { 'if-match': one.get('etag') };
        assert.equal(ok(await users('PATCH', `/${u.user.id}`, { json: { role: 'customer' }, headers })).json.role, 'customer');
        problem(await shop.call('GET', '/admin/orders', { token: u.token }), 401);
        problem(await users('PATCH', `/${u.user.id}`, { json: { role: 'staff' }, headers }), 412);
    });

    test('who is deactivated cannot sign in, until opened again', async () => {
        const u = await person('customer');
        const set = async (active) => {
            const headers = { 'if-match': ok(await users('GET', `/${u.user.id}`)).get('etag') };
            ok(await users('PATCH', `/${u.user.id}`, { json: { active }, headers }));
        };
        const login = () => shop.call('POST', '/login', { json: { email: u.email, password: PASSWORD } });
        await set(false);
        problem(await shop.call('GET', '/me', { token: u.token }), 401);
        problem(await login(), 403, 'account_disabled');
        await set(true);
        ok(await login());
    });

    test('an unproven address gets no role', async () => {
        const u = await shop.user();
        const headers = { 'if-match': '*' };
        problem(await users('PATCH', `/${u.user.id}`, { json: { role: 'staff' }, headers }), 403, 'email_unverified');
    });
});
