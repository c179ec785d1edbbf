// The API's description as a document: valid, clean under Spectral's rules for OpenAPI, and
// good enough for a stock generator to make a client of that compiles and buys something.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { Validator } from '@seriousme/openapi-schema-validator';

import { URL_, call, ok } from '../http/lib/shop.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
// Inside the folder, so that the packages are found; hidden, so that it is no source.
const WORK = path.join(HERE, '.client');
const exec = promisify(execFile);
// One of the packages' programs; its output is the message when it fails.
const tool = (name, ...args) =>
    exec(path.join(HERE, 'node_modules/.bin', name), args, { cwd: WORK, env: { ...process.env, NO_COLOR: '1' } }).catch((e) =>
        assert.fail(`${name}: ${e.stdout}${e.stderr}`),
    );

let doc;
before(async () => {
    doc = ok(await call('GET', '/openapi.json')).json;
    rmSync(WORK, { recursive: true, force: true });
    mkdirSync(WORK);
    writeFileSync(path.join(WORK, 'openapi.json'), JSON.stringify(doc));
    writeFileSync(path.join(WORK, '.spectral.yaml'), 'extends: ["spectral:oas"]\n');
});

test('is valid against the meta-schema of OpenAPI 3.1', async () => {
    const v = new Validator();
    const r = await v.validate(structuredClone(doc));
    assert.ok(r.valid, JSON.stringify(r.errors, null, 1)?.slice(0, 2000));
    assert.equal(v.version, '3.1');
});

test('is clean under spectral:oas', async () => {
    await tool('spectral', 'lint', '--fail-severity=hint', 'openapi.json');
});

test('says of each operation what it is, an example and its problems', () => {
    const ids = new Set();
    for (const item of Object.values(doc.paths))
        for (const op of Object.values(item)) {
            assert.ok(op.operationId && op.summary && op.description && op.tags.length === 1, op.operationId);
            assert.ok(!ids.has(op.operationId), op.operationId);
            ids.add(op.operationId);
            for (const media of Object.values(op.requestBody?.content ?? {})) assert.ok('example' in media, op.operationId);
            for (const status of ['400', '406', '422', '429', '500', '503']) assert.ok(op.responses[status], op.operationId);
        }
    assert.ok(ids.size >= 40);
});

test('every problem that the code names is described, and with that status', () => {
    const at = path.join(HERE, '../..');
    const known = new Map(
        [...readFileSync(path.join(at, 'app/ops/problem.c'), 'utf8').matchAll(/\{"([a-z_]+)", (ERR_[A-Z_]+),/g)].map((m) => [m[1], m[2]]),
    );
    const files = ['app', 'lib'].flatMap((d) => readdirSync(path.join(at, d), { recursive: true }).map((f) => path.join(at, d, f)));
    // The simulated provider is another party's program, with problems of its own.
    const sources = files.filter((f) => f.endsWith('.c') && !f.includes('app/provider/'));
    assert.ok(known.size > 40 && sources.length > 150);
    for (const f of sources)
        for (const [, err, slug] of readFileSync(f, 'utf8').matchAll(/fault_set\(\s*[^,]+,\s*(\w+),\s*"([a-z_]+)"/g)) {
            assert.ok(known.has(slug), `${path.basename(f)}: ${slug} is not in app/ops/problem.c`);
            if (err.startsWith('ERR_')) assert.equal(known.get(slug), err, `${path.basename(f)}: ${slug}`);
        }
});

test('every type of problem has a page of its own', async () => {
    const types = new Set(JSON.stringify(doc.components.responses).match(/\/problems\/[a-z_]+/g));
    assert.ok(types.size > 30);
    for (const type of types) {
        const r = await fetch(URL_ + type);
        assert.equal(r.status, 200, type);
        assert.ok((await r.text()).includes(type), type);
    }
});

test('a client generated from it compiles and buys something', async () => {
    cpSync(path.join(HERE, 'client'), WORK, { recursive: true });
    await tool('openapi-typescript', 'openapi.json', '-o', 'schema.d.ts');
    await tool('tsc', '-p', '.');
    const { stdout } = await exec('node', ['buy.js'], { cwd: WORK });
    const bought = JSON.parse(stdout);
    assert.deepEqual(bought, { sku: bought.sku, total: true, status: 'paid', orders: true });
});
