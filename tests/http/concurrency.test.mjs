// Many at once, and with parts of the machine missing: units, prices, caches, holds.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';

import { readPid, sql, startShop, verify, workerPids } from './lib/machine.mjs';
import { URL_, call, ok, poll, problem, shop } from './lib/shop.mjs';

const one = (p, quantity = 1) => [{ sku: p.sku, quantity }];
const usd = (amount) => ({ amount, currency: 'USD' });
const priceOnPage = (html) => /data-price>\$([\d,.]+)</.exec(html)[1];

describe('64 buyers fight for 50 units', () => {
    for (const [what, quantity, winners] of [['one each', 1, 50], ['three each', 3, 16]])
        test(`${what}: exactly ${winners} win, the others are told, nothing is lost`, async () => {
            const p = await shop.product({ stock: 50 });
            const rs = await Promise.all(Array.from({ length: 64 }, () => shop.order(one(p, quantity))));
            const won = rs.filter((r) => r.status === 201);
            rs.filter((r) => r.status !== 201).forEach((r) => problem(r, 409, 'out_of_stock'));
            assert.equal(won.length, winners);
            assert.equal(new Set(won.map((r) => r.json.id)).size, winners);
            assert.equal(await shop.stock(p.id), 50 - winners * quantity);
            const v = await verify();
            assert.equal(v.code, 0, v.text);
        });

    test('carts with the same goods in other orders never block each other', async () => {
        const ps = await Promise.all([1, 2, 3, 4].map(() => shop.product({ stock: 200 })));
        const rs = await Promise.all(
            Array.from({ length: 60 }, (_, i) => {
                const lines = ps.map((p) => ({ sku: p.sku, quantity: 1 + (i % 2) }));
                return shop.order(i % 2 ? lines : lines.reverse());
            }),
        );
        rs.forEach((r) => ok(r, 201));
        assert.deepEqual(await Promise.all(ps.map((p) => shop.stock(p.id))), [110, 110, 110, 110]);
    });
});

test('four hundred who never finish what they send hold up nobody', async () => {
    const p = await shop.product({ stock: 10 });
    const { hostname, port } = new URL(URL_);
    const starts = [
        'POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{"items"',
        'GET /api/v1/products HTTP/1.1\r\nHost: x\r\nX-Slow',
    ];
    const stalled = await Promise.all(Array.from({ length: 400 }, (_, i) => new Promise((resolve, reject) => {
        const s = connect(Number(port), hostname, () => s.write(starts[i % 2], () => resolve(s)));
        s.on('error', reject);
    })));
    try {
        const t = performance.now();
        ok(await shop.call('GET', `/products?q=${p.sku}`));
        ok(await shop.order(one(p)), 201);
        ok(await call('GET', `${URL_}/products/${p.slug}`));
        assert.ok(performance.now() - t < 3000, `${performance.now() - t} ms`);
    } finally {
        stalled.forEach((s) => s.destroy());
    }
});

describe('a change of price', () => {
    test('is what the very next request sees, 200 times, while others read', async () => {
        const p = await shop.product();
        const token = await shop.admin();
        const page = () => call('GET', `${shop.url}/products/${p.slug}`);
        // While a change is under way a reader may see either price; once it is answered, no
        // request that begins afterwards, in whichever process, may see the old one.
        let reading = true, acknowledged = 1999;
        const readers = Array.from({ length: 6 }, async (_, i) => {
            while (reading) {
                const least = acknowledged;
                const r = i % 2 ? await shop.call('GET', `/products/${p.id}`) : await page();
                const now = i % 2 ? r.json.price.amount : Math.round(Number(priceOnPage(r.text)) * 100);
                assert.ok(now >= least, `${now} was served after ${least} had been acknowledged`);
            }
        });
        try {
            for (let i = 0; i < 200; i++) {
                const amount = 2000 + i;
                ok(await shop.call('PATCH', `/admin/products/${p.id}`, { token, match: '*', json: { price: usd(amount) } }));
                acknowledged = amount;
                const [api, html, list] = await Promise.all([
                shop.call('GET', `/products/${p.id}`),
                page(),
                shop.call('GET', `/products?q=${p.sku}`),
            ]);
                assert.equal(ok(api).json.price.amount, amount, `round ${i}, the API`);
                assert.equal(priceOnPage(ok(html).text), (amount / 100).toFixed(2), `round ${i}, the page`);
            assert.equal(ok(list).json.items[0].price.amount, amount, `round ${i}, the list`);
            }
        } finally {
            reading = false;
        }
        await Promise.all(readers);
    });
});

