// Those who call the API, and the things that calls are about: made over the API itself.
import assert from 'node:assert/strict';

import { sql } from '../../http/lib/machine.mjs';
import { ADDRESS, PASSWORD, ok, poll, shop, unique, uuid } from '../../http/lib/shop.mjs';

export const ROLES = ['guest', 'owner', 'other', 'staff', 'admin'];

// Whom an operation lets in, by its x-role.
const OPEN_TO = {
    anyone: ROLES,
    guest: ROLES,
    user: ['owner', 'other', 'staff', 'admin'],
    staff: ['staff', 'admin'],
    admin: ['admin'],
};
export const maySend = (op, role) => OPEN_TO[op['x-role']].includes(role);
// What belongs to one customer is not there for anybody else.
export const isOwned = (op, path) => ['guest', 'user'].includes(op['x-role']) && path.includes('{');

// Whose success needs what no example can have, or somebody new: a provider's signature, a
// token that came by mail, a code of the moment, the password of who asks. Their own tests have
// it; here their refusals are looked at.
const BEYOND = new Set([
    'paymentMessage', 'verifyEmail', 'resendVerification', 'resetPassword', 'changePassword', 'changeEmail', 'deleteMe', 'deleteAccount',
    'beginTotp', 'confirmTotp', 'renewRecoveryCodes', 'disableTotp',
]);
export const isBeyond = (op) => BEYOND.has(op.operationId);
// What somebody does to the own account or session is done by somebody new each time.
const isPersonal = (op, path, method) =>
    method !== 'get' && /^\/(me|logout|account|password)(\/|$)/.test(path) && !path.includes('{');

export class World {
    static async make() {
        const w = new World();
        w.tokens = { admin: await shop.admin() };
        for (const role of ['owner', 'other', 'staff']) {
            const p = await w.person(role);
            w.tokens[role] = p.token;
            if (role === 'owner') w.owner = p;
        }
        w.product = await w.goods();
        await w.everywhere();
        return w;
    }

    async person(role) {
        const user = await shop.user();
        // Where addresses are confirmed, these are.
        this.confirms ??= sql("SHOW COLUMNS FROM account LIKE 'verified_at'") !== '';
        if (this.confirms) sql(`UPDATE account SET verified_at = created_at WHERE id = ${BigInt(user.user.id)}`);
        if (!['staff', 'admin'].includes(role)) return user;
        sql(`UPDATE account SET role = '${role}' WHERE id = ${BigInt(user.user.id)}`);
        const r = ok(await shop.call('POST', '/login', { json: { email: user.email, password: PASSWORD } }));
        return { ...user, token: r.json.access_token };
    }

    // The zones that tests make have no delivery; this one has, for all other countries.
    async everywhere() {
        const zone = await this.madeBy('/admin/shipping-zones', { name: unique('World'), countries: ['*'] });
        await this.madeBy('/admin/shipping-methods', {
            zone_id: zone.id, code: 'standard', name: 'Standard', charge: { amount: 500, currency: 'USD' },
        });
    }

    goods() {
        return shop.product({ stock: 100000 });
    }

    async sender({ op, path, method }, role) {
        if (role !== 'guest' && isPersonal(op, path, method)) return { token: (await this.person(role)).token };
        return this.as(role);
    }

    as(role) {
        return this.tokens[role] ? { token: this.tokens[role] } : {};
    }

    order(role = 'owner') {
        return shop.placed([{ sku: this.product.sku, quantity: 1 }], this.as(role));
    }

    async paid() {
        const o = await this.order();
        return ok(await shop.pay(o.id, this.as('owner'))).json;
    }

    async shipped() {
        const o = await this.paid();
        const json = { carrier: 'DHL', tracking: 'JD014600003RT' };
        return ok(await shop.call('POST', `/admin/orders/${o.id}/ship`, { ...this.as('admin'), json })).json;
    }

    async cartItem() {
        const json = { sku: (await this.goods()).sku, quantity: 1 };
        return ok(await shop.call('POST', '/cart', { ...this.as('owner'), json }), 201).json;
    }

    async madeBy(path, json, role = 'admin') {
        return ok(await shop.call('POST', path, { ...this.as(role), json }), 201).json;
    }

    // A session of the owner's that is not the one in use.
    async session() {
        ok(await shop.call('POST', '/login', { json: { email: this.owner.email, password: PASSWORD } }));
        const { items } = ok(await shop.call('GET', '/me/sessions', this.as('owner'))).json;
        return items.find((s) => !s.current);
    }

    // A row of a list of the back office, when there is one.
    first(path) {
        return poll(async () => ok(await shop.call('GET', path, this.as('admin'))).json.items[0],
            15000, `something at ${path}`);
    }

    async payment() {
        return this.first(`/admin/payments?order_id=${(await this.paid()).id}`);
    }

    async mail() {
        return this.first(`/admin/mails?order_id=${(await this.order()).id}`);
    }

    async delivery() {
        this.hook ??= await this.madeBy('/admin/webhook-endpoints', {
            url: 'http://127.0.0.1:9/nobody', events: ['order.placed'] });
        return this.first(`/admin/webhook-deliveries?order_id=${(await this.order()).id}`);
    }

    // A mail that went is not touched by its sender any more: it is called dead.
    async deadLetter() {
        const order = await this.order();
        const m = await this.first(`/admin/mails?status=sent&order_id=${order.id}`);
        sql(`UPDATE mail SET status = 'dead', sent_at = NULL, last_error = 'x' WHERE id = ${BigInt(m.id)}`);
        return m;
    }

