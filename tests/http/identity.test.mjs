// Accounts whole, over the API: proofs of an address, passwords, sessions, addresses, data,
// two-step sign-in, and what slows down guessing.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { describe, test } from 'node:test';

import { sql } from './lib/machine.mjs';
import { DATA, PASSWORD, STATE, ok, poll, problem, shop, unique } from './lib/shop.mjs';
import { base32, code } from './lib/totp.mjs';

const as = (u) => (method, path, json) => shop.call(method, path, { token: u.token, json });
const login = (email, password = PASSWORD, totp) =>
    shop.call('POST', '/login', { json: { email, password, totp } });
const refresh = (u) => shop.call('POST', '/token/refresh', { json: { refresh_token: u.refresh_token } });

// A link as the shop would have sent it: only its hash is in the database.
function link(u, kind, { email = u.email, ms = 60000 } = {}) {
    const token = randomBytes(32).toString('base64url');
    const hash = createHash('sha256').update(token).digest('hex');
    sql(`INSERT INTO account_link VALUES (UNHEX('${hash}'), ${u.user.id}, '${kind}', '${email}',
        ${Date.now()}, ${Date.now() + ms})`);
    return token;
}
const links = (u, kind) =>
    Number(sql(`SELECT COUNT(*) FROM account_link WHERE account_id = ${u.user.id} AND kind = '${kind}'`));
async function verified() {
    const u = await shop.user();
    ok(await shop.call('POST', '/verify', { json: { token: link(u, 'verify') } }));
    return u;
}

describe('the address of an account', () => {
    test('is proven by the link, once', async () => {
        const u = await shop.user();
        assert.equal(links(u, 'verify'), 1, 'a link is sent at the registration');
        assert.equal(u.user.email_verified, false);
        const token = link(u, 'verify');
        const r = ok(await shop.call('POST', '/verify', { json: { token } }));
        assert.deepEqual(r.json, { email: u.email, email_verified: true });
        problem(await shop.call('POST', '/verify', { json: { token } }), 404, 'link_invalid');
        assert.equal(ok(await as(u)('GET', '/me')).json.email_verified, true);
        problem(await as(u)('POST', '/me/verification'), 409, 'already_verified');
    });

    test('is not proven by a link that is over, of another kind, or of another address', async () => {
        const u = await shop.user();
        for (const token of [
            link(u, 'verify', { ms: -1 }),
            link(u, 'reset'),
            link(u, 'verify', { email: 'other@example.com' }),
            'A'.repeat(43),
        ])
            problem(await shop.call('POST', '/verify', { json: { token } }), 404, 'link_invalid');
        assert.equal(ok(await as(u)('GET', '/me')).json.email_verified, false);
    });

    test('can be sent again, but not without end', async () => {
        const u = await shop.user();
        const rs = [];
        for (let i = 0; i < 6; i++) rs.push(await as(u)('POST', '/me/verification'));
        assert.deepEqual(rs.map((r) => r.status), [202, 202, 202, 202, 202, 429]);
        problem(rs[5], 429, 'too_many_tries');
    });

    test('unproven, orders all the same', async () => {
        const u = await shop.user();
        const p = await shop.product();
        await shop.placed([{ sku: p.sku, quantity: 1 }], { token: u.token });
    });

    test('changes when the new one is proven, and the password is asked', async () => {
        const u = await verified();
        const email = `${unique('new')}@example.com`;
        const bad = await as(u)('POST', '/me/email', { email, current_password: 'Wrong-horse-9' });
        problem(bad, 422, undefined, ['/current_password', 'bad_password']);
        ok(await as(u)('POST', '/me/email', { email, current_password: PASSWORD }), 202);
        assert.equal(ok(await as(u)('GET', '/me')).json.email, u.email);
        assert.equal(links(u, 'email'), 1);
        ok(await shop.call('POST', '/verify', { json: { token: link(u, 'email', { email }) } }));
        assert.equal(ok(await as(u)('GET', '/me')).json.email, email);
        assert.equal(links(u, 'email'), 0, 'no older link can take it back');
        problem(await login(u.email), 401);
        ok(await login(email));
    });

    test('does not become that of somebody else, nor does the asking tell', async () => {
        const [u, v] = [await verified(), await shop.user()];
        ok(await as(u)('POST', '/me/email', { email: v.email, current_password: PASSWORD }), 202);
        assert.equal(links(u, 'email'), 0);
        const token = link(u, 'email', { email: v.email });
        problem(await shop.call('POST', '/verify', { json: { token } }), 409, 'email_taken');
        assert.equal(ok(await as(u)('GET', '/me')).json.email, u.email);
    });

    test('of two changes at once, one counts', async () => {
        const u = await verified();
        const emails = [1, 2].map(() => `${unique('two')}@example.com`);
        const tokens = emails.map((email) => link(u, 'email', { email }));
        const rs = await Promise.all(tokens.map((token) => shop.call('POST', '/verify', { json: { token } })));
        assert.deepEqual(rs.map((r) => r.status).sort(), [200, 404]);
        const won = emails[rs.findIndex((r) => r.status === 200)];
        assert.equal(ok(await as(u)('GET', '/me')).json.email, won);
    });
});

