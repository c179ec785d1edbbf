// The shop from the side of its machine: processes, database counters, second shops, and
// requests that no HTTP client would send.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { BIN, STATE, Shop, URL_ } from './shop.mjs';

const run = promisify(execFile);
export const REPO = fileURLToPath(new URL('../../..', import.meta.url));

// The worker processes of one shop (not multiwatch, whose command line names them too).
export function workerPids(state = STATE) {
    return readdirSync('/proc')
        .filter((d) => /^\d+$/.test(d))
        .filter((d) => {
            try {
                const argv = readFileSync(`/proc/${d}/cmdline`, 'utf8').split('\0');
                const at = argv.indexOf('--state');
                return path.basename(argv[0]) === 'souk-worker' && argv[at + 1] === state;
            } catch {
                return false; // ended while we looked
            }
        })
        .map(Number)
        .sort((a, b) => a - b);
}

// souk verify: exit status and output.
export async function verify(state = STATE) {
    try {
        const r = await run(`${BIN}/souk`, ['verify', '--state', state], { timeout: 60000 });
        return { code: 0, text: r.stdout + r.stderr };
    } catch (e) {
        return { code: e.code ?? -1, text: `${e.stdout}${e.stderr}` };
    }
}

export function sql(query, state = STATE) {
    // Shops of a test's own have a server of their own.
    const other = state === STATE && process.env.SOUK_TEST_DB && new URL(process.env.SOUK_TEST_DB);
    const where = other
        ? [`--host=${other.hostname}`, `--port=${other.port}`, `--user=${other.username}`, other.pathname.slice(1)]
        : [`--socket=${state}/run/mariadb.sock`, 'souk'];
    return execFileSync('mariadb', ['--no-defaults', '-N', '-B', ...where, '-e', query], {
        encoding: 'utf8',
        env: { ...process.env, MYSQL_PWD: other ? other.password : '' },
    }).trim();
}

export const readPid = (name, state = STATE) =>
    Number(readFileSync(`${state}/run/${name}.pid`, 'utf8').trim());

// An access token of our own making, signed with the shop's own key: what a forger who
// knows everything but may change one thing would send.
export function forge(claims, { header = {}, key, state = STATE } = {}) {
    const [kid, hex] = readFileSync(`${state}/keys`, 'utf8')
        .split('\n')
        .find((l) => l && !l.startsWith('#'))
        .trim()
        .split(/\s+/);
    const b64 = (v) => Buffer.from(JSON.stringify(v)).toString('base64url');
    const head = { alg: 'HS256', typ: 'JWT', kid, ...header };
    const text = `${b64(head)}.${b64(claims)}`;
    const secret = key ?? Buffer.from(hex, 'hex');
    return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

export const claimsOf = (jwt) => JSON.parse(Buffer.from(jwt.split('.')[1], 'base64url').toString());

// Bytes to the shop, its whole answer back: for what fetch() refuses to send. Half-closes
// when `end`, so that a body which is too short ends.
export function raw(bytes, { end = false, url = URL_, ms = 15000 } = {}) {
    const u = new URL(url);
    return new Promise((done, fail) => {
        const parts = [];
        const s = net.connect(Number(u.port), u.hostname, () => (end ? s.end(bytes) : s.write(bytes)));
        s.setTimeout(ms, () => s.destroy(new Error(`no answer within ${ms} ms`)));
        s.on('data', (d) => parts.push(d));
        s.on('error', (e) => (e.code === 'ECONNRESET' ? done(answer(parts)) : fail(e)));
        s.on('close', () => done(answer(parts)));
    });
}

function answer(parts) {
    const text = Buffer.concat(parts).toString('utf8');
    const at = text.indexOf('\r\n\r\n');
    const headers = new Headers();
    for (const line of text.slice(0, Math.max(at, 0)).split('\r\n').slice(1)) {
        const colon = line.indexOf(':');
        headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
    }
    const body = at < 0 ? '' : text.slice(at + 4);
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1] ?? 0);
    const isJson = /json/.test(headers.get('content-type') ?? '');
    return {
        status,
        headers,
        get: (name) => headers.get(name),
        text: body,
        json: isJson && !headers.has('transfer-encoding') ? JSON.parse(body) : undefined,
    };
}

const freePort = () =>
    new Promise((done) => {
        const s = net.createServer().listen(0, '127.0.0.1', () => {
            const { port } = s.address();
            s.close(() => done(port));
        });
    });

// A shop of a test's own, with settings from `env`; stop() ends it and looks through its
// logs for a sanitizer's report.
export async function startShop(env = {}) {
    const state = mkdtempSync(path.join(tmpdir(), 'souk-own.'));
    const port = await freePort();
    const catalog = path.join(state, 'catalog.jsonl');
    writeFileSync(catalog, '{"sku":"LAMP-1","name":"Lamp","price":"12.50","category":["Lamps"],"stock":5}\n');
    const args = ['--catalog', catalog, '--detach', '--state', state, '--port', String(port), '--no-rate-limit'];
    await run(path.join(REPO, 'scripts/run'), args, {
        cwd: REPO,
        timeout: 60000,
        env: {
            ...process.env,
            SOUK_NO_BUILD: '1',
            SOUK_BUILD: path.resolve(BIN),
            SOUK_TESTING: 'true',
            SOUK_BCRYPT_COST: '4',
            ...env,
        },
    }).catch((e) => assert.fail(`scripts/run: ${e.stdout}${e.stderr}`));
    const own = new Shop(`http://127.0.0.1:${port}`, state);
    const stop = [path.join(REPO, 'scripts/stop'), ['--state', state], { cwd: REPO, timeout: 90000 }];
    // A test that is interrupted leaves no servers behind either.
    const hurry = () => execFileSync(...stop);
    const leave = () => process.exit(1);
    process.once('exit', hurry).once('SIGINT', leave).once('SIGTERM', leave);
    own.stop = async () => {
        await run(...stop);
        process.off('exit', hurry).off('SIGINT', leave).off('SIGTERM', leave);
        for (const f of existsSync(`${state}/log`) ? readdirSync(`${state}/log`) : []) {
            const log = readFileSync(`${state}/log/${f}`, 'utf8');
            const bad = /ERROR: \w+Sanitizer[^]{0,2000}|runtime error[^]{0,500}/.exec(log);
            assert.equal(bad?.[0], undefined, `in ${f}`);
        }
        rmSync(state, { recursive: true, force: true });
    };
    return own;
}
