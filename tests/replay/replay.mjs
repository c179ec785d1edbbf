// A real stream through the API: the invoices of the shared online_retail.csv.gz as orders,
// payments, cancels and refunds, as fast as it goes, and the shop's ledger beside the file's
// own sums at the end. The rules are in stream.mjs. `tests/replay/run` starts the shop.
//   node replay.mjs FILE [--invoices N] [--concurrency N] [--accounts N]     (0: all)
import { Api, reasonOf } from './api.mjs';
import { articlesOf, importArticles, ledger, receiveByHand } from './shopside.mjs';
import { QUANTITY_MAX, invoicesOf, planOf, sumsOf } from './stream.mjs';

const PASSWORD = 'Saffron-camel-42-lantern';
const COUNTRY = {
    'United Kingdom': 'GB', Germany: 'DE', France: 'FR', EIRE: 'IE', Spain: 'ES', Netherlands: 'NL',
    Belgium: 'BE', Switzerland: 'CH', Portugal: 'PT', Australia: 'AU', Norway: 'NO', Italy: 'IT',
    'Channel Islands': 'JE', Finland: 'FI', Cyprus: 'CY', Sweden: 'SE', Austria: 'AT', Denmark: 'DK',
    Japan: 'JP', Poland: 'PL', Israel: 'IL', USA: 'US', 'Hong Kong': 'HK', Singapore: 'SG', Iceland: 'IS',
    Canada: 'CA', Greece: 'GR', Malta: 'MT', 'United Arab Emirates': 'AE', RSA: 'ZA', Lebanon: 'LB',
    Lithuania: 'LT', Brazil: 'BR', 'Czech Republic': 'CZ', Bahrain: 'BH', 'Saudi Arabia': 'SA',
}; // "Unspecified" and "European Community" are sent as from Britain