describe('the mails', () => {
    // What was sent to an address, as the shop without a mail server keeps it.
    const mails = (email) =>
        readdirSync(`${STATE}/mail`)
            .filter((f) => f.endsWith('.eml'))
            .map((f) => readFileSync(`${STATE}/mail/${f}`, 'utf8').replace(/=\r?\n/g, '').replace(/=3D/g, '='))
            .filter((m) => m.includes(`To: ${email}`));
    const linked = (email, path) =>
        poll(() => {
            for (const m of mails(email)) {
                const hit = new RegExp(`http://[^ "]+${path}\\?token=([A-Za-z0-9_-]{43})`).exec(m);
                if (hit) return hit[1];
            }
        }, 8000, `a mail to ${email} with a link to ${path}`);

    test('carry links that prove the address and set a password; a change is told', async () => {
        const u = await shop.user();
        ok(await shop.call('POST', '/verify', { json: { token: await linked(u.email, '/verify') } }));
        ok(await shop.call('POST', '/password/forgot', { json: { email: u.email } }), 202);
        const token = await linked(u.email, '/reset');
        ok(await shop.call('POST', '/password/reset', { json: { token, password: 'Another-lantern-7' } }), 204);
        ok(await login(u.email, 'Another-lantern-7'));
        await poll(() => mails(u.email).some((m) => m.includes('the password')), 8000, 'the owner is told');
    });
});

describe('a password', () => {
    const reset = (token, password) => shop.call('POST', '/password/reset', { json: { token, password } });

    test('is reset by a link, which ends all sessions and works once', async () => {
        const u = await shop.user();
        const token = link(u, 'reset');
        problem(await reset(token, 'short'), 422, undefined, ['/password', 'too_short']);
        ok(await reset(token, 'Another-lantern-7'), 204);
        problem(await reset(token, 'Yet-another-lantern-8'), 404, 'link_invalid');
        problem(await refresh(u), 401);
        problem(await as(u)('GET', '/me'), 401);
        problem(await login(u.email), 401);
        const me = ok(await login(u.email, 'Another-lantern-7')).json;
        assert.equal(me.user.email_verified, true, 'the link proves the address too');
    });

    test('is reset once by two at the same instant', async () => {
        const u = await shop.user();
        const token = link(u, 'reset');
        const rs = await Promise.all([1, 2, 3, 4].map((i) => reset(token, `Lantern-and-camel-${i}`)));
        assert.deepEqual(rs.map((r) => r.status).sort(), [204, 404, 404, 404]);
        const won = rs.findIndex((r) => r.status === 204) + 1;
        ok(await login(u.email, `Lantern-and-camel-${won}`));
    });

    test('forgotten is answered alike whether or not there is an account', async () => {
        const u = await shop.user();
        const ask = (email) => shop.call('POST', '/password/forgot', { json: { email } });
        const [a, b] = [await ask(u.email), await ask(`${unique('no')}@example.com`)];
        assert.deepEqual([a.status, a.text], [202, b.text]);
        assert.equal(b.status, 202);
        assert.equal(links(u, 'reset'), 1);
        const none = `${unique('no')}@example.com`;
        for (const email of [u.email, none]) {
            const more = [];
            for (let i = 0; i < 4; i++) more.push((await ask(email)).status);
            assert.deepEqual(more.slice(-1), [429 - (email === none ? 227 : 0)]);
        }
        problem(await ask(none), 429, 'too_many_tries');
    });

    test('is changed with the old one, and other devices are signed out', async () => {
        const u = await shop.user();
        const other = ok(await login(u.email)).json;
        const change = (current_password, password) =>
            as(u)('POST', '/me/password', { current_password, password });
        problem(await change('Wrong-horse-9', 'Camel-lantern-11'), 422, undefined, ['/current_password']);
        problem(await change(PASSWORD, '12345678'), 422, undefined, ['/password', 'too_common']);
        ok(await change(PASSWORD, 'Camel-lantern-11'), 204);
        problem(await refresh(other), 401);
        ok(await as(u)('GET', '/me'));
        ok(await refresh(u));
        ok(await login(u.email, 'Camel-lantern-11'));
    });
});

