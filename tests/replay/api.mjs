// Calls to the shop over connections that are kept, and what it answered, counted. A shop
// that is busy (429, 503, a key whose first request still runs) is asked again.
import http from 'node:http';
import { readFileSync } from 'node:fs';

const TRIES = 20;
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

// Why a request was refused: the problem's slug and its first field's code.
export function reasonOf(r) {
    const p = r.json ?? {};
    const e = p.errors?.[0];
    const slug = p.type?.replace('/problems/', '') ?? 'no reason given';
    return e ? `${r.status} ${slug}: ${e.pointer.replace(/\d+/, 'N')} ${e.code}` : `${r.status} ${slug}`;
}

export class Api {
    constructor(url, sockets) {
        this.url = new URL(url);
        this.agent = new http.Agent({ keepAlive: true, maxSockets: sockets });
        this.requests = 0;
        this.again = 0;
    }

    once(method, path, { token, cart, key, json } = {}) {
        const headers = {};
        const body = json === undefined ? undefined : JSON.stringify(json);
        if (token) headers.authorization = `Bearer ${token}`;
        if (cart) headers['x-cart-token'] = cart;
        if (key) headers['idempotency-key'] = key;
        if (body !== undefined) {
            headers['content-type'] = 'application/json';
            headers['content-length'] = Buffer.byteLength(body);
        }
        const { hostname, port } = this.url;
        const o = { method, hostname, port, path: `/api/v1${path}`, headers, agent: this.agent };
        this.requests++;
        return new Promise((done, fail) => {
            const rq = http.request(o, (rs) => {
                const parts = [];
                rs.on('data', (d) => parts.push(d));
                rs.on('error', fail);
                rs.on('end', () => {
                    const text = Buffer.concat(parts).toString('utf8');
                    const isJson = /json/.test(rs.headers['content-type'] ?? '');
                    done({ status: rs.statusCode, headers: rs.headers, text, json: isJson ? JSON.parse(text) : undefined });
                });
            });
            rq.on('error', fail);
            rq.end(body);
        });
    }

    async call(method, path, o) {
        for (let i = 1; ; i++) {
            const r = await this.once(method, path, o);
            const busy = r.status === 429 || r.status === 503 || /request_in_progress/.test(r.json?.type);
            if (!busy || i === TRIES) return r;
            this.again++;
            await wait(50 * i);
        }
    }

    async want(status, method, path, o) {
        const r = await this.call(method, path, o);
        if (r.status !== status)
            throw new Error(`${method} ${path}: wanted ${status}, got ${r.status}: ${r.text.slice(0, 400)}`);
        return r.json;
    }

    async admin(state) {
        const json = JSON.parse(readFileSync(`${state}/admin.json`, 'utf8'));
        return (await this.want(200, 'POST', '/login', { json })).access_token;
    }

    close() {
        this.agent.destroy();
    }
}
