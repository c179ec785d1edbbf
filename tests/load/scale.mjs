// scale.mjs URL STATE PRODUCTS ORDERS: what one request costs in a shop of that size, uncached. A
// line "what <tab> median ms <tab> rows the database read" for each; rows are what does not
// depend on how busy the machine is. A request that is refused is a line of 0 rows and its status.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const [base, state, products, orders] = process.argv.slice(2);
if (!orders) throw new Error('usage: scale.mjs URL STATE PRODUCTS ORDERS');
const TIMES = 5;
const PAGE = 10000;

const sql = (q) =>
    execFileSync('mariadb', ['--no-defaults', `--socket=${state}/run/mariadb.sock`, '-N', '-B', '-e', q, 'souk'], { encoding: 'utf8' })
        .split('\n').filter(Boolean).map((l) => l.split('\t'));
const reads = () => sql("SHOW GLOBAL STATUS LIKE 'Handler_read%'").reduce((n, [, v]) => n + Number(v), 0);
const median = (a) => a.sort((x, y) => x - y)[Math.floor(a.length / 2)];

const login = await fetch(`${base}/api/v1/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: readFileSync(`${state}/admin.json`) });
const { access_token } = await login.json();

// path(i) is another request each time, so that nothing answers it ready-made.
async function cost(what, path) {
    const ms = [], rows = [];
    let bad;
    for (let i = 0; i < TIMES; i++) {
        const url = base + path(i);
        const before = reads();
        const began = performance.now();
        const r = await fetch(url, { headers: { authorization: `Bearer ${access_token}` } });
        await r.arrayBuffer();
        ms.push(performance.now() - began);
        rows.push(reads() - before);
        if (r.status !== 200) bad = r.status;
    }
    // Whoever works in the background reads too: the least is the request's own.
    console.log([what, median(ms).toFixed(2), bad ? 0 : Math.min(...rows), bad ?? 200].join('\t'));
}

const some = (table, step) => sql(`SELECT id FROM ${table} ORDER BY id LIMIT 1 OFFSET ${step}`)[0][0];
const ids = sql(`SELECT id FROM product WHERE status = 'active' ORDER BY slug LIMIT ${TIMES * 2}`).map(([id]) => id);
const order = sql(`SELECT id FROM orders ORDER BY id DESC LIMIT 1 OFFSET ${Math.min(PAGE * 20, orders / 2)}`)[0][0];
const lastProducts = Math.min(PAGE, Math.floor(products / 30)), lastOrders = Math.min(PAGE, Math.floor(orders / 20));
const words = ['black', 'case', 'wireless', 'printer', 'silver'];
const A = '/api/v1';

await cost('product', (i) => `${A}/products/${ids[i]}`);
await cost('product page', (i) => `/products/${sql(`SELECT slug FROM product WHERE id = ${ids[TIMES + i]}`)[0][0]}`);
await cost('list, page 1', (i) => `${A}/products?per_page=${20 + i}`);
await cost('list, page 10,000', (i) => `${A}/products?per_page=${20 + i}&page=${lastProducts}`);
await cost('list, after=', (i) => `${A}/products?per_page=${20 + i}&after=${some('product', lastProducts * 20 + i)}`);
await cost('list by name', (i) => `${A}/products?per_page=${20 + i}&sort=name`);
await cost('list in stock', (i) => `${A}/products?per_page=${20 + i}&in_stock=true`);
await cost('list with facets', (i) => `${A}/products?per_page=${20 + i}&facets=true`);
await cost('search, a common word', (i) => `${A}/products?q=${words[i]}`);
await cost('search, a code', (i) => `${A}/products?q=${encodeURIComponent(sql(`SELECT sku FROM sku WHERE product_id = ${ids[i]} LIMIT 1`)[0][0])}`);
await cost('order', () => `${A}/admin/orders/${order}`);
await cost('admin: orders', () => `${A}/admin/orders`);
await cost('admin: orders, page 10,000', () => `${A}/admin/orders?page=${lastOrders}`);
await cost('admin: orders, after=', () => `${A}/admin/orders?after=${order}`);
await cost('admin: orders shipped', () => `${A}/admin/orders?status=shipped`);
await cost('admin: orders by e-mail', () => `${A}/admin/orders?q=buyer77%40example.com`);
await cost('admin: products', () => `${A}/admin/products`);
await cost('admin: accounts', () => `${A}/admin/users`);
await cost('admin: accounts by e-mail', () => `${A}/admin/users?q=customer77%40`);
await cost('admin: payments', () => `${A}/admin/payments`);
