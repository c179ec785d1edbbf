// A shop of the harness' own: started and stopped by scripts/run and scripts/stop, and its
// processes, found by what they are told on their command line and touched by their ids.
import { execFile, execFileSync, fork, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { Client } from './client.mjs';
import { Kafka } from './kafka.mjs';
import { Receiver } from './news.mjs';
import { until } from './rng.mjs';

const run = promisify(execFile);
export const REPO = fileURLToPath(new URL('../../..', import.meta.url));
export const HOLD_S = 1;
const CACHE_S = 3;
const WORKERS = 2;
const PARTS = ['mariadb', 'redis', 'workers', 'orders', 'pay', 'jobs', 'nginx'];

const freePort = () =>
    new Promise((done) => {
        const s = net.createServer().listen(0, '127.0.0.1', () => {
            const { port } = s.address();
            s.close(() => done(port));
        });
    });

const read = (file) => {
    try {
        return readFileSync(file, 'utf8');
    } catch {
        return ''; // ended while we looked
    }
};

export class Shop {
    constructor(build) {
        this.build = path.resolve(build);
        this.state = mkdtempSync(path.join(tmpdir(), 'souk-fault.'));
        this.crash = path.join(this.state, 'crash');
        this.killed = 0; // workers and job runners, by us
    }

    // The shop's way to the broker, when there is one, which can be made a broker that never confirms.
    async amqp() {
        if (!process.env.SOUK_AMQP) return {};
        const url = new URL(process.env.SOUK_AMQP);
        this.mute = fork(fileURLToPath(new URL('mute.mjs', import.meta.url)), [url.port]);
        url.port = await new Promise((done) => this.mute.once('message', done));
        return { SOUK_AMQP: url.href };
    }

    async brokers() {
        if (!process.env.SOUK_KAFKA_MOCK) return this.amqp();
        this.kafka = new Kafka(process.env.SOUK_KAFKA_MOCK);
        return { ...(await this.amqp()), SOUK_KAFKA: await this.kafka.at() };
    }

    async start() {
        this.port = await freePort();
        const catalog = path.join(this.state, 'catalog.jsonl');
        writeFileSync(catalog, '{"sku":"LAMP-1","name":"Lamp","price":"12.50","stock":5}\n');
        process.once('exit', this.hurry);
        await run(path.join(REPO, 'scripts/run'), [
            '--catalog', catalog, '--detach', '--state', this.state, '--port', String(this.port),
            '--no-rate-limit', '--workers', String(WORKERS), '--threads', '4',
        ], {
            cwd: REPO,
            timeout: 90000,
            env: {
                ...process.env,
                ...(await this.brokers()),
                SOUK_NO_BUILD: '1',
                SOUK_BUILD: this.build,
                SOUK_TESTING: 'true',
                SOUK_BCRYPT_COST: '4',
                SOUK_HOLD_S: String(HOLD_S),
                SOUK_CACHE_TTL_S: String(CACHE_S),
                SOUK_SETTLE_S: '2',
                SOUK_PAY_WAIT_S: '4',
                SOUK_ACCESS_TOKEN_S: '86400',
                // A few buyers here order what hundreds do elsewhere.
                SOUK_PENDING_ORDERS: '0',
                SOUK_PENDING_UNITS: '0',
                SOUK_GUEST_PENDING_ORDERS: '0',
                SOUK_GUEST_PENDING_UNITS: '0',
                // News goes out at once, to a receiver on this machine.
                SOUK_MAIL_RATE: '10000',
                SOUK_NOTIFY_RETRY_MS: '200',
                SOUK_WEBHOOK_PRIVATE: 'true',
                SOUK_CRASH_FILE: this.crash,
            },
        }).catch((e) => {
            throw new Error(`scripts/run: ${e.stdout}${e.stderr}`);
        });
        this.client = new Client(this.port);
        const cred = JSON.parse(read(path.join(this.state, 'admin.json')));
        const r = await this.client.call('POST', '/login', { json: cred });
        if (r.status !== 200) throw new Error(`the admin cannot sign in: ${r.status} ${r.text}`);
        this.admin = r.json.access_token;
        this.receiver = new Receiver();
        const hook = await this.client.call('POST', '/admin/webhook-endpoints', {
            token: this.admin, json: { url: await this.receiver.start(), events: ['order.paid'] },
        });
        if (hook.status !== 201) throw new Error(`no webhook endpoint: ${hook.status} ${hook.text}`);
        return this;
    }

    // Whatever ends the harness ends the shop.
    hurry = () => {
        try {
            execFileSync(path.join(REPO, 'scripts/stop'), ['--state', this.state], { cwd: REPO, stdio: 'ignore' });
        } catch {
            // it never came up
        }
        rmSync(this.state, { recursive: true, force: true });
    };

    // `keep`: its data and logs stay, for whoever wants to know what went wrong.
    async stop(keep) {
        this.client?.close();
        this.receiver?.stop();
        this.mute?.disconnect();
        await this.kafka?.stop();
        await run(path.join(REPO, 'scripts/stop'), ['--state', this.state], { cwd: REPO, timeout: 120000 });
        process.off('exit', this.hurry);
        if (!keep) rmSync(this.state, { recursive: true, force: true });
    }

    log(name) {
        return read(path.join(this.state, 'log', `${name}.log`));
    }

    // --- processes ---

    pid(part) {
        const pid = Number(read(path.join(this.state, 'run', `${part}.pid`)).trim());
        // A noted id may be somebody else's by now.
        return pid > 1 && read(`/proc/${pid}/cmdline`).includes(this.state) ? pid : 0;
    }

    // Every process that works: not multiwatch, whose command line names them too.
    programs(name) {
        return readdirSync('/proc')
            .filter((d) => /^\d+$/.test(d))
            .filter((d) => {
                const argv = read(`/proc/${d}/cmdline`).split('\0');
                return path.basename(argv[0]) === name && argv[argv.indexOf('--state') + 1] === this.state;
            })
            .map(Number)
            .sort((a, b) => a - b);
    }

    workers = () => this.programs('souk-worker');
    jobs = () => this.programs('souk-jobs');
    provider = () => this.programs('souk-pay');
    watched = () => [...this.workers(), ...this.jobs(), ...this.provider()];

    // Deaths that nobody ordered, which multiwatch would hide: an abort, a sanitizer's report.
    // Who is started while there is no database says so, and ends (or is killed before it can).
    unexplained() {
        const logs = ['workers', 'orders', 'jobs', 'pay'].map((name) => this.log(name)).join('\n');
        const count = (pattern) => (logs.match(pattern) ?? []).length;
        const died = count(/^Child\[\d+\] died|^Spawning child/gm) - count(/^souk: .*no database answers/gm);
        return Math.max(0, died - this.killed - this.crashed().length);
    }

    // Does every process run that should, and none of `dead` or what these left behind?
    whole(dead = []) {
        const now = [...this.watched(), ...PARTS.map((p) => this.pid(p))];
        // One more worker is there for orders.
        return this.workers().length === WORKERS + 1 && this.jobs().length === 1 && this.provider().length === 1 &&
            now.every((pid) => pid && !dead.includes(pid));
    }

    // --- crash points ---

    arm(name, a, b = 0, how = 'kill') {
        rmSync(`${this.crash}.hits`, { force: true });
        writeFileSync(`${this.crash}.new`, `${name} ${a} ${b} ${how}\n`);
        renameSync(`${this.crash}.new`, this.crash);
    }

    disarm() {
        rmSync(this.crash, { force: true });
    }

    // The points that killed so far, in order.
    crashed() {
        return read(`${this.crash}.log`).split('\n').filter(Boolean).map((l) => l.split(' ')[0]);
    }

    // The process that was frozen last, 0 for none.
    frozen() {
        return Number(read(`${this.crash}.stopped`).split('\n').filter(Boolean).at(-1)?.split(' ')[1] ?? 0);
    }

    // --- the database and the books ---

    // One session of the database's owner, kept open: it gets in when nobody else does.
    session() {
        return new Session(this.state);
    }

    rows(query) {
        const out = execFileSync('mariadb', [
            '--no-defaults', `--socket=${this.state}/run/mariadb.sock`, '-N', '-B', '--connect-timeout=5',
            'souk', '-e', query,
        ], { encoding: 'utf8', maxBuffer: 256 << 20, timeout: 30000 });
        return out.split('\n').filter(Boolean).map((l) => l.split('\t'));
    }

    // What the provider says of its payments: Map of reference to {status, refunded}.
    async provided(references) {
        const key = /^api (\S+)$/m.exec(read(path.join(this.state, 'pay.keys')))[1];
        const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
        const one = (reference) => new Promise((done, failed) => {
            http.get({
                socketPath: path.join(this.state, 'run/pay-http.sock'), path: `/v1/payments/${reference}`, agent,
                headers: { authorization: `Bearer ${key}` },
            }, (r) => {
                let text = '';
                r.on('data', (d) => (text += d)).on('end', () => done([reference, { http: r.statusCode, ...JSON.parse(text) }]));
            }).on('error', failed);
        });
        try {
            return new Map(await Promise.all(references.map(one)));
        } finally {
            agent.destroy();
        }
    }

    async verify() {
        try {
            const r = await run(`${this.build}/souk`, ['verify', '--state', this.state], { timeout: 60000 });
            return { ok: true, text: r.stdout };
        } catch (e) {
            return { ok: false, text: `${e.stdout}${e.stderr}` };
        }
    }
}

class Session {
    constructor(state) {
        this.child = spawn('mariadb', [
            '--no-defaults', `--socket=${state}/run/mariadb.sock`, '-N', '-B', '--unbuffered', 'souk',
        ], { stdio: ['pipe', 'pipe', 'inherit'] });
        this.lines = [];
        this.child.stdin.on('error', () => {});
        createInterface({ input: this.child.stdout }).on('line', (l) => this.lines.push(l));
        this.n = 0;
    }

    // The rows of the statements, when the server is done with them.
    async run(text) {
        const mark = `done-${++this.n}`;
        this.lines.length = 0;
        this.child.stdin.write(`${text};\nSELECT '${mark}';\n`);
        if (!(await until(10000, () => this.lines.at(-1) === mark, 5)))
            throw new Error(`the database did not answer: ${text}`);
        return this.lines.slice(0, -1).map((l) => l.split('\t'));
    }

    close() {
        this.child.stdin.end();
        this.child.kill('SIGTERM');
    }
}
