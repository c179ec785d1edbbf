// The judge: what the database holds, beside what buyers sent and what they were told.
// Every acknowledged order is there once, as it was acknowledged; every other is there once
// or not at all; a repeat of a key answers what the first answered; every unit is accounted for.
import { judgeNews } from './news.mjs';
import { HOLD_S } from './shop.mjs';
import { until } from './rng.mjs';

// From the last request until nothing is left to do: unpaid orders have expired.
const QUIET_MS = HOLD_S * 1000 + 5000;
const REPEATS = 40;
const AT_ONCE = 8;
const ENOUGH = 10;

// An order whose payment is under way, or was when its process died, may wait for longer.
// Payments and refunds that are under way: until the sweep has asked about them.
const SETTLE_MS = 20000;
const PAYING = "EXISTS (SELECT 1 FROM payment p WHERE p.order_id = o.id AND p.status = 'started')";

// The orders, once no order is left to expire: what is judged is what was read when that was so.
// A payment may end between two reads, and its order then still has to expire.
async function quietOrders(shop, load) {
    let orders;
    const quiet = await until(QUIET_MS, () => {
        orders = readOrders(shop, load);
        return !orders.some((o) => o.status === 'pending' && !o.paying);
    }, 100);
    return { quiet, orders };
}

function readOrders(shop, load) {
    const rows = shop.rows(
        `SELECT o.id, COALESCE(k.idem_key, ''), o.status, o.total, o.refunded, l.what, ${PAYING} FROM orders o
         LEFT JOIN idempotency_key k ON k.order_id = o.id AND k.scope LIKE '%:orders'
         JOIN (SELECT order_id, GROUP_CONCAT(CONCAT(sku, '*', quantity) ORDER BY sku SEPARATOR ' ') AS what
               FROM order_line GROUP BY order_id) l ON l.order_id = o.id
         WHERE o.email LIKE '%@${load.name}.example.com'`,
    );
    return rows.map(([id, key, status, total, refunded, what, paying]) =>
        ({ id, key, status, total: Number(total), refunded: Number(refunded), what, paying: paying === '1' }));
}

const wanted = (o) => o.items.map((l) => `${l.sku}*${l.quantity}`).sort().join(' ');

// --- which statuses an order may be in, given what was sent and answered ---

const AFTER = { pay: ['paid'], page: ['paid'], later: [], cancel: ['cancelled'], ship: ['shipped'], refund: ['partially_refunded', 'refunded'] };
const FROM = {
    pay: ['pending', 'expired'],
    page: ['pending', 'expired'],
    later: [],
    cancel: ['pending', 'paid', 'partially_refunded', 'refunded'],
    ship: ['paid', 'partially_refunded'],
    refund: ['paid', 'shipped', 'partially_refunded'],
};

function possible(o) {
    let may = new Set(['pending', 'expired']);
    for (const op of o.ops) {
        if (op.answer?.status === 200) may = new Set([op.answer.json.status]);
        else if (op.answer && op.tries === 1) continue; // refused: it did nothing
        else if (FROM[op.what]?.some((s) => may.has(s))) AFTER[op.what].forEach((s) => may.add(s));
        if (may.has('pending')) may.add('expired');
    }
    may.delete('pending'); // all is quiet
    return may;
}

// Money given back: every acknowledged refund once, every other once or not at all; a
// cancelled order gave back all that was paid.
function refundedRight(o, row) {
    const all = o.ops.filter((op) => op.what === 'refund');
    const sure = all.filter((op) => op.answer?.status === 200).map((op) => op.amount);
    const unsure = all.filter((op) => !op.answer).map((op) => op.amount);
    if (row.status === 'cancelled') return row.refunded === 0 || row.refunded === row.total;
    let sums = [sure.reduce((a, b) => a + b, 0)];
    for (const amount of unsure) sums = sums.concat(sums.map((s) => s + amount));
    return sums.includes(row.refunded);
}

function checkOrder(o, row, bad) {
    const told = o.answer?.status === 201 ? o.answer.json : undefined;
    const say = (what) => bad.push(`order ${o.key}: ${what}`);
    if (!row) {
        if (told) say(`was acknowledged as ${told.id} and is not there`);
        return;
    }
    if (o.half) say('was sent by half and is there');
    if (o.answer && !told) say(`was refused with ${o.answer.status} and is there`);
    if (told && told.id !== row.id) say(`was acknowledged as ${told.id} and is ${row.id}`);
    if (told && told.total.amount !== row.total) say(`was acknowledged at ${told.total.amount} and costs ${row.total}`);
    if (row.what !== wanted(o)) say(`wanted ${wanted(o)}, has ${row.what}`);
    const may = possible(o);
    if (row.paying && may.has('expired')) may.add('pending');
    const history = () => o.ops.map((op) => `${op.what}:${op.answer?.status ?? op.lost}/${op.tries}`).join(' ');
    if (!may.has(row.status)) say(`is ${row.status}, may be ${[...may].join(' or ')} after ${history()}`);
    if (!refundedRight(o, row)) say(`has ${row.refunded} of ${row.total} given back after ${history()}`);
}

function byKey(rows, load, bad) {
    const sent = new Set(load.orders.map((o) => o.key));
    const map = new Map();
    for (const row of rows) {
        if (!sent.has(row.key)) bad.push(`order ${row.id} is nobody's: its key is '${row.key}'`);
        if (map.has(row.key)) bad.push(`key ${row.key} has two orders: ${map.get(row.key).id} and ${row.id}`);
        map.set(row.key, row);
    }
    return map;
}