const option = (name, otherwise) => {
    const at = process.argv.indexOf(`--${name}`);
    return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
const FILE = process.argv[2];
const CONCURRENCY = option('concurrency', 24);
const ACCOUNTS = option('accounts', 40);
const [URL_, STATE, BIN] = [process.env.SOUK_URL, process.env.SOUK_TEST_STATE, process.env.SOUK_BIN_DIR];

const api = new Api(URL_, CONCURRENCY);
const reasons = new Map();
const count = (map, key, n = 1) => map.set(key, (map.get(key) ?? 0) + n);
let failed = 0;
let passed = 0;

function check(what, ok, detail = '') {
    if (ok) passed++;
    else failed++;
    console.log(`${ok ? 'ok' : 'FAIL'} ${what}${detail && `: ${detail}`}`);
}

// Somebody with an access token, which is taken anew when it has run out.
class Session {
    constructor(login) {
        this.login = login;
    }

    async call(method, path, o) {
        this.token ??= await this.login();
        const r = await api.call(method, path, { ...o, token: this.token });
        if (r.status !== 401) return r;
        this.token = await this.login();
        return api.call(method, path, { ...o, token: this.token });
    }

    async want(status, method, path, o) {
        const r = await this.call(method, path, o);
        if (r.status === status) return r.json;
        throw new Error(`${method} ${path}: wanted ${status}, got ${r.status}: ${r.text.slice(0, 400)}`);
    }
}

const accounts = new Map(); // customer: Session
async function register(customer) {
    const email = `customer-${customer}@example.com`;
    const password = PASSWORD;
    await api.want(201, 'POST', '/register', { json: { email, password, name: `Customer ${customer}` } });
    const login = async () => (await api.want(200, 'POST', '/login', { json: { email, password } })).access_token;
    accounts.set(customer, new Session(login));
}

function orderJson(step, lines, total) {
    const country = COUNTRY[step.country] ?? 'GB';
    const address = { name: `Customer ${step.customer || 'unknown'}`, line1: '1 Market Row', city: 'London', postal_code: 'N1 1AA', country };
    const json = { items: lines.map(({ sku, quantity }) => ({ sku, quantity })), shipping_address: address };
    if (total !== undefined) json.expected_total = { amount: total, currency: 'GBP' };
    if (!accounts.has(step.customer)) json.email = `customer-${step.customer || 'unknown'}@example.com`;
    return json;
}

const send = (who, method, path, o) => (who ? who.call(method, path, o) : api.call(method, path, o));
const done = { order: 0, paid: 0, cancel: 0, refund: 0, bad: 0, long: 0 };
const seen = { sold: new Map(), back: new Map(), refusedBack: new Map(), restocked: new Map(), refunds: 0 };

function must(r, status, what) {
    if (r.status !== status) throw new Error(`${what}: wanted ${status}, got ${r.status}: ${r.text.slice(0, 400)}`);
    return r.json;
}

const STEP = {
    async order({ order: o, key }) {
        const who = accounts.get(o.customer);
        const r = await send(who, 'POST', '/orders', { key, json: orderJson(o, o.lines, o.total) });
        o.id = must(r, 201, `order ${key}`).id;
        o.cart = r.headers['x-cart-token'];
        for (const i of r.json.items) count(seen.sold, i.sku, i.quantity);
        must(await send(who, 'POST', `/orders/${o.id}/pay`, { cart: o.cart, json: { method: 'simulated' } }), 200, `pay ${key}`);
        done.paid++;
    },
    async cancel({ order: o, key, lines }) {
        const r = await send(accounts.get(o.customer), 'POST', `/orders/${o.id}/cancel`, { cart: o.cart });
        seen.refunds += must(r, 200, `cancel ${key}`).refunded.amount;
        for (const [sku, n] of lines) {
            count(seen.back, sku, n);
            count(seen.restocked, sku, n);
        }
    },
    async refund({ order: o, key, lines, amount }) {
        const before = o.refunded ?? 0;
        const json = { amount: { amount, currency: 'GBP' }, reason: `cancellation ${key}` };
        const r = await admin.call('POST', `/admin/orders/${o.id}/refund`, { key, json });
        o.refunded = must(r, 200, `refund ${key}`).refunded.amount;
        seen.refunds += o.refunded - before;
        for (const [sku, n] of lines) count(seen.back, sku, n);
    },
    async bad(step) {
        const why = step.quantity < 1 || step.quantity > QUANTITY_MAX ? /\/quantity out_of_range$/ : /\/sku unknown_sku$/;
        await refused(step, [{ sku: step.sku, quantity: step.quantity }], why);
        if (step.takesBack) count(seen.refusedBack, step.sku, -step.quantity);
    },
    long: (step) => refused(step, step.lines, /\/items too_long$/),
};

// Refused for what is wrong with it, and for nothing else.
async function refused(step, lines, why) {
    const r = await send(accounts.get(step.customer), 'POST', '/orders', { key: step.key, json: orderJson(step, lines) });
    if (r.status !== 422 || !why.test(reasonOf(r)))
        throw new Error(`${step.key} should be refused, ${why}: ${r.status} ${r.text.slice(0, 300)}`);
    count(reasons, reasonOf(r));
}

// One step after another by each of CONCURRENCY hands, in the file's order; what concerns an
// order waits for what was begun with it before.
async function play(steps) {
    const t0 = Date.now();
    let next = 0;
    const errors = [];
    const progress = setInterval(() => tell(next, steps.length, t0), 2000);
    async function hand() {
        while (next < steps.length && errors.length < 20) {
            const step = steps[next++];
            const run = () => STEP[step.kind](step).then(() => done[step.kind]++, (e) => errors.push(e.message));
            if (step.order) await (step.order.tail = step.order.tail.then(run));
            else await run();
        }
    }
    await Promise.all(Array.from({ length: CONCURRENCY }, hand));
    clearInterval(progress);
    tell(next, steps.length, t0);
    for (const e of errors) console.log(`FAIL ${e}`);
    check('every step had the answer it should have', errors.length === 0, `${steps.length} steps`);
}

function tell(n, of, t0) {
    const s = (Date.now() - t0) / 1000;
    const rate = (x) => Math.round(x / s);
    console.log(`  ${n}/${of} steps in ${s.toFixed(1)} s: ${rate(done.paid)} orders/s paid, ${rate(api.requests)} requests/s`);
}

// Sums by SKU that should be the same; the first three that are not.
function sameSums(what, is, should) {
    const off = [];
    for (const k of new Set([...is.keys(), ...should.keys()]))
        if ((is.get(k) ?? 0) !== (should.get(k) ?? 0)) off.push(`${k} ${is.get(k) ?? 0}, not ${should.get(k) ?? 0}`);
    const total = [...should.values()].reduce((a, b) => a + b, 0);
    check(what, off.length === 0, off.length ? `${off.length} differ: ${off.slice(0, 3).join('; ')}` : `${should.size} SKUs, ${total} units`);
}

function compare(sums, articles) {
    const l = ledger(STATE);
    const [m, o] = [l.payments[0] ?? {}, l.orders[0] ?? {}];
    const money = (x) => `£${(x / 100).toFixed(2)}`;
    sameSums('units sold, by the stock ledger, are the file’s', l.sold, sums.sold);
    sameSums('units sold, by the API’s answers, are the file’s', seen.sold, sums.sold);
    const taken = new Map(seen.back);
    for (const [k, n] of seen.refusedBack) count(taken, k, n);
    sameSums('units taken back or refused are the file’s cancellations', taken, sums.back);
    const left = new Map([...articles].map(([k, a]) => [k, a.stock - (sums.sold.get(k) ?? 0) + (seen.restocked.get(k) ?? 0)]));
    sameSums('units left are received - sold + cancelled', l.available, left);
    check('one currency', l.payments.length === 1 && l.orders.length === 1 && m.currency === 'GBP' && o.currency === 'GBP');
    check('orders come to the file’s money', o.subtotal === sums.soldPence, `${money(o.subtotal)} and ${money(sums.soldPence)}`);
    check('payments come to it, too', m.taken === sums.soldPence && m.n === done.paid && o.n === m.n, `${m.n} payments`);
    let refusedPence = 0;
    for (const [sku, n] of seen.refusedBack) refusedPence += n * articles.get(sku).price;
    check('refunds and refused cancellations come to the file’s', m.given + refusedPence === sums.backPence,
        `${money(m.given)} + ${money(refusedPence)} and ${money(sums.backPence)}`);
    check('refunds are those that the API told', m.given === seen.refunds && o.refunded === m.given);
}

const invoices = await invoicesOf(FILE, option('invoices', 1000));
const sums = sumsOf(invoices);
const steps = planOf(invoices);
const articles = articlesOf(invoices, sums);
console.log(`${invoices.size} invoices, ${sums.rows} rows, ${articles.size} articles, ${steps.length} steps`);
const admin = new Session(() => api.admin(STATE));
const t0 = Date.now();
const imported = await importArticles(BIN, STATE, articles, (what) => `BAD-${what}`);
check('the import refuses three articles no shop can sell', (imported.text.match(/BAD-|line \d+/gi) ?? []).length >= imported.bad, imported.text.trim().split('\n').pop());
const received = await receiveByHand(api, admin, STATE, articles);
console.log(`  ${received} stock adjustments; goods in after ${((Date.now() - t0) / 1000).toFixed(1)} s`);
const customers = [...new Set([...invoices.values()].map((rows) => rows[0].customer).filter(Boolean))];
await Promise.all(customers.slice(0, ACCOUNTS).map(register));
await play(steps);
console.log(`\n  done: ${Object.entries(done).map(([k, n]) => `${n} ${k}`).join(', ')}; asked again ${api.again} times`);
console.log('  refused, by reason:');
for (const [reason, n] of [...reasons].sort((a, b) => b[1] - a[1])) console.log(`  ${String(n).padStart(7)}  ${reason}`);
check('what is refused is counted', [...reasons.values()].reduce((a, b) => a + b, 0) === done.bad + done.long);
compare(sums, articles);
api.close();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
