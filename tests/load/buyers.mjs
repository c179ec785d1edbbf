// Buyers for scripts/bench: node buyers.mjs setup|members|fight URL ADMIN.json OUT
//   setup  registers 64 accounts (OUT/tokens) and makes goods to order (OUT/sku-hot, sku-many)
//   members  registers 16 accounts who sign in (OUT/members: a request's body a line)
//   fight  lets all of them order one of 50 units at once, several times over, and prints
//          "units buyers rounds sold left unexpected p50 p99"; exit 1 unless sold is exact
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

const [what, url, adminFile, out] = process.argv.slice(2);
const BUYERS = 64;
const UNITS = 50;
const ROUNDS = 5;
const MANY = 1000;
const ADDRESS = {
    name: 'Load Test', line1: '1 Bench Street', city: 'Fez', postal_code: '30110', country: 'MA',
};
const unique = (prefix) => `${prefix}-${randomBytes(5).toString('hex')}`;

async function call(method, path, { token, key, json } = {}) {
    const headers = {};
    if (token) headers.authorization = `Bearer ${token}`;
    if (key) headers['idempotency-key'] = key;
    if (json) headers['content-type'] = 'application/json';
    const r = await fetch(`${url}/api/v1${path}`, {
        method, headers, body: json && JSON.stringify(json), signal: AbortSignal.timeout(20000),
    });
    const text = await r.text();
    return { status: r.status, text, json: text ? JSON.parse(text) : undefined };
}

function must(r, status) {
    if (r.status !== status) throw new Error(`wanted ${status}, got ${r.status}: ${r.text.slice(0, 300)}`);
    return r.json;
}

async function admin() {
    const cred = JSON.parse(readFileSync(adminFile, 'utf8'));
    return must(await call('POST', '/login', { json: cred }), 200).access_token;
}

async function goods(token, stock) {
    const sku = unique('bench');
    const json = { sku, name: `Load test ${sku}`, price: { amount: 1999, currency: 'USD' }, stock };
    return must(await call('POST', '/admin/products', { token, json }), 201);
}

async function setup() {
    const token = await admin();
    const buyers = [];
    for (let i = 0; i < BUYERS; i++) {
        buyers.push(call('POST', '/register', {
            json: { email: `${unique('buyer')}@example.com`, password: unique('Saffron-camel'), name: 'Buyer' },
        }));
    }
    const tokens = (await Promise.all(buyers)).map((r) => must(r, 201).access_token);
    writeFileSync(`${out}/tokens`, `${tokens.join('\n')}\n`, { mode: 0o600 });
    writeFileSync(`${out}/sku-hot`, `${(await goods(token, 1000000)).sku}\n`);
    const many = [];
    while (many.length < MANY) {
        const some = await Promise.all(Array.from({ length: 20 }, () => goods(token, 100000)));
        many.push(...some.map((p) => p.sku));
    }
    writeFileSync(`${out}/sku-many`, `${many.join('\n')}\n`);
}

async function members() {
    const bodies = [];
    for (let i = 0; i < 16; i++) {
        const json = { email: `${unique('member')}@example.com`, password: unique('Saffron-camel'), name: 'Member' };
        must(await call('POST', '/register', { json }), 201);
        bodies.push(JSON.stringify({ email: json.email, password: json.password }));
    }
    writeFileSync(`${out}/members`, `${bodies.join('\n')}\n`, { mode: 0o600 });
}

async function buy(token, sku, times) {
    const t0 = performance.now();
    const r = await call('POST', '/orders', {
        token, key: unique('fight'),
        json: { items: [{ sku, quantity: 1 }], shipping_address: ADDRESS },
    });
    times.push(performance.now() - t0);
    return r;
}

async function fight() {
    const tokens = readFileSync(`${out}/tokens`, 'utf8').trim().split('\n');
    const adminToken = await admin();
    const times = [];
    let sold = 0, left = 0, unexpected = 0;
    for (let i = 0; i < ROUNDS; i++) {
        const product = await goods(adminToken, UNITS);
        const answers = await Promise.all(tokens.map((t) => buy(t, product.sku, times)));
        const placed = answers.filter((r) => r.status === 201);
        const refused = answers.filter((r) => r.status === 409 && r.json.type === '/problems/out_of_stock');
        const ids = new Set(placed.map((r) => r.json.id));
        sold += ids.size;
        unexpected += tokens.length - ids.size - refused.length + Math.abs(ids.size - UNITS);
        left += must(await call('GET', `/products/${product.id}`), 200).stock;
    }
    times.sort((a, b) => a - b);
    const at = (q) => times[Math.min(times.length - 1, Math.floor(times.length * q))].toFixed(2);
    console.log([UNITS, tokens.length, ROUNDS, sold, left, unexpected, at(0.5), at(0.99)].join('\t'));
    return sold === UNITS * ROUNDS && left === 0 && unexpected === 0;
}

if (what === 'setup') await setup();
else if (what === 'members') await members();
else if (what === 'fight') process.exitCode = (await fight()) ? 0 : 1;
else throw new Error('buyers.mjs setup|members|fight URL ADMIN.json OUT');
