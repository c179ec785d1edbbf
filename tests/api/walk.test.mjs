// Every operation of the API's description, as everybody, with what it shows as an example,
// with what its schemas allow and with what they refuse: the answers are those it describes.
// An operation is here because it is in the document; nothing of it is listed again.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { Doc, METHODS } from './lib/doc.mjs';
import { badBodies, badParameters, goodParameters, oddBodies } from './lib/vary.mjs';
import { ROLES, World, exampleOf, isBeyond, isOwned, maySend, shop, uuid } from './lib/world.mjs';

const AT_ONCE = 8;
const doc = await Doc.fetch();
let world;

before(async () => {
    world = await World.make();
});

// Run all, some at a time; the first failure is the test's.
async function each(list, run) {
    const rest = [...list];
    const lane = async () => {
        for (let one = rest.shift(); one !== undefined; one = rest.shift()) await run(one);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

const name = ({ method, path }) => `${method.toUpperCase()} ${path}`;
const located = (path, id) => path.replace(/\{[a-z_]+\}/g, encodeURIComponent(id));

async function send({ method, path, op }, role, { id = '1', json, query, headers = {}, body } = {}) {
    const params = (op.parameters ?? []).map((p) => p.name);
    if (params.includes('If-Match')) headers['if-match'] ??= '*';
    if (params.includes('Idempotency-Key')) headers['idempotency-key'] ??= uuid();
    const url = located(path, id) + (query ? `?${query}` : '');
    return shop.call(method.toUpperCase(), url, { ...(await world.sender({ method, path, op }, role)), json, headers, body });
}

async function sendExample(o, role) {
    const id = o.path.includes('{') ? await world.idFor(doc.doc, o.path) : undefined;
    return send(o, role, { id, json: await world.fixed(o.op, exampleOf(o.op)) });
}

const able = (o) => (o.op['x-role'] === 'guest' ? 'owner' : ['owner', 'staff', 'admin'].find((r) => maySend(o.op, r)));
const schemaOf = (o) => doc.resolve(o.op.requestBody?.content['application/json'].schema);

describe('examples', () => {
    for (const o of doc.operations())
        test(name(o), async () => {
            const r = await sendExample(o, able(o));
            doc.check(o, r, name(o));
            assert.ok(r.status < 300 || isBeyond(o.op), `${r.status} ${r.text.slice(0, 400)}`);
        });

    test('each is what its schema allows', () => {
        for (const { path, method, op } of doc.operations()) {
            const at = `/paths/${encodeURIComponent(path.replaceAll('/', '~1'))}/${method}`;
            const body = exampleOf(op);
            if (body !== undefined) {
                const valid = doc.validator(`${at}/requestBody/content/application~1json/schema`);
                assert.ok(valid(body), `${method} ${path}: ${JSON.stringify(valid.errors)}`);
            }
            for (const status of Object.keys(op.responses)) {
                const { at: where, response } = doc.responseAt(path, method, status);
                for (const [type, { example, examples }] of Object.entries(response.content ?? {})) {
                    const valid = doc.validator(`${where}/content/${encodeURIComponent(type.replaceAll('/', '~1'))}/schema`);
                    const all = examples ? Object.values(examples).map((e) => e.value) : [example];
                    for (const e of all) assert.ok(valid(e), `${method} ${path} ${status}: ${JSON.stringify(valid.errors)}`);
                }
            }
        }
    });
});

// Who may: the x-role of each operation, and of what is somebody's, whose it is.
describe('roles and owners', () => {
    for (const o of doc.operations())
        test(name(o), async () => {
            for (const role of ROLES) {
                const r = await sendExample(o, role);
                const what = `${name(o)} as ${role}`;
                doc.check(o, r, what);
                let want = [200, 201, 202, 204];
                if (!maySend(o.op, role)) want = role === 'guest' ? [401] : [403];
                else if (isOwned(o.op, o.path) && role !== 'owner') want = [404];
                // A guest who is not signed in has nothing to end.
                else if (role === 'guest' && o.op.operationId === 'logout') want = [401];
                else if (isBeyond(o.op)) continue;
                assert.ok(want.includes(r.status), `${what}: ${r.status} ${r.text.slice(0, 300)}`);
            }
        });
});

describe('what the schemas refuse', () => {
    for (const o of doc.operations())
        test(name(o), async () => {
            const schema = schemaOf(o);
            const cases = [...badParameters(o.op.parameters ?? [])].map(([what, query]) => ({ what, query, json: exampleOf(o.op) }));
            if (schema)
                for (const [what, json] of badBodies(schema, exampleOf(o.op))) cases.push({ what, json });
            // Who may is asked before what: some of it is enough as those who may not.
            const all = cases.flatMap((c, i) => ROLES.filter((r) => r === able(o) || i < 4).map((role) => ({ ...c, role })));
            await each(all, async ({ what, role, ...c }) => {
                const r = await send(o, role, c);
                const said = `${name(o)} as ${role}, ${what}`;
                doc.check(o, r, said);
                const want = maySend(o.op, role) ? 422 : role === 'guest' ? 401 : 403;
                assert.equal(r.status, want, `${said}: ${r.status} ${r.text.slice(0, 300)}`);
            });
        });

    for (const o of doc.operations().filter((x) => x.op.requestBody))
        test(`${name(o)}: what is no JSON`, async () => {
            const role = able(o);
            const as = (type) => ({ 'content-type': type });
            for (const [body, headers, status] of [
                ['{', as('application/json'), 400],
                ['{"a":1,"a":2}', as('application/json'), 400],
                ['{}', as('text/plain'), 415],
                ['{}', as('application/json; charset=latin1'), 415],
                ['{}', { ...as('application/json'), 'content-encoding': 'gzip' }, 415],
                ['[]', as('application/json'), 422],
            ]) {
                const r = await send(o, role, { body, headers });
                doc.check(o, r, `${name(o)} ${body}`);
                assert.equal(r.status, status, `${name(o)} ${body} ${JSON.stringify(headers)}: ${r.text}`);
            }
        });
});

describe('what the schemas allow', () => {
    for (const o of doc.operations())
        test(name(o), async () => {
            const cases = [...goodParameters(o.op.parameters ?? [])].map((query) => ({ what: query, query, json: exampleOf(o.op) }));
            const schema = schemaOf(o);
            const good = await world.fixed(o.op, exampleOf(o.op));
            if (schema) for (const [what, json] of oddBodies(schema, good)) cases.push({ what, json });
            const id = o.path.includes('{') ? await world.idFor(doc.doc, o.path) : undefined;
            await each(cases, async ({ what, ...c }) => {
                const r = await send(o, able(o), { ...c, id });
                doc.check(o, r, `${name(o)} ${what}`);
            });
            // What is not there, and what cannot be.
            for (const none of o.path.includes('{') ? ['9223372036854775807', '0', 'x', '%00', '../..', '1e3'] : []) {
                const r = await send(o, able(o), { id: none, json: exampleOf(o.op) });
                assert.ok(r.status < 500, `${name(o)} of ${none}: ${r.status} ${r.text}`);
                assert.ok(r.status >= 400, `${name(o)} of ${none}: ${r.status}`);
            }
        });
});

describe('methods and types', () => {
    for (const [path, item] of Object.entries(doc.doc.paths))
        test(path, async () => {
            const known = METHODS.filter((m) => item[m]);
            const url = located(path, '1');
            const admin = world.as('admin');
            const options = await shop.call('OPTIONS', url);
            assert.equal(options.status, 204, options.text);
            const allow = options.get('allow').split(', ');
            const all = [...known.map((m) => m.toUpperCase()), 'OPTIONS', ...(item.get ? ['HEAD'] : [])];
            assert.deepEqual(allow.sort(), all.sort());
            for (const m of METHODS.filter((x) => !item[x])) {
                const r = await shop.call(m.toUpperCase(), url, admin);
                assert.equal(r.status, 405, `${m} ${path}: ${r.text}`);
                assert.equal(r.json.type, '/problems/method_not_allowed');
                assert.deepEqual(r.get('allow').split(', ').sort(), all.sort());
            }
            for (const m of known) {
                const o = { path, method: m, op: item[m] };
                const r = await send(o, able(o), { json: exampleOf(item[m]), headers: { accept: 'text/html' } });
                doc.check(o, r, `${name(o)} for text/html`);
                assert.equal(r.status, 406, r.text);
            }
            if (!item.get) return;
            const o = { path, method: 'get', op: item.get };
            const id = path.includes('{') ? await world.idFor(doc.doc, path) : undefined;
            const get = await send(o, able(o), { id });
            const head = await send({ ...o, method: 'head' }, able(o), { id });
            assert.equal(head.status, get.status);
            assert.equal(head.text, '');
            for (const h of ['content-type', 'etag', 'cache-control', 'link']) assert.equal(head.get(h), get.get(h), h);
            if (!item.get.responses['304']) return;
            const tag = get.get('etag');
            const again = await send(o, able(o), { id, headers: { 'if-none-match': `"x", ${tag}` } });
            doc.check(o, again, `${path} again`);
            assert.equal(again.status, 304);
            assert.equal(again.get('etag')?.replace(/^W\//, ''), tag.replace(/^W\//, ''));
        });
});
