// Buyers: each places orders one after the other and does something with them, and writes
// down what it sent and what it was told. Nothing here judges: lib/books.mjs does.
import { sleep } from './rng.mjs';

const ADDRESS = {
    name: 'Amina Idrissi', line1: '12 Rue des Tanneurs', city: 'Fez', postal_code: '30110', country: 'MA',
};
const PASSWORD = 'Saffron-camel-42-lantern';
const BUYERS = 16;
const GOODS = 6;
const STOCK = 1000000;
const SCARCE = 150;

// What becomes of an order that was placed, and how often.
const FATES = [
    [30, ['pay']],
    [6, ['decline', 'pay']],
    [5, ['decline']],
    [16, ['cancel']],
    [14, []],
    [10, ['pay', 'refund']],
    [6, ['pay', 'refund', 'refund']],
    [6, ['pay', 'cancel']],
    [7, ['pay', 'ship']],
    [6, ['later', 'page']],
    [2, ['later', 'cancel', 'page']],
    [3, ['later']],
];

// Answers that leave open what happened: none at all, and "not now" from whoever gave up.
const open = (r) => r.status === 0 || r.status >= 500 || r.status === 429 ||
    (r.status === 409 && r.json?.type === '/problems/request_in_progress');

export class Load {
    constructor(shop, rng, name) {
        Object.assign(this, { shop, rng, name, orders: [], going: true, placed: 0, odd: [] });
        this.stopping = new Promise((done) => (this.stop_ = done));
    }

    async setup() {
        const { client, admin } = this.shop;
        // After the fault before, a worker nobody asked yet may not know that its database is back.
        const made = async (path, options) => {
            const t0 = Date.now();
            let r;
            do {
                if (r) await sleep(100);
                r = await client.call('POST', path, options);
            } while (r.status === 503 && Date.now() - t0 < 5000);
            if (r.status !== 201) throw new Error(`POST ${path}: ${r.status} ${r.text}`);
            return r.json;
        };
        const product = async (i) => {
            const stock = i === GOODS - 1 ? SCARCE : STOCK;
            const sku = `${this.name}-${i}`;
            const { id } = await made('/admin/products', {
                token: admin,
                json: { sku, name: `Thing ${sku}`, price: { amount: 1000 + 7 * i, currency: 'USD' }, stock },
            });
            return { sku, stock, id };
        };
        const account = async (i) => {
            const email = `b${i}@${this.name}.example.com`;
            const r = await made('/register', { json: { email, password: PASSWORD, name: 'Buyer' } });
            return { email, token: r.access_token };
        };
        this.goods = await Promise.all(Array.from({ length: GOODS }, (_, i) => product(i)));
        this.accounts = await Promise.all(Array.from({ length: BUYERS }, (_, i) => account(i)));
        return this;
    }

    start() {
        this.running = this.accounts.map((who, i) => this.buyer(who, this.rng.fork(i), i));
    }

    // No new orders; what is under way is brought to an end, answered or not.
    async stop() {
        this.going = false;
        this.stop_();
        await Promise.all(this.running);
    }

    // A pause that the end cuts short.
    pause(ms) {
        return Promise.race([sleep(ms), this.stopping]);
    }

    async buyer(who, rng, n) {
        for (let i = 0; this.going; i++) {
            await this.pause(rng.between(3, 25));
            const o = await this.place(who, rng, `${this.name}-${n}-${i}`);
            if (o?.answer?.status !== 201) continue;
            for (const what of rng.weighted(FATES)) {
                await this.pause(rng.below(30));
                if (!this.going || !(await this.act(o, what, rng))) break;
            }
        }
    }

    // Items, each SKU once; the first is the hot one.
    basket(rng) {
        const items = [];
        if (rng.next() < 0.6) items.push({ sku: this.goods[0].sku, quantity: rng.between(1, 3) });
        while (items.length < 1 || rng.next() < 0.3) {
            const { sku } = rng.pick(this.goods.slice(1));
            if (items.some((l) => l.sku === sku)) break;
            items.push({ sku, quantity: rng.between(1, 2) });
        }
        return items;
    }

    draft(who, rng, key) {
        const o = { key, items: this.basket(rng), token: who.token, ops: [], tries: 0 };
        o.body = { items: o.items, shipping_address: ADDRESS, email: who.email };
        return o;
    }

    // An order somebody else sends: on the books as one whose answer nobody has.
    note(who, rng, key) {
        const o = this.draft(who, rng, key);
        this.orders.push(o);
        return o;
    }

