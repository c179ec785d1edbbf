// The file as a stream of invoices, and what is to be done with each; knows no network.
//
// The rules, in the order in which they are applied:
//  1. An article is a stock code in capitals at one price: the file sells the same code at
//     many prices, a shop at one, so each pair is a SKU of its own ("85123A@255").
//  2. For sale are articles at a whole, positive number of pence, of a code that is not "B"
//     (bad debt). All others stay out of the catalogue: rows of them are sent all the same,
//     each as an order of its own, and it is the API that has to refuse them.
//  3. A row with a quantity below 1 or above 9,999 is such an order of its own, too.
//  4. The remaining rows of an invoice are one order; rows of the same article are one
//     line. Lines above 9,999 units are not added up but make a further order.
//  5. An invoice of more than 100 lines is sent whole, which the API refuses, and then in
//     orders of 100 lines.
//  6. A cancellation (C...) is matched, row by row, with the latest earlier orders of the
//     same customer that have units of the article left. One that takes back the whole of
//     an untouched order is a cancel, each other a refund of the amount. What no order is
//     found for is sent as the order of a negative quantity that it is in the file.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';

export const LINES_MAX = 100;
export const QUANTITY_MAX = 9999;

// One line of CSV (RFC 4180; no field of this file spans lines).
export function fields(line) {
    if (!line.includes('"')) return line.split(',');
    const out = [];
    const re = /(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g;
    for (const m of line.matchAll(re)) out.push(m[1]?.replaceAll('""', '"') ?? m[2]);
    return out;
}

// "2.55" in pence, exactly; null for a price that is no whole number of them.
export function pence(text) {
    const m = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
    if (!m || !/^\d{0,2}0*$/.test(m[3] ?? '')) return null;
    const n = Number(m[2]) * 100 + Number((m[3] ?? '').slice(0, 2).padEnd(2, '0'));
    return m[1] ? -n : n;
}

function row(line) {
    const f = fields(line);
    if (f.length !== 8) throw new Error(`not a row of eight fields: ${line}`);
    const [invoice, code, name, quantity, , price, customer, country] = f;
    const p = pence(price);
    return {
        invoice, name, country,
        code: code.trim().toUpperCase(),
        quantity: Number(quantity),
        price: p,
        sku: `${code.trim().toUpperCase()}@${p ?? price}`,
        customer: customer.replace(/\.0$/, ''),
    };
}

export async function* rowsOf(file) {
    const lines = createInterface({ input: createReadStream(file).pipe(createGunzip()), crlfDelay: Infinity });
    let first = true;
    for await (const line of lines) {
        if (!first && line) yield row(line);
        first = false;
    }
}

// The first `limit` invoices of the file (0: all), in the order in which they begin.
export async function invoicesOf(file, limit) {
    const all = new Map();
    for await (const r of rowsOf(file)) {
        if (!all.has(r.invoice)) {
            if (limit && all.size === limit) continue;
            all.set(r.invoice, []);
        }
        all.get(r.invoice).push(r);
    }
    return all;
}

export const forSale = (r) => r.price !== null && r.price > 0 && r.code !== 'B';
export const orderable = (r) => forSale(r) && r.quantity >= 1 && r.quantity <= QUANTITY_MAX;

// Orders of at most LINES_MAX lines, a SKU once in each.
function ordersOf(invoice, rows) {
    const lines = [];
    const open = new Map();
    for (const r of rows) {
        const l = open.get(r.sku);
        if (l && l.quantity + r.quantity <= QUANTITY_MAX) {
            l.quantity += r.quantity;
            continue;
        }
        const fresh = { sku: r.sku, price: r.price, quantity: r.quantity };
        open.set(r.sku, fresh);
        lines.push(fresh);
    }
    const orders = [];
    for (const l of lines) {
        let o = orders.find((x) => x.lines.length < LINES_MAX && !x.lines.some((m) => m.sku === l.sku));
        if (!o) orders.push((o = { lines: [], key: `${invoice}/${orders.length}` }));
        o.lines.push(l);
    }
    return orders.map((o) => ({
        ...o,
        left: new Map(o.lines.map((l) => [l.sku, l.quantity])),
        total: o.lines.reduce((s, l) => s + l.price * l.quantity, 0),
        tail: Promise.resolve(), // what is done with this order waits for what was begun before
    }));
}

class Plan {
    constructor() {
        this.steps = [];
        this.bySale = new Map(); // customer, SKU: the orders that have it, oldest first
    }

    refuse(r, quantity, n) {
        const key = `${r.invoice}/x${n}`;
        const { sku, price, customer } = r;
        const takesBack = r.invoice.startsWith('C') && forSale(r) && r.quantity < 0;
        this.steps.push({ kind: 'bad', key, sku, quantity, price, customer, takesBack });
    }

    sale(invoice, rows) {
        const good = rows.filter(orderable);
        rows.forEach((r, i) => orderable(r) || this.refuse(r, r.quantity, i));
        const orders = ordersOf(invoice, good);
        const about = { customer: rows[0].customer, country: rows[0].country };
        const lines = orders.reduce((n, o) => n + o.lines.length, 0);
        if (lines > LINES_MAX)
            this.steps.push({ kind: 'long', key: `${invoice}/whole`, lines: orders.flatMap((o) => o.lines), ...about });
        for (const o of orders) {
            Object.assign(o, about);
            this.steps.push({ kind: 'order', key: o.key, order: o });
            if (o.customer) for (const l of o.lines) this.remember(o, l.sku);
        }
    }

    remember(o, sku) {
        const at = `${o.customer} ${sku}`;
        if (!this.bySale.has(at)) this.bySale.set(at, []);
        this.bySale.get(at).push(o);
    }

    // What of the row was sold by which orders; the rest has none.
    match(r, back) {
        let want = -r.quantity;
        const orders = this.bySale.get(`${r.customer} ${r.sku}`) ?? [];
        for (let i = orders.length - 1; i >= 0 && want > 0; i--) {
            const o = orders[i];
            const n = Math.min(want, o.left.get(r.sku));
            if (n === 0) continue;
            o.left.set(r.sku, o.left.get(r.sku) - n);
            want -= n;
            if (!back.has(o)) back.set(o, { amount: 0, lines: new Map() });
            const b = back.get(o);
            b.amount += n * r.price;
            b.lines.set(r.sku, (b.lines.get(r.sku) ?? 0) + n);
        }
        return want;
    }

    cancellation(invoice, rows) {
        const back = new Map();
        rows.forEach((r, i) => {
            const none = forSale(r) && r.quantity < 0 && r.customer ? this.match(r, back) : -r.quantity;
            if (none !== 0) this.refuse(r, -none, i);
        });
        for (const [o, b] of back) {
            const whole = b.amount === o.total && !o.touched;
            o.touched = true;
            this.steps.push({ kind: whole ? 'cancel' : 'refund', key: `${invoice}/${o.key}`, order: o, ...b });
        }
    }
}

export function planOf(invoices) {
    const p = new Plan();
    for (const [invoice, rows] of invoices)
        if (invoice.startsWith('C')) p.cancellation(invoice, rows);
        else p.sale(invoice, rows);
    return p.steps;
}

// The file's own sums, of its rows alone and by none of the above but what is for sale:
// units a SKU and pence, sold and taken back.
export function sumsOf(invoices) {
    const s = { sold: new Map(), back: new Map(), soldPence: 0, backPence: 0, rows: 0, badRows: 0 };
    for (const [invoice, rows] of invoices)
        for (const r of rows) {
            s.rows++;
            const cancels = invoice.startsWith('C');
            if (!forSale(r) || (cancels ? r.quantity >= 0 : !orderable(r))) {
                s.badRows++;
                continue;
            }
            const [units, money] = cancels ? [s.back, 'backPence'] : [s.sold, 'soldPence'];
            const n = Math.abs(r.quantity);
            units.set(r.sku, (units.get(r.sku) ?? 0) + n);
            s[money] += n * r.price;
        }
    return s;
}
