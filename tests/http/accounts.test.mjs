// Accounts over the API: register, login, refresh, logout, me.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { claimsOf } from './lib/machine.mjs';
import { PASSWORD, ok, problem, shop, unique } from './lib/shop.mjs';

const post = (path, json, o = {}) => shop.call('POST', path, { ...o, json });
const fresh = () => ({ email: `${unique('a')}@example.com`, password: PASSWORD, name: 'Ada' });

function tokens(r, status, email) {
    ok(r, status);
    const j = r.json;
    assert.equal(j.user.email, email);
    assert.equal(j.user.role, 'customer');
    assert.equal(typeof j.user.id, 'string');
    assert.match(j.user.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.equal(j.token_type, 'Bearer');
    assert.equal(j.expires_in, 900);
    assert.ok(j.refresh_token.length >= 32);
    assert.equal(r.get('cache-control'), 'no-store');
    const c = claimsOf(j.access_token);
    assert.equal(String(c.sub), j.user.id);
    assert.ok(Math.abs(c.exp - Date.now() / 1000 - 900) < 30, 'expires in about 15 minutes');
    return j;
}

describe('register', () => {
    test('opens an account and signs it in', async () => {
        const who = fresh();
        const j = tokens(await post('/register', who), 201, who.email);
        const me = ok(await shop.call('GET', '/me', { token: j.access_token }));
        assert.deepEqual(me.json, j.user);
        assert.equal(me.json.name, 'Ada');
        assert.doesNotMatch(me.text, /password|hash/);
    });

    test('a taken address is 409, in any case of its letters', async () => {
        const who = fresh();
        ok(await post('/register', who), 201);
        problem(await post('/register', who), 409);
        problem(await post('/register', { ...who, email: who.email.toUpperCase() }), 409);
    });

    for (const [what, change, at] of [
        ['no e-mail', { email: undefined }, '/email'],
        ['an e-mail without @', { email: 'nobody' }, '/email'],
        ['a short password', { password: 'k9$z' }, '/password'],
        ['a password everybody uses', { password: 'password123' }, '/password'],
        ['no name', { name: undefined }, '/name'],
        ['an empty name', { name: '   ' }, '/name'],
        ['a name of 201 characters', { name: 'x'.repeat(201) }, '/name'],
        ['a role', { role: 'admin' }, '/role'],
    ])
        test(`${what} is refused`, async () => {
            problem(await post('/register', { ...fresh(), ...change }), 422, undefined, [at]);
        });

    test('two at the same instant make one account', async () => {
        const who = fresh();
        const rs = await Promise.all(Array.from({ length: 6 }, () => post('/register', who)));
        assert.deepEqual(rs.map((r) => r.status).sort(), [201, 409, 409, 409, 409, 409]);
    });
});

describe('login', () => {
    test('with the right password, the address in any case', async () => {
        const who = fresh();
        ok(await post('/register', who), 201);
        for (const email of [who.email, who.email.toUpperCase()])
            tokens(await post('/login', { email, password: PASSWORD }), 200, who.email);
    });

    test('is 401 in the same words whether or not the address exists', async () => {
        const who = fresh();
        ok(await post('/register', who), 201);
        const bad = await post('/login', { email: who.email, password: `${PASSWORD}x` });
        const none = await post('/login', { email: fresh().email, password: PASSWORD });
        const [a, b] = [problem(bad, 401), problem(none, 401)];
        assert.deepEqual({ ...a, instance: 0 }, { ...b, instance: 0 });
    });

    test('a password is compared whole, beyond 72 bytes too', async () => {
        const who = { ...fresh(), password: `${'Long-and-Winding'.repeat(6)}A` };
        ok(await post('/register', who), 201);
        ok(await post('/login', { email: who.email, password: who.password }));
        const other = `${who.password.slice(0, -1)}B`;
        problem(await post('/login', { email: who.email, password: other }), 401);
    });
});

describe('refresh', () => {
    test('rotates the pair; the new ones work', async () => {
        const u = await shop.user();
        const r = tokens(await post('/token/refresh', { refresh_token: u.refresh_token }), 200, u.email);
        assert.notEqual(r.refresh_token, u.refresh_token);
        ok(await shop.call('GET', '/me', { token: r.access_token }));
        ok(await post('/token/refresh', { refresh_token: r.refresh_token }));
    });

    test('a token used twice revokes its family, and no other', async () => {
        const u = await shop.user();
        const other = ok(await post('/login', { email: u.email, password: PASSWORD })).json;
        const next = ok(await post('/token/refresh', { refresh_token: u.refresh_token })).json;
        problem(await post('/token/refresh', { refresh_token: u.refresh_token }), 401);
        problem(await post('/token/refresh', { refresh_token: next.refresh_token }), 401);
        ok(await post('/token/refresh', { refresh_token: other.refresh_token }));
    });

    test('at the same instant only one wins', async () => {
        const u = await shop.user();
        const rs = await Promise.all(
            Array.from({ length: 5 }, () => post('/token/refresh', { refresh_token: u.refresh_token })),
        );
        assert.equal(rs.filter((r) => r.status === 200).length, 1);
        assert.equal(rs.filter((r) => r.status === 401).length, 4);
    });

    test('an unknown token is 401', async () => {
        problem(await post('/token/refresh', { refresh_token: 'A'.repeat(43) }), 401);
    });
});

describe('logout', () => {
    test('ends the family of the access token', async () => {
        const u = await shop.user();
        ok(await shop.call('POST', '/logout', { token: u.token }), 204);
        problem(await post('/token/refresh', { refresh_token: u.refresh_token }), 401);
    });

    test('ends the family of the refresh token in the body', async () => {
        const u = await shop.user();
        ok(await post('/logout', { refresh_token: u.refresh_token }), 204);
        problem(await post('/token/refresh', { refresh_token: u.refresh_token }), 401);
    });

    test('of nobody is 401', async () => {
        problem(await shop.call('POST', '/logout'), 401);
    });
});

describe('me', () => {
    test('PATCH changes the name and nothing else', async () => {
        const u = await shop.user();
        const patch = (json) => shop.call('PATCH', '/me', { token: u.token, json });
        assert.deepEqual(ok(await patch({ name: 'Zoë 河' })).json, { ...u.user, name: 'Zoë 河' });
        problem(await patch({ role: 'admin' }), 422, undefined, ['/role', 'unknown']);
        problem(await patch({ name: '' }), 422, undefined, ['/name']);
        const merge = await shop.call('PATCH', '/me', {
            token: u.token,
            body: '{"name":"Merged"}',
            headers: { 'content-type': 'application/merge-patch+json' },
        });
        assert.equal(ok(merge).json.name, 'Merged');
    });

    test('of a guest is 401', async () => {
        problem(await shop.call('GET', '/me'), 401);
        problem(await shop.call('PATCH', '/me', { json: { name: 'x' } }), 401);
    });
});
