// Requests as a buyer's program makes them: with a time limit, and with an answer that may
// never come. Nothing here throws for what a broken shop does: a lost answer is a value.
import http from 'node:http';
import net from 'node:net';

export class Client {
    constructor(port) {
        this.port = port;
        this.agent = new http.Agent({ keepAlive: true, maxSockets: 256, maxFreeSockets: 64 });
    }

    close() {
        this.agent.destroy();
    }

    head(method, path, o) {
        const headers = { ...o.headers };
        if (o.token) headers.authorization = `Bearer ${o.token}`;
        if (o.cart) headers['x-cart-token'] = o.cart;
        if (o.key) headers['idempotency-key'] = o.key;
        const body = o.json === undefined ? '' : JSON.stringify(o.json);
        if (body) headers['content-type'] = 'application/json';
        if (body || method !== 'GET') headers['content-length'] = Buffer.byteLength(body);
        return { headers, body, path: `/api/v1${path}` };
    }

    // {status, text, json, get(name)}; status 0: no answer came, and `why` says what did.
    call(method, path, o = {}) {
        const { headers, body, path: p } = this.head(method, path, o);
        return new Promise((done) => {
            const lost = (why) => done({ status: 0, text: '', why, get: () => undefined });
            const rq = http.request({
                host: '127.0.0.1', port: this.port, method, path: p, headers, agent: this.agent,
            });
            const limit = setTimeout(() => rq.destroy(new Error('timed out')), o.ms ?? 12000);
            const over = (fn) => (x) => {
                clearTimeout(limit);
                fn(x);
            };
            rq.on('error', over((e) => lost(e.code ?? e.message)));
            rq.on('response', (rs) => {
                const parts = [];
                rs.on('data', (d) => parts.push(d));
                rs.on('error', over((e) => lost(e.code ?? e.message)));
                rs.on('end', over(() => done(answer(rs, Buffer.concat(parts).toString('utf8')))));
            });
            rq.end(body);
        });
    }

    // A form, as a browser posts it; only whether and how it was answered.
    form(path, body) {
        const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': body.length };
        return new Promise((done) => {
            const rq = http.request({ host: '127.0.0.1', port: this.port, method: 'POST', path, headers, agent: this.agent, timeout: 12000 });
            rq.on('timeout', () => rq.destroy(new Error('timed out')));
            rq.on('error', (e) => done({ status: 0, text: '', why: e.code ?? e.message, get: () => undefined }));
            rq.on('response', (rs) => rs.resume().on('end', () => done(answer(rs, ''))).on('error', () => {}));
            rq.end(body);
        });
    }

    // A client that goes away: sends `share` of the request and closes without reading.
    vanish(method, path, share, o = {}) {
        const { headers, body, path: p } = this.head(method, path, o);
        const lines = Object.entries({ host: `127.0.0.1:${this.port}`, ...headers }).map(([k, v]) => `${k}: ${v}`);
        const bytes = Buffer.from(`${method} ${p} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
        return new Promise((done) => {
            const s = net.connect(this.port, '127.0.0.1', () => {
                s.write(bytes.subarray(0, Math.ceil(bytes.length * share)), () => {
                    // One half closes politely, the other with a reset.
                    if (share === 1 && o.reset) s.resetAndDestroy?.() ?? s.destroy();
                    else s.destroy();
                });
            });
            s.on('error', () => {});
            s.on('close', () => done());
        });
    }
}

function answer(rs, text) {
    let json;
    try {
        if (/json/.test(rs.headers['content-type'] ?? '')) json = JSON.parse(text);
    } catch {
        return { status: 0, text, why: 'half an answer', get: () => undefined };
    }
    return { status: rs.statusCode, text, json, get: (name) => rs.headers[name] };
}