    async place(who, rng, key) {
        const o = this.draft(who, rng, key);
        if (rng.next() < 0.25 && !(await this.fillCart(o))) return undefined;
        // One in six never asks again: whether its order exists is for the books to find.
        const patient = rng.next() < 0.84;
        this.orders.push(o);
        do {
            await this.tryPlace(o);
            if (o.answer || !patient) break;
            await this.pause(30 + 40 * Math.min(o.tries, 10));
        } while (this.going);
        return o;
    }

    // A guest with a fresh cart orders the cart. False: the cart could not be filled, and
    // nothing is ordered.
    async fillCart(o) {
        const { client } = this.shop;
        delete o.token;
        for (const l of o.items) {
            const r = await client.call('POST', '/cart', { cart: o.cart, json: l });
            if (r.status !== 201) return false;
            o.cart ??= r.get('x-cart-token');
        }
        delete o.body.items;
        return true;
    }

    async tryPlace(o, ms) {
        o.tries++;
        const { key, token, cart } = o;
        const r = await this.shop.client.call('POST', '/orders', { key, token, cart, json: o.body, ms });
        if (open(r)) {
            o.lost = r.why ?? r.status;
            return r;
        }
        o.answer = { status: r.status, text: r.text, json: r.json };
        if (r.status === 201) {
            this.placed++;
        } else if (r.status !== 409 || r.json?.type !== '/problems/out_of_stock') {
            this.odd.push(`POST /orders ${r.status} ${r.text.slice(0, 200)}`);
        }
        return r;
    }

    // One change of an order, repeated like a person who sees an error page. False: stop here.
    async act(o, what, rng) {
        const op = { what, key: `${o.key}-${o.ops.length}`, tries: 0 };
        if (what === 'refund') op.amount = rng.between(1, 400);
        o.ops.push(op);
        const patient = rng.next() < 0.75;
        for (;;) {
            op.tries++;
            const r = await this.send(o, op);
            if (!open(r)) {
                // What is decided at the provider becomes so in the shop a little later.
                if (what !== 'page') op.answer = { status: r.status, json: r.json };
                this.expected(op, r);
                return r.status === 200 || r.status === 402;
            }
            op.lost = r.why ?? r.status;
            if (!patient || !this.going) return false;
            await this.pause(40 * Math.min(op.tries, 10));
        }
    }

    // The buyer at the provider's page, which only the shop's people can look up here.
    async approve(o) {
        const { client, admin } = this.shop;
        const known = await client.call('GET', `/admin/orders/${o.answer.json.id}`, { token: admin });
        const open = known.json?.payments?.find((p) => p.status === 'started');
        if (known.status !== 200 || !open) return known;
        const r = await client.form(`/simulated-provider/pay/${open.reference}`, 'action=approve');
        return { ...r, status: r.status === 303 ? 200 : r.status };
    }

    send(o, op) {
        const { client, admin } = this.shop;
        const mine = { token: o.token, cart: o.cart };
        const at = `/orders/${o.answer.json.id}`;
        switch (op.what) {
        case 'pay':
        case 'decline': {
            const outcome = op.what === 'pay' ? 'approve' : 'decline';
            return client.call('POST', `${at}/pay`, { ...mine, json: { method: 'simulated', outcome } });
        }
        case 'later':
            return client.call('POST', `${at}/pay`, { ...mine, json: { method: 'simulated', outcome: 'later' } });
        case 'page':
            return this.approve(o);
        case 'cancel':
            return client.call('POST', `${at}/cancel`, mine);
        case 'ship':
            return client.call('POST', `/admin${at}/ship`, {
                token: admin, json: { carrier: 'Post', tracking: op.key },
            });
        default:
            return client.call('POST', `/admin${at}/refund`, {
                token: admin, key: op.key, json: { amount: { amount: op.amount, currency: 'USD' }, reason: 'fault test' },
            });
        }
    }

    // A refusal is fine where the order may have moved on (it expired; an earlier try that
    // was not answered did it); any other is not an answer to what was asked.
    expected(op, r) {
        if (op.what === 'page' && r.status === 404) return; // never got there
        if (r.status === 200 || (r.status === 402 && op.what === 'decline')) return;
        if (r.status === 409) return;
        this.odd.push(`${op.what} ${r.status} ${r.text.slice(0, 200)}`);
    }
}