    countries = (
        'AF AL DZ AS AD AO AI AG AR AM AW AU AT AZ BS BH BD BB BY BE BZ BJ BM BT BO BW BR BG BF BI ' +
        'KH CM CA CV KY CF TD CL CN CO KM CG CD CK CR CI HR CU CY CZ DK DJ DM DO EC EG SV GQ ER EE ' +
        'ET FK FO FJ FI FR GF PF GA GM GE DE GH GI GR GL GD GP GU GT GN GW GY HT HN HK HU IS IN ID ' +
        'IR IQ IE IL IT JM JP JO KZ KE KI KP KR KW KG LA LV LB LS LR LY LI LT LU MO MG MW MY MV ML ' +
        'MT MH MQ MR MU YT MX FM MD MC MN MS MZ MM NA NR NP NL NC NZ NI NE NG NU NF MP NO OM PK PW ' +
        'PA PG PY PE PH PN PL PT PR QA RE RO RU RW SH KN LC PM VC WS SM ST SA SN SC SL SG SK SI SB ' +
        'SO ZA ES LK SD SR SZ SE CH SY TW TJ TZ TH TG TK TO TT TN TR TM TC TV UG UA AE GB US UY UZ'
    ).split(' ');

    // A country that nothing was made for yet; not all two letters are one.
    async withCountry(path, body) {
        for (;;) {
            const country = this.countries.pop();
            assert.ok(country, 'no country is left');
            const json = body(country);
            const r = await shop.call('POST', path, { ...this.as('admin'), json });
            if (r.status === 201) return r.json;
            assert.equal(r.status, 409, r.text);
        }
    }

    zone() {
        return this.withCountry('/admin/shipping-zones', (c) => ({ name: unique('Zone'), countries: [c] }));
    }

    // The id for a path, by what stands before its parameter. A route whose object is none
    // of these gets one made by the example of the POST on its collection.
    makers = {
        '/products': () => this.product,
        '/cart': () => this.cartItem(),
        '/payments/webhooks': () => ({ id: 'simulated' }),
        '/me/sessions': () => this.session(),
        '/admin/payments': () => this.payment(),
        '/admin/mails': () => this.mail(),
        '/admin/webhook-deliveries': () => this.delivery(),
        '/admin/dead-letters': () => this.deadLetter(),
        '/admin/users': async () => (await this.person('other')).user,
        '/orders': () => this.order(),
        '/admin/products': () => this.goods(),
        '/admin/orders': () => this.order(),
        '/admin/orders/{id}/ship': () => this.paid(),
        '/admin/orders/{id}/refund': () => this.paid(),
        '/admin/orders/{id}/return': () => this.shipped(),
        '/admin/orders/{id}/complete': () => this.shipped(),
        '/admin/coupons': () =>
            this.madeBy('/admin/coupons', { code: unique('C').toUpperCase(), kind: 'free_shipping' }),
        '/admin/tax-rates': () =>
            this.withCountry('/admin/tax-rates', (country) => ({ country, name: 'T', rate_ppm: 1 })),
        '/admin/shipping-zones': () => this.zone(),
        '/admin/shipping-methods': async () =>
            this.madeBy('/admin/shipping-methods', await this.fix.adminAddShippingMethod({
                code: unique('m'), name: 'M', charge: { amount: 1, currency: 'USD' } })),
    };

    async idFor(doc, path) {
        const collection = path.slice(0, path.indexOf('/{'));
        const maker = this.makers[path] ?? this.makers[collection];
        if (maker) return (await maker()).id;
        const post = doc.paths[collection]?.post;
        assert.ok(post, `no object for ${path}: give it a maker in world.mjs`);
        const json = await this.fixed(post, exampleOf(post));
        const role = ['guest', 'user'].includes(post['x-role']) ? 'owner' : 'admin';
        return (await this.madeBy(collection, json, role)).id;
    }

    // What an example cannot know beforehand.
    fix = {
        refreshToken: async () => ({ refresh_token: (await shop.user()).refresh_token }),
        register: (b) => ({ ...b, email: `${unique('r')}@example.com` }),
        adminCreateUser: (b) => ({ ...b, email: `${unique('s')}@example.com` }),
        forgotPassword: (b) => ({ ...b, email: `${unique('f')}@example.com` }),
        login: async (b) => ({ ...b, email: (await shop.user({})).email, password: PASSWORD }),
        createProduct: (b) => ({ ...b, sku: unique('P'), name: unique('Tea') }),
        replaceProduct: (b) => ({ ...b, sku: unique('P'), name: unique('Tea') }),
        adminReturnOrder: (b) => ({ ...b, items: [{ sku: this.product.sku, quantity: 1 }] }),
        adminAddCoupon: (b) => ({ ...b, code: unique('C').toUpperCase() }),
        adminAddTaxRate: (b) => ({ ...b, country: this.countries.pop() }),
        adminAddShippingZone: (b) => ({ ...b, name: unique('Zone'), countries: [this.countries.pop()] }),
        adminAddShippingMethod: async (b) => ({ ...b, zone_id: (await this.zone()).id, code: unique('m') }),
        adminChangeShippingZone: () => ({ name: unique('Zone') }),
    };

    async fixed(op, body) {
        const fix = this.fix[op.operationId];
        return fix && body !== undefined ? fix(body) : body;
    }
}

export const exampleOf = (op) => op.requestBody?.content['application/json'].example;
export { ADDRESS, ok, shop, uuid };