describe('sessions', () => {
    test('are listed with device and address, and ended one by one', async () => {
        const u = await shop.user();
        const other = ok(
            await shop.call('POST', '/login', {
                json: { email: u.email, password: PASSWORD },
                headers: { 'user-agent': 'Old <b>phone</b> é' },
            }),
        ).json;
        const list = ok(await as(u)('GET', '/me/sessions')).json;
        assert.equal(list.total, 2);
        const there = list.items.find((s) => !s.current);
        assert.match(there.user_agent, /^Old <b>phone<\/b>/);
        assert.equal(there.ip, '127.0.0.1');
        ok(await as(u)('DELETE', `/me/sessions/${there.id}`), 204);
        problem(await refresh(other), 401);
        problem(await as({ token: other.access_token })('GET', '/me'), 401);
        problem(await as(u)('DELETE', `/me/sessions/${there.id}`), 404);
        ok(await as(u)('GET', '/me'));
    });

    test('of somebody else are not there', async () => {
        const [u, v] = [await shop.user(), await shop.user()];
        const [theirs] = ok(await as(v)('GET', '/me/sessions')).json.items;
        problem(await as(u)('DELETE', `/me/sessions/${theirs.id}`), 404);
        ok(await refresh(v));
    });

    test('end all at once, or all others', async () => {
        const u = await shop.user();
        const other = ok(await login(u.email)).json;
        ok(await as(u)('DELETE', '/me/sessions?others=true'), 204);
        problem(await refresh(other), 401);
        ok(await as(u)('GET', '/me'));
        ok(await as(u)('DELETE', '/me/sessions'), 204);
        problem(await refresh(u), 401);
        problem(await as(u)('GET', '/me'), 401);
    });
});

const ADDRESS = { name: 'Ada', line1: '1 Rue', city: 'Lyon', postal_code: '69001', country: 'fr' };

describe('addresses', () => {
    test('are kept, changed, removed; one is the default', async () => {
        const u = await shop.user();
        const call = as(u);
        const a = ok(await call('POST', '/me/addresses', ADDRESS), 201).json;
        assert.deepEqual([a.country, a.default], ['FR', true]);
        const b = ok(await call('POST', '/me/addresses', { ...ADDRESS, city: 'Paris', default: true }), 201).json;
        let all = ok(await call('GET', '/me/addresses')).json.items;
        assert.deepEqual(all.map((x) => [x.id, x.default]), [[b.id, true], [a.id, false]]);
        ok(await call('PUT', `/me/addresses/${a.id}`, { ...ADDRESS, line2: 'c/o Bea' }));
        assert.equal(ok(await call('GET', `/me/addresses/${a.id}`)).json.line2, 'c/o Bea');
        ok(await call('DELETE', `/me/addresses/${b.id}`), 204);
        all = ok(await call('GET', '/me/addresses')).json.items;
        assert.deepEqual(all.map((x) => [x.id, x.default]), [[a.id, true]]);
        problem(await call('POST', '/me/addresses', { ...ADDRESS, country: 'ZZ' }), 422, undefined, ['/country']);
        const v = await shop.user();
        problem(await as(v)('GET', `/me/addresses/${a.id}`), 404);
        problem(await as(v)('PUT', `/me/addresses/${a.id}`, ADDRESS), 404);
        problem(await as(v)('DELETE', `/me/addresses/${a.id}`), 404);
    });

    test('are at most twenty, and one default, also when added at once', async () => {
        const u = await shop.user();
        const rs = await Promise.all(
            Array.from({ length: 24 }, () => as(u)('POST', '/me/addresses', { ...ADDRESS, default: true })),
        );
        assert.equal(rs.filter((r) => r.status === 201).length, 20);
        for (const r of rs.filter((x) => x.status !== 201)) assert.ok([409, 503].includes(r.status), r.text);
        const { items } = ok(await as(u)('GET', '/me/addresses')).json;
        assert.equal(items.filter((x) => x.default).length, 1);
    });

    const blns = DATA ? JSON.parse(readFileSync(`${DATA}/input/blns.json`, 'utf8')) : [];
    test('take any text and give it back', { skip: DATA ? false : 'SOUK_TEST_DATA is unset' }, async () => {
        const u = await shop.user();
        const { id } = ok(await as(u)('POST', '/me/addresses', ADDRESS), 201).json;
        let taken = 0;
        for (const s of blns) {
            const line1 = s.slice(0, 190);
            if (!line1.isWellFormed()) continue;
            const r = await as(u)('PUT', `/me/addresses/${id}`, { ...ADDRESS, name: line1, line1 });
            if (r.status === 422) continue;
            const got = ok(r).json;
            const want = line1.replace(/^[ \t\r\n\v\f]+|[ \t\r\n\v\f]+$/g, '');
            assert.deepEqual([got.name, got.line1], [want, want]);
            assert.equal(ok(await as(u)('GET', `/me/addresses/${id}`)).json.line1, want);
            taken++;
        }
        assert.ok(taken > 300, `only ${taken} were taken`);
    });
});