// The same key again: the first answer byte for byte, or, where there was no order, now one.
async function repeat(shop, o, row, bad) {
    const { key, token, cart } = o;
    const r = await shop.client.call('POST', '/orders', { key, token, cart, json: o.body });
    const say = (what) => bad.push(`repeat of ${key}: ${what}: ${r.status} ${r.text.slice(0, 200)}`);
    if (row) {
        if (r.status !== 201 || r.get('idempotent-replayed') !== 'true') say('was not answered as a repeat');
        else if (r.json.id !== row.id) say(`is another order than ${row.id}`);
        else if (o.answer?.status === 201 && r.text !== o.answer.text) say('has another answer than the first');
    } else if (r.status !== 201 && r.status !== 409) {
        say('was not answered');
    }
    // What it made is an order like any other.
    if (r.status === 201) o.answer = { status: 201, text: r.text, json: r.json };
    else o.answer = { status: r.status, text: r.text, json: r.json };
}

async function checkRepeats(shop, load, rows, bad) {
    const unsure = load.orders.filter((o) => !o.answer && !o.half);
    const told = load.orders.filter((o) => o.answer?.status === 201);
    const some = Array.from({ length: Math.min(REPEATS, told.length) }, () => load.rng.pick(told));
    const all = [...unsure, ...new Set(some)];
    while (all.length && bad.length < ENOUGH) // of a shop that is down every answer takes long
        await Promise.all(all.splice(0, AT_ONCE).map((o) => repeat(shop, o, rows.get(o.key), bad)));
    return unsure.length;
}

function checkStock(shop, load, bad) {
    const rows = shop.rows(
        `SELECT k.sku, s.available, COALESCE(h.held, 0) FROM sku k JOIN stock s ON s.sku_id = k.id
         LEFT JOIN (SELECT l.sku_id, SUM(l.quantity) AS held FROM order_line l JOIN orders o ON o.id = l.order_id
                    WHERE o.status NOT IN ('cancelled', 'expired') GROUP BY l.sku_id) h ON h.sku_id = k.id
         WHERE k.sku LIKE '${load.name}-%'`,
    );
    if (rows.length !== load.goods.length) bad.push(`${rows.length} of ${load.goods.length} SKUs are there`);
    for (const [sku, available, held] of rows) {
        const first = load.goods.find((g) => g.sku === sku).stock;
        if (Number(available) !== first - Number(held))
            bad.push(`${sku}: ${first} received, ${held} held, ${available} left`);
        if (Number(available) < 0) bad.push(`${sku}: ${available} left`);
    }
    return rows;
}

// A page may be stale for as long as copies live, and no longer. What is left is asked each
// time: holds still end meanwhile.
async function checkShown(shop, load, bad) {
    for (const g of load.goods) {
        let shown, left;
        const right = await until(8000, async () => {
            [[left]] = shop.rows(
                `SELECT s.available FROM sku k JOIN stock s ON s.sku_id = k.id WHERE k.sku = '${g.sku}'`,
            );
            shown = (await shop.client.call('GET', `/products/${g.id}`)).json?.stock;
            return shown === Number(left);
        }, 200);
        if (!right) bad.push(`${g.sku}: ${shown} are shown, ${left} are left`);
    }
}

// The two parties' books: what the shop took was taken there, what it gave back is back there,
// and the provider holds nothing that the shop does not know of.
async function checkMoney(shop, load, bad) {
    const mine = `p.order_id IN (SELECT id FROM orders WHERE email LIKE '%@${load.name}.example.com')`;
    const settled = await until(SETTLE_MS, () => shop.rows(
        `SELECT (SELECT COUNT(*) FROM payment p WHERE status = 'started' AND ${mine})
              + (SELECT COUNT(*) FROM refund r JOIN payment p ON p.id = r.payment_id WHERE r.status = 'started' AND ${mine})`,
    )[0][0] === '0', 200);
    if (!settled) bad.push(`payments or refunds were still open ${SETTLE_MS} ms later`);
    const rows = shop.rows(`SELECT p.reference, p.status, p.refunded FROM payment p WHERE ${mine}`);
    const there = await shop.provided(rows.map(([reference]) => reference));
    for (const [reference, status, refunded] of rows) {
        const t = there.get(reference);
        const taken = status === 'succeeded' || status === 'late';
        if (taken !== (t.status === 'succeeded') || (taken && Number(refunded) !== t.refunded))
            bad.push(`payment ${reference} is ${status}, ${refunded} given back; there it is ${t.status}, ${t.refunded}`);
    }
}

// Everything: the list of what is wrong, and the figures of the run.
export async function judge(shop, load) {
    const bad = load.odd.slice(0, 5);
    const first = await quietOrders(shop, load);
    if (!first.quiet) bad.push(`unpaid orders were still open ${QUIET_MS} ms later`);
    const rows = byKey(first.orders, load, bad);
    for (const o of load.orders) checkOrder(o, rows.get(o.key), bad);
    const unsure = await checkRepeats(shop, load, rows, bad);
    if (unsure > 0 && !bad.length) { // repeats made orders of those: once more, with these
        const then = await quietOrders(shop, load);
        if (!then.quiet) bad.push('orders made by repeats did not expire');
        const again = byKey(then.orders, load, bad);
        for (const o of load.orders) checkOrder(o, again.get(o.key), bad);
    }
    checkStock(shop, load, bad);
    await checkShown(shop, load, bad);
    await checkMoney(shop, load, bad);
    await judgeNews(shop, load, bad);
    const v = await shop.verify();
    if (!v.ok) bad.push(`souk verify:\n${v.text}`);
    if (shop.unexplained()) bad.push(`${shop.unexplained()} processes died that nobody killed`);
    const told = load.orders.filter((o) => rows.has(o.key));
    return { bad, unsure, made: told.length, refused: load.orders.filter((o) => o.answer?.status === 409).length };
}
