// The shop's side of the replay: the goods it gets before, and its ledger afterwards.
import { execFile, execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { promisify } from 'node:util';

import { forSale } from './stream.mjs';

const run = promisify(execFile);
const CURRENCY = 'GBP';
const SPARE = 3; // units of each article that nobody buys
const BY_HAND = 100; // one article in so many gets its stock by the admin's adjustments

export function sql(state, query) {
    const socket = `--socket=${state}/run/mariadb.sock`;
    const args = ['--no-defaults', socket, '-N', '-B', 'souk', '-e', query];
    const text = execFileSync('mariadb', args, { encoding: 'utf8', maxBuffer: 1 << 28 }).trim();
    return text === '' ? [] : text.split('\n').map((l) => l.split('\t'));
}

// Every article that is for sale, with the units the file sells of it and a few more.
export function articlesOf(invoices, sums) {
    const all = new Map();
    for (const rows of invoices.values())
        for (const r of rows) {
            if (!forSale(r)) continue;
            const a = all.get(r.sku);
            if (a) a.name ||= r.name;
            else all.set(r.sku, { name: r.name, price: r.price, stock: (sums.sold.get(r.sku) ?? 0) + SPARE });
        }
    let n = 0;
    for (const a of all.values()) a.byHand = n++ % BY_HAND === 0;
    return all;
}

export async function importArticles(bin, state, articles, badRow) {
    const lines = [...articles].map(([sku, a]) =>
        JSON.stringify({
            sku, currency: CURRENCY,
            name: a.name || sku,
            price: (a.price / 100).toFixed(2),
            stock: a.byHand ? 0 : a.stock,
        }),
    );
    // What a shop must not take up: a price that no coin pays, a negative one, no name.
    const bad = [
        { sku: badRow('subpenny'), name: 'x', price: '0.001', currency: CURRENCY },
        { sku: badRow('negative'), name: 'x', price: '-11062.06', currency: CURRENCY },
        { sku: badRow('nameless'), name: '', price: '1.00', currency: CURRENCY },
    ];
    const file = `${state}/replay.jsonl`;
    writeFileSync(file, [...lines, ...bad.map((b) => JSON.stringify(b))].join('\n') + '\n');
    const r = await run(`${bin}/souk`, ['import', file, '--state', state], { maxBuffer: 1 << 24 }).catch((e) => e);
    return { text: `${r.stdout}${r.stderr}`, bad: bad.length };
}

// Two deliveries and one that was counted too high, as ledger entries.
export async function receiveByHand(api, admin, state, articles) {
    const ids = new Map(sql(state, 'SELECT sku, product_id FROM sku'));
    let n = 0;
    for (const [sku, a] of articles) {
        if (!a.byHand) continue;
        for (const delta of [a.stock, 5, -5]) {
            const json = { delta, reason: 'replay: delivery' };
            await admin.want(200, 'POST', `/admin/products/${ids.get(sku)}/stock`, { json });
            n++;
        }
    }
    return n;
}

// What the ledger says: units a SKU sold, given back and left; money by currency.
export function ledger(state) {
    const units = (q) => new Map(sql(state, q).map(([sku, n]) => [sku, Number(n)]));
    const moves = (kinds, sign) =>
        units(`SELECT k.sku, ${sign}SUM(m.quantity) FROM stock_move m JOIN sku k ON k.id = m.sku_id
               WHERE m.kind IN (${kinds}) GROUP BY k.id`);
    const [pay] = [sql(state, `SELECT currency, SUM(amount), SUM(refunded), COUNT(*) FROM payment
                               WHERE status = 'succeeded' GROUP BY currency`)];
    return {
        sold: moves("'sale', 'revive'", '-'),
        backKinds: new Map(sql(state, `SELECT kind, SUM(quantity) FROM stock_move
                                       WHERE order_line_id IS NOT NULL GROUP BY kind`)),
        available: units('SELECT k.sku, s.available FROM stock s JOIN sku k ON k.id = s.sku_id'),
        payments: pay.map(([currency, taken, given, n]) => ({
            currency, taken: Number(taken), given: Number(given), n: Number(n),
        })),
        orders: sql(state, `SELECT currency, SUM(subtotal), SUM(total), SUM(refunded), COUNT(*)
                            FROM orders GROUP BY currency`).map(([currency, subtotal, total, refunded, n]) => ({
            currency, subtotal: Number(subtotal), total: Number(total), refunded: Number(refunded), n: Number(n),
        })),
    };
}
