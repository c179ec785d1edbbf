// A browser of the simplest kind: keeps cookies, follows nothing by itself, runs no scripts.
import { readFileSync } from 'node:fs';

import { STATE, URL_, call, ok, setCookies } from './shop.mjs';

export class Browser {
    cookies = new Map();
    // form: an object of fields, or a body as it is, whose type is among the headers.
    async open(method, path, form, headers = {}) {
        const cookie = [...this.cookies].map(([k, v]) => `${k}=${v}`).join('; ');
        const asItIs = typeof form === 'string' || Buffer.isBuffer(form);
        const body = asItIs ? form : form && new URLSearchParams(form).toString();
        const r = await call(method, `${URL_}${path}`, {
            body,
            headers: { ...(cookie && { cookie }), ...(form && !asItIs && { 'content-type': 'application/x-www-form-urlencoded' }), ...headers },
        });
        for (const set of setCookies(r.headers)) {
            const [, name, value] = /^([^=]+)=([^;]*)/.exec(set);
            if (/max-age=0/i.test(set) || value === '') this.cookies.delete(name);
            else this.cookies.set(name, value);
        }
        return r;
    }
    get(path) {
        return this.open('GET', path);
    }
    // Post a form as the page at `from` offers it: with the token that stands in it.
    async send(from, path, form, headers) {
        const page = ok(await this.get(from));
        return this.open('POST', path, { csrf: csrfOf(page.text), ...form }, headers);
    }
}
export const csrfOf = (html) => /name="csrf" value="([^"]+)"/.exec(html)[1];

// One who has signed in to the back office.
export async function office() {
    const b = new Browser();
    const cred = JSON.parse(readFileSync(`${STATE}/admin.json`, 'utf8'));
    ok(await b.send('/login', '/login', cred), 303);
    return b;
}

const plain = (s) =>
    s.replace(/&(?:quot|#34);/g, '"').replace(/&#39;/g, "'").replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&');
const attr = (tag, name) => {
    const m = new RegExp(`\\s${name}="([^"]*)"`).exec(tag);
    return m && plain(m[1]);
};
// What the form with this action would send as it stands: pairs of names and values.
export function formOf(html, action) {
    const all = [...html.matchAll(/<form[^>]*action="([^"]*)"[^>]*>([^]*?)<\/form>/g)];
    const form = all.find((m) => plain(m[1]) === action)?.[2];
    if (form === undefined) throw new Error(`no form for ${action}`);
    const pairs = [];
    for (const [tag, select] of form.matchAll(/<input[^>]*>|<select[^>]*>([^]*?)<\/select>|<textarea[^>]*>[^]*?<\/textarea>/g)) {
        const name = attr(tag, 'name');
        if (tag.startsWith('<select')) {
            const options = [...select.matchAll(/<option[^>]*>/g)].map((o) => o[0]);
            pairs.push([name, attr(options.find((o) => / selected/.test(o)) ?? options[0], 'value')]);
        } else if (tag.startsWith('<textarea')) {
            pairs.push([name, plain(/>\n?([^]*)<\/textarea>/.exec(tag)[1])]);
        } else if (attr(tag, 'type') !== 'checkbox' || / checked/.test(tag)) {
            pairs.push([name, attr(tag, 'value') ?? '']);
        }
    }
    return pairs;
}
// The text beside a field that is wrong, by the field's name.
export const errorsOf = (html) =>
    Object.fromEntries([...html.matchAll(/id="err-([a-z_]+)">([^<]*)</g)].map((m) => [m[1], plain(m[2])]));
