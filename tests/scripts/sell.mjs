// sell.mjs URL STOPFILE: buyers and readers on kept connections until the file is there, then one line
// of JSON: what was asked, what failed, and the slowest. Every answer but the right one is a
// failure, and so is a connection that breaks.
import http from 'node:http';
import { existsSync } from 'node:fs';

const [url, stop] = process.argv.slice(2);
const BUYERS = 12, READERS = 12;
const agent = new http.Agent({ keepAlive: true });
const told = { reads: 0, orders: 0, pays: 0, failed: [], slowest_ms: 0 };
const orders = [];

function ask(method, path, body, headers = {}) {
    return new Promise((resolve) => {
        const t0 = performance.now();
        const done = (status, text, cart) => {
            told.slowest_ms = Math.max(told.slowest_ms, Math.round(performance.now() - t0));
            resolve({ status, text, cart });
        };
        const rq = http.request(url + path, { method, agent, headers }, (rs) => {
            let text = '';
            rs.on('data', (d) => { text += d; });
            rs.on('end', () => done(rs.statusCode, text, rs.headers['x-cart-token']));
            rs.on('aborted', () => done(0, 'cut off'));
        });
        rq.on('error', (e) => done(0, e.code));
        rq.end(body);
    });
}

function expect(status, answer, what) {
    if (answer.status === status)
        return true;
    told.failed.push(`${what}: ${answer.status} ${answer.text.slice(0, 200)}`);
    return false;
}

const post = (path, body, key) => ask('POST', path, JSON.stringify(body),
    { 'Content-Type': 'application/json', 'Idempotency-Key': key });
const address = { name: 'N', line1: '1 Main St', city: 'Lyon', postal_code: '69001', country: 'FR' };

async function buyer(n, skus) {
    for (let i = 0; !existsSync(stop); i++) {
        const sku = skus[(n + i) % skus.length];
        const a = await post('/api/v1/orders', { email: `b${n}@example.com`,
            items: [{ sku, quantity: 1 }], shipping_address: address }, `${process.pid}-${n}-${i}`);
        told.orders++;
        if (!expect(201, a, 'order'))
            continue;
        const order = JSON.parse(a.text);
        orders.push(order.id);
        if (i % 8 !== 0)
            continue;
        told.pays++;
        expect(200, await ask('POST', `/api/v1/orders/${order.id}/pay`, '{"method":"simulated"}',
            { 'Content-Type': 'application/json', 'Idempotency-Key': `p${process.pid}-${n}-${i}`,
                'X-Cart-Token': a.cart }), 'pay');
    }
}

async function reader(n, paths) {
    for (let i = 0; !existsSync(stop); i++) {
        told.reads++;
        expect(200, await ask('GET', paths[(n + i) % paths.length]), 'read');
    }
}

const list = JSON.parse((await ask('GET', '/api/v1/products?per_page=100&in_stock=true')).text).items;
const skus = list.map((p) => p.sku).filter((s) => /^R[0-9]/.test(s));
const paths = ['/', '/api/v1/products', ...list.slice(0, 20).map((p) => `/products/${p.slug}`)];
await Promise.all([
    ...Array.from({ length: BUYERS }, (_, n) => buyer(n, skus)),
    ...Array.from({ length: READERS }, (_, n) => reader(n, paths)),
]);
agent.destroy();
console.log(JSON.stringify({ ...told, made: new Set(orders).size, failures: told.failed.length,
    failed: told.failed.slice(0, 10) }));