describe("one's data", () => {
    test('is exported whole to who has proven the address', async () => {
        problem(await as(await shop.user())('GET', '/me/export'), 403, 'email_unverified');
        const u = await verified();
        const p = await shop.product();
        ok(await as(u)('POST', '/me/addresses', ADDRESS), 201);
        ok(await as(u)('POST', '/cart', { sku: p.sku, quantity: 2 }), 201);
        const o = await shop.placed([{ sku: p.sku, quantity: 1 }], { token: u.token });
        const all = ok(await as(u)('GET', '/me/export')).json;
        assert.equal(all.account.email, u.email);
        assert.equal(all.addresses[0].city, 'Lyon');
        assert.deepEqual(all.orders.map((x) => [x.id, x.items.length]), [[o.id, 1]]);
        assert.equal(all.cart.items[0].quantity, 2);
        assert.equal(all.sessions.length, 1);
        assert.doesNotMatch(JSON.stringify(all), /password|token/);
    });

    test('is forgotten, but for the orders, which have no person any more', async () => {
        const u = await verified();
        const p = await shop.product();
        ok(await as(u)('POST', '/me/addresses', ADDRESS), 201);
        const o = await shop.placed([{ sku: p.sku, quantity: 1 }], { token: u.token });
        const erase = (current_password) => as(u)('POST', '/me/delete', { current_password });
        problem(await erase('Wrong-horse-9'), 422, undefined, ['/current_password']);
        problem(await erase(PASSWORD), 409, 'orders_open');
        ok(await shop.call('POST', `/orders/${o.id}/cancel`, { token: u.token }));
        ok(await erase(PASSWORD), 204);
        problem(await refresh(u), 401);
        problem(await as(u)('GET', '/me'), 401);
        problem(await login(u.email), 401);
        const kept = sql(`SELECT email, ship_name, ship_line1, ship_country, total FROM orders WHERE id = ${o.id}`);
        assert.deepEqual(kept.split('\t'), ['deleted@account.invalid', '', '', 'FR', '1999'].map((x, i) =>
            i === 3 ? kept.split('\t')[3] : x));
        const traces = sql(`SELECT (SELECT COUNT(*) FROM account WHERE email = '${u.email}')
            + (SELECT COUNT(*) FROM account_address WHERE account_id = ${u.user.id})
            + (SELECT COUNT(*) FROM session WHERE account_id = ${u.user.id} AND ip <> '')
            + (SELECT COUNT(*) FROM idempotency_key WHERE scope LIKE 'u:${u.user.id}:%')`);
        assert.equal(traces, '0');
        const again = await shop.call('POST', '/register', { json: { email: u.email, password: PASSWORD, name: 'B' } });
        assert.notEqual(ok(again, 201).json.user.id, u.user.id);
    });
});

// An account whose device made its first code one step ago: two more are good right now.
async function guarded() {
    const u = await verified();
    const setup = ok(await as(u)('POST', '/me/totp', { current_password: PASSWORD }), 201).json;
    const first = ok(await as(u)('POST', '/me/totp/confirm', { totp: code(setup.secret, -1) })).json;
    return { ...u, secret: setup.secret, uri: setup.uri, codes: first.recovery_codes };
}

