// The document, and whether an answer is one that it describes.
import assert from 'node:assert/strict';

import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

import { ok, shop } from '../../http/lib/shop.mjs';

export const METHODS = ['get', 'put', 'post', 'delete', 'patch'];

export class Doc {
    static async fetch() {
        const d = new Doc();
        d.doc = ok(await shop.call('GET', '/openapi.json')).json;
        d.ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
        addFormats(d.ajv);
        d.ajv.addSchema(closed(structuredClone(d.doc)), 'doc');
        d.made = new Map();
        return d;
    }

    // [{path, method, op}], in the document's order.
    operations() {
        return Object.entries(this.doc.paths).flatMap(([path, item]) =>
            METHODS.filter((m) => item[m]).map((method) => ({ path, method, op: item[method] })),
        );
    }

    resolve(o) {
        return o?.$ref ? o.$ref.split('/').slice(1).reduce((at, k) => at[k], this.doc) : o;
    }

    validator(ref) {
        if (!this.made.has(ref)) this.made.set(ref, this.ajv.compile({ $ref: `doc#${ref}` }));
        return this.made.get(ref);
    }

    // The pointer to a response, past a reference.
    responseAt(path, method, status) {
        const at = ['paths', path, method, 'responses', String(status)];
        const r = at.reduce((o, k) => o?.[k], this.doc);
        if (!r) return undefined;
        if (r.$ref) return { at: r.$ref.slice(1), response: this.resolve(r) };
        return { at: `/${at.map(token).join('/')}`, response: r };
    }

    // Fails unless the document has this very answer: its status, type, body, headers.
    check({ path, method }, r, what) {
        const said = `${what}: ${r.status} ${r.text.slice(0, 400)}`;
        assert.ok(r.status < 500, said);
        const found = this.responseAt(path, method, r.status);
        assert.ok(found, `not described: ${said}`);
        assert.ok(r.get('x-request-id'), said);
        const { content, headers } = found.response;
        const cache = headers['Cache-Control']?.schema.const;
        if (cache) assert.equal(r.get('cache-control'), cache, said);
        for (const name of ['ETag', 'Link', 'Location'])
            if (headers[name] && r.status !== 304) assert.ok(r.get(name), `no ${name}: ${said}`);
        if (!content) return assert.equal(r.text, '', said);
        const type = (r.get('content-type') ?? '').split(';')[0];
        assert.ok(content[type], `type ${type}: ${said}`);
        const valid = this.validator(`${found.at}/content/${token(type)}/schema`);
        assert.ok(valid(r.json), `${said}\n${JSON.stringify(valid.errors?.slice(0, 4), null, 1)}`);
    }
}

const token = (s) => encodeURIComponent(s.replaceAll('~', '~0').replaceAll('/', '~1'));

// A client takes members that it does not know; here one that is not described is a failure.
function closed(doc) {
    for (const s of Object.values(doc.components.schemas))
        if (s.properties && s.additionalProperties === undefined) s.additionalProperties = false;
    return doc;
}
