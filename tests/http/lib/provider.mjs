// The payment provider as tests reach it: its API on the socket below the shop's state, its
// page as a buyer's browser would use it, and messages signed as it signs them.
import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';

import { STATE, shop, uuid } from './shop.mjs';

export const keys = Object.fromEntries(
    readFileSync(`${STATE}/pay.keys`, 'utf8').trim().split('\n').map((l) => l.split(' ')),
);

// provider('POST', '/v1/payments', {json, key, auth})
export function provider(method, path, o = {}) {
    const body = o.json === undefined ? undefined : JSON.stringify(o.json);
    const headers = { authorization: o.auth ?? `Bearer ${keys.api}`, connection: 'close' };
    if (body) headers['content-type'] = 'application/json';
    if (o.key) headers['idempotency-key'] = o.key;
    return new Promise((done, failed) => {
        const r = http.request({ socketPath: `${STATE}/run/pay-http.sock`, method, path, headers }, (a) => {
            let text = '';
            a.setEncoding('utf8').on('data', (d) => (text += d)).on('end', () => done({
                status: a.statusCode, text, json: /json/.test(a.headers['content-type'] ?? '') ? JSON.parse(text) : undefined,
            }));
        });
        r.on('error', failed).end(body);
    });
}

export const delivery = (how) => provider('PUT', '/v1/test/delivery', { json: how });

export const sign = (body, { t = Math.floor(Date.now() / 1000), secret = keys.webhook } = {}) =>
    `t=${t},v1=${createHmac('sha256', secret).update(`${t}.`).update(body).digest('hex')}`;

export const event = (payment, type = 'payment.succeeded') =>
    JSON.stringify({ id: `evt_${uuid()}`, type, created_at: new Date().toISOString(), payment });

export const send = (body, signature = sign(body), path = '/payments/webhooks/simulated') =>
    shop.call('POST', path, {
        body, headers: { 'content-type': 'application/json', ...(signature && { 'souk-signature': signature }) },
    });

// A guest's browser at the order's page.
export class Browser {
    constructor(cart) {
        this.headers = { cookie: `guest=${cart}` };
    }

    async page(path) {
        return (await fetch(`${shop.url}${path}`, { headers: this.headers, redirect: 'manual' })).text();
    }

    async post(path, form) {
        const r = await fetch(`${shop.url}${path}`, {
            method: 'POST', body: new URLSearchParams(form), redirect: 'manual', headers: this.headers,
        });
        return { status: r.status, to: r.headers.get('location'), text: await r.text() };
    }

    // To the provider's page; the payment's reference there.
    async away(id) {
        const csrf = /name="csrf" value="([^"]+)"/.exec(await this.page(`/orders/${id}`))[1];
        let r = await this.post(`/orders/${id}/pay`, { csrf, outcome: 'page' });
        // A worker that has just seen the provider away leaves it alone for half a second.
        for (let i = 0; r.status === 503 && i < 20; i++) {
            await new Promise((done) => setTimeout(done, 100));
            r = await this.post(`/orders/${id}/pay`, { csrf, outcome: 'page' });
        }
        if (r.status !== 303) throw new Error(`${r.status} ${r.text.slice(0, 300)}`);
        return r.to;
    }

    back(to) {
        return fetch(`${shop.url}${to}`, { headers: this.headers, redirect: 'manual' });
    }
}

// A guest's order and the guest's browser.
export async function guestOrder(product, o = {}) {
    const cart = `guest-${uuid()}`;
    const order = await shop.placed([{ sku: product.sku, quantity: 1 }], { cart, ...o });
    return { order, cart, browser: new Browser(cart) };
}

export const programs = (name) =>
    execFileSync('pgrep', ['-x', name], { encoding: 'utf8' }).split('\n').filter(Boolean).map(Number)
        .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(STATE));