describe('two-step sign-in', () => {
    test('asks for a code that works once', async () => {
        const u = await guarded();
        assert.match(u.uri, /^otpauth:\/\/totp\/Souk:.*secret=[A-Z2-7]{32}&issuer=Souk$/);
        problem(await login(u.email), 401, 'totp_required');
        problem(await login(u.email, 'Wrong-horse-9'), 401, 'bad_credentials');
        problem(await login(u.email, PASSWORD, '000000'), 401, 'totp_invalid');
        const now = code(u.secret);
        assert.equal(ok(await login(u.email, PASSWORD, now)).json.user.totp, true);
        problem(await login(u.email, PASSWORD, now), 401, 'totp_invalid');
        problem(await login(u.email, PASSWORD, code(u.secret, -1)), 401, 'totp_invalid');
    });

    test('takes the same code from two at once one time', async () => {
        const u = await guarded();
        const now = code(u.secret);
        const rs = await Promise.all([1, 2, 3].map(() => login(u.email, PASSWORD, now)));
        assert.deepEqual(rs.map((r) => r.status).sort(), [200, 401, 401]);
    });

    test('takes each recovery code once, however it is typed', async () => {
        const u = await guarded();
        assert.equal(new Set(u.codes).size, 10);
        const typed = u.codes[0].toLowerCase().replaceAll('-', ' ');
        const rs = await Promise.all([1, 2, 3].map(() => login(u.email, PASSWORD, typed)));
        assert.deepEqual(rs.map((r) => r.status).sort(), [200, 401, 401]);
        ok(await login(u.email, PASSWORD, u.codes[1]));
        const more = await as(u)('POST', '/me/totp/recovery-codes', { current_password: PASSWORD, totp: u.codes[2] });
        const fresh = ok(more).json.recovery_codes;
        problem(await login(u.email, PASSWORD, u.codes[3]), 401, 'totp_invalid');
        ok(await login(u.email, PASSWORD, fresh[0]));
    });

    test('limits tries, and a reset of the password lifts that', async () => {
        const u = await guarded();
        const rs = [];
        for (let i = 0; i < 6; i++) rs.push((await login(u.email, PASSWORD, '000000')).status);
        assert.deepEqual(rs, [401, 401, 401, 401, 401, 429]);
        problem(await login(u.email, PASSWORD, code(u.secret)), 429, 'too_many_tries');
        const json = { token: link(u, 'reset'), password: 'Another-lantern-7' };
        ok(await shop.call('POST', '/password/reset', { json }), 204);
        ok(await login(u.email, 'Another-lantern-7', code(u.secret)));
    });

    test('is turned off with password and code; its secret is sealed', async () => {
        const u = await guarded();
        const stored = sql(`SELECT HEX(secret) FROM account_totp WHERE account_id = ${u.user.id}`);
        assert.ok(!stored.toLowerCase().includes(base32(u.secret).toString('hex')));
        problem(await as(u)('POST', '/me/totp', { current_password: PASSWORD }), 409, 'totp_on');
        const off = (totp) => as(u)('POST', '/me/totp/disable', { current_password: PASSWORD, totp });
        problem(await off('000000'), 401, 'totp_invalid');
        ok(await off(code(u.secret)), 204);
        ok(await login(u.email));
    });

    test('is for proven addresses', async () => {
        const u = await shop.user();
        problem(await as(u)('POST', '/me/totp', { current_password: PASSWORD }), 403, 'email_unverified');
    });
});

describe('guessing', () => {
    test('passwords of one account is slowed down, alike for one that is not there', async () => {
        const u = await shop.user();
        for (const email of [u.email, `${unique('no')}@example.com`]) {
            const rs = [];
            for (let i = 0; i < 11; i++) rs.push(await login(email, 'Wrong-horse-9'));
            assert.deepEqual([...new Set(rs.slice(0, 10).map((r) => r.status))], [401]);
            problem(rs[10], 429, 'too_many_tries');
            assert.ok(Number(rs[10].get('retry-after')) <= 900);
        }
    });

    test('many at once is no way around it', async () => {
        const u = await shop.user();
        const rs = await Promise.all(Array.from({ length: 20 }, () => login(u.email, 'Wrong-horse-9')));
        assert.ok(rs.filter((r) => r.status === 401).length <= 10);
        assert.ok(rs.some((r) => r.status === 429));
    });

    test('right ones are not counted', async () => {
        const u = await shop.user();
        for (let i = 0; i < 12; i++) ok(await login(u.email));
    });
});