describe('on a shop of its own', () => {
    let own;
    before(async () => {
        own = await startShop({ SOUK_HOLD_S: '2' });
    });
    after(async () => {
        const v = await verify(own.state);
        await own.stop();
        assert.equal(v.code, 0, v.text);
    });

    // How often the database was asked for products while `work` ran, the busiest statement's
    // figure: from the server's own log of statements.
    async function reads(work) {
        sql("TRUNCATE mysql.general_log; SET GLOBAL log_output='TABLE'; SET GLOBAL general_log=ON", own.state);
        try {
            await work();
        } finally {
            sql('SET GLOBAL general_log=OFF', own.state);
        }
        return Number(
            sql(
                `SELECT COALESCE(MAX(n), 0) FROM (SELECT COUNT(*) n FROM mysql.general_log WHERE
                    command_type='Execute' AND argument LIKE '%FROM product %' GROUP BY argument) x`,
                own.state,
            ),
        );
    }
    // One client on a cold key, then 512 on another: at most twice the work of the one.
    async function stampede(get, check) {
        const cold = async (n) => {
            const p = await own.product();
            return reads(async () => {
                const rs = await Promise.all(Array.from({ length: n }, () => get(p)));
                rs.forEach((r) => check(r, rs[0]));
            });
        };
        await get(await own.product()); // what every page shares is warm now
        const alone = await cold(1);
        const all = await cold(512);
        assert.ok(alone >= 1, 'nothing was read: the counting is broken');
        assert.ok(all <= 2 * alone, `one client: ${alone} reads, 512 clients: ${all}`);
    }

    test('512 clients on a cold hot key cause at most 2 reads of the database', () =>
        stampede(
            (p) => own.call('GET', `/products/${p.id}`),
            (r, first) => assert.deepEqual(ok(r).json, first.json),
        ));

    test('512 clients on a cold page: at most 2 reads too', () =>
        stampede((p) => call('GET', `${own.url}/products/${p.slug}`), (r) => ok(r)));

    test('512 clients on a product that is none: at most 2 reads, all 404', async () => {
        const n = await reads(async () => {
            const rs = await Promise.all(
                Array.from({ length: 512 }, () => own.call('GET', '/products/191500000000000001')),
            );
            rs.forEach((r) => problem(r, 404));
        });
        assert.ok(n >= 1 && n <= 2, `${n} reads`);
    });

    test('an unpaid order expires: its stock is back within 2 s of the deadline', async () => {
        const p = await own.product();
        const { token } = await own.user();
        const o = await own.placed(one(p, 3), { token });
        const deadline = Date.parse(o.expires_at);
        assert.equal(await own.stock(p.id), 7);
        await poll(async () => (await own.stock(p.id)) === 10, deadline - Date.now() + 2000, 'the stock is back');
        assert.ok(Date.now() >= deadline, 'given back before the deadline');
        assert.equal(ok(await own.call('GET', `/orders/${o.id}`, { token })).json.status, 'expired');

        // A payment that comes late takes the stock again, if there is any.
        assert.equal(ok(await own.pay(o.id, { token })).json.status, 'paid');
        assert.equal(await own.stock(p.id), 7);
    });

    test('a late payment for goods that were sold keeps no money', async () => {
        const p = await own.product({ stock: 1 });
        const { token } = await own.user();
        const o = await own.placed(one(p), { token });
        await poll(async () => (await own.stock(p.id)) === 1, 6000, 'the stock is back');
        const next = await own.user();
        const sold = await own.placed(one(p), { token: next.token });
        ok(await own.pay(sold.id, { token: next.token }));
        const r = await own.pay(o.id, { token });
        assert.ok(r.status === 409 || r.json?.payment_status === 'refunded', r.text);
        const full = ok(await own.call('GET', `/admin/orders/${o.id}`, { token: await own.admin() })).json;
        const kept = full.payments
            .filter((x) => x.status === 'succeeded')
            .reduce((n, x) => n + x.amount.amount - x.refunded.amount, 0);
        assert.equal(kept, 0);
    });

    test('more than can be done: refused at once, and what could wait is served', async () => {
        const p = await own.product({ stock: 1 });
        const pids = workerPids(own.state);
        let refused = 0;
        const ask = async () => {
            const r = await call('GET', `${own.url}/api/v1/products/${p.id}`);
            refused += r.status === 503;
            return r;
        };
        pids.forEach((pid) => process.kill(pid, 'SIGSTOP'));
        const asked = Array.from({ length: 1400 }, ask);
        try {
            await poll(() => refused >= 300, 8000, 'nginx refuses what comes on top of 1,100');
        } finally {
            pids.forEach((pid) => process.kill(pid, 'SIGCONT'));
        }
        const rs = await Promise.all(asked);
        const no = rs.filter((r) => r.status !== 200);
        assert.equal(no.length, 300);
        no.forEach((r) => {
            problem(r, 503, 'unavailable');
            assert.ok(Number(r.get('retry-after')) > 0);
        });
        ok(await ask());
    });

    describe('without Redis', () => {
        const log = () => readFileSync(`${own.state}/log/workers.log`, 'utf8');
        const grumbles = (text) =>
            text.split('\n').filter((l) => /^\S+ (warn|error) /.test(l) && /redis|cache|kv|breaker|lock/i.test(l));

        // A day at the shop: pages, lists, orders, a change of price; all must work.
        async function trade(p, rounds) {
            const token = await own.admin();
            for (let i = 0; i < rounds; i++) {
                const amount = 5000 + i;
                ok(await own.call('PATCH', `/admin/products/${p.id}`, { token, match: '*', json: { price: usd(amount) } }));
                const rs = await Promise.all([
                    own.call('GET', `/products/${p.id}`),
                    call('GET', `${own.url}/products/${p.slug}`),
                    call('GET', `${own.url}/`),
                    own.call('GET', '/products'),
                    own.call('GET', '/categories'),
                ]);
                rs.forEach((r) => ok(r));
                assert.equal(rs[0].json.price.amount, amount, 'the new price, at once');
                assert.equal(priceOnPage(rs[1].text), (amount / 100).toFixed(2), 'and on the page');
                const o = ok(await own.order(one(p)), 201);
                assert.equal(o.json.subtotal.amount, amount);
                ok(await own.pay(o.json.id, { cart: o.get('x-cart-token') }));
            }
        }

        test('stopped: everything works, the log says so a few times, nothing stale comes back', async () => {
            const p = await own.product({ stock: 1000 });
            await trade(p, 2);
            const pid = readPid('redis', own.state);
            const before_ = log().length;
            process.kill(pid, 'SIGSTOP');
            try {
                const t = Date.now();
                await trade(p, 30);
                assert.ok(Date.now() - t < 15000, `210 requests took ${Date.now() - t} ms`);
            } finally {
                process.kill(pid, 'SIGCONT');
            }
            const said = grumbles(log().slice(before_));
            assert.ok(said.length >= 1, 'an operator must be told');
            assert.ok(said.length <= 24, `${said.length} lines for 210 requests:\n${said.slice(0, 30).join('\n')}`);
            // What Redis held when it was stopped is older than what was sold meanwhile.
            const until = Date.now() + 3000;
            while (Date.now() < until) {
                const r = ok(await own.call('GET', `/products/${p.id}`));
                assert.equal(r.json.price.amount, 5029, 'an old price came back with Redis');
            }
        });

        test('killed: it is started again, and all goes on', async () => {
            const p = await own.product({ stock: 100 });
            const pid = readPid('redis', own.state);
            const workers = workerPids(own.state);
            process.kill(pid, 'SIGKILL');
            await trade(p, 5);
            await poll(() => readPid('redis', own.state) !== pid, 10000, 'Redis is started again');
            await trade(p, 5);
            assert.deepEqual(workerPids(own.state), workers, 'no worker fell over it');
        });

        test('a worker killed with -9 is replaced, and no order is half', async () => {
            const p = await own.product({ stock: 1000 });
            const pids = workerPids(own.state);
            const orders = Promise.all(Array.from({ length: 100 }, () => own.order(one(p))));
            process.kill(pids[0], 'SIGKILL');
            const rs = await orders;
            const made = rs.filter((r) => r.status === 201).length;
            rs.filter((r) => r.status !== 201).forEach((r) => assert.equal(r.status, 503, r.text));
            await poll(() => {
                const now = workerPids(own.state);
                return now.length === pids.length && !now.includes(pids[0]);
            }, 5000, 'a new worker');
            ok(await own.order(one(p)), 201);
            const units = Number(sql(`SELECT SUM(quantity) FROM order_line WHERE sku='${p.sku}'`, own.state));
            assert.ok(units >= made + 1, 'an answered order is there');
            const v = await verify(own.state);
            assert.equal(v.code, 0, v.text);
        });
    });
});
