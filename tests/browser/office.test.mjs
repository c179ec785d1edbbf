// The back office's lists and forms, and the invoice on paper, as people use them: with a
// keyboard, on a phone, and without scripts.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { PASSWORD, ok, shop, unique } from '../http/lib/shop.mjs';
import { boss, closeBrowser, openBrowser, person, signIn, sticksOut, tabTo } from './lib/person.mjs';

const usd = (amount) => ({ amount, currency: 'USD' });
const made = [];
const api = async (method, path, o = {}) => shop.call(method, `/admin/${path}`, { token: await shop.admin(), ...o });
async function add(kind, json) {
    const r = ok(await api('POST', kind, { json }), 201);
    made.unshift(`${kind}/${r.json.id}`);
    return r.json;
}
before(openBrowser);
after(async () => {
    for (const path of made) await api('DELETE', path, { match: '*' });
    await closeBrowser();
});
const phone = { viewport: { width: 360, height: 740 } };

// Controls without a name, headings that are not one, ids that stand twice.
const unsound = (page) =>
    page.evaluate(() => {
        const named = (el) => el.labels?.length > 0 || el.getAttribute('aria-label') || el.textContent.trim() !== '';
        const found = [...document.querySelectorAll('input:not([type=hidden]), select, textarea, button, a[href]')].filter((el) => !el.closest('[aria-hidden=true]') && !named(el));
        const ids = [...document.querySelectorAll('[id]')].map((el) => el.id);
        const refs = [...document.querySelectorAll('[aria-describedby]')].flatMap((el) => el.getAttribute('aria-describedby').split(' '));
        return [
            ...found.map((el) => el.outerHTML.slice(0, 120)),
            ...(document.querySelectorAll('h1').length === 1 ? [] : ['h1']),
            ...ids.filter((id, i) => ids.indexOf(id) !== i).map((id) => `#${id} twice`),
            ...refs.filter((id) => !ids.includes(id)).map((id) => `#${id} is described by nothing`),
        ];
    });

for (const [how, options] of [['with scripts, by keyboard', phone], ['without scripts', { ...phone, javaScriptEnabled: false }]])
    describe(`coupons on a phone, ${how}`, () => {
        test('one is made, mended after a mistake, changed and deleted', () =>
            person(options, async (page, complaints) => {
                const code = unique('phone').toUpperCase();
                const keys = options.javaScriptEnabled !== false;
                const press = async (button) => {
                    if (keys) {
                        await tabTo(page, button, 'the button');
                        await page.keyboard.press('Enter');
                    } else {
                        await button.click();
                    }
                    await page.waitForLoadState();
                };
                await signIn(page, boss());
                await page.goto('/admin/');
                await page.getByRole('link', { name: 'Offers' }).click();
                await page.getByRole('link', { name: 'New coupon' }).click();
                await page.getByLabel('Code').fill(code);
                await page.getByLabel('It takes off').selectOption('A fixed amount');
                assert.equal(await page.getByLabel('Share, %').isVisible(), false, 'a share is asked for too');
                await page.getByLabel('Amount', { exact: true }).fill('five');
                await press(page.getByRole('button', { name: 'Add the coupon' }));
                await page.getByText('Not an amount: write it as 12.50').waitFor();
                assert.ok(complaints.splice(0).every((c) => c.includes('422')));
                assert.deepEqual([await page.getByLabel('Code').inputValue(), await page.getByLabel('Amount', { exact: true }).inputValue()], [code, 'five']);
                assert.deepEqual([await unsound(page), await sticksOut(page)], [[], []]);
                await page.getByLabel('Amount', { exact: true }).fill('5.5');
                await press(page.getByRole('button', { name: 'Add the coupon' }));
                await page.getByText('The coupon is there.').waitFor();
                assert.deepEqual(await sticksOut(page), []);
                await page.getByRole('link', { name: code }).click();
                await page.getByLabel('From, UTC').fill('2031-05-06T07:08');
                await press(page.getByRole('button', { name: 'Save' }));
                await page.getByText('Saved.').waitFor();
                const all = ok(await api('GET', 'coupons?per_page=100')).json.items;
                const c = all.find((one) => one.code === code);
                assert.deepEqual([c.amount, c.starts_at], [usd(550), '2031-05-06T07:08:00.000Z']);
                await page.getByText('Delete this coupon').click();
                await press(page.getByRole('button', { name: 'Yes, delete it' }));
                await page.getByText('The coupon is deleted.').waitFor();
                assert.equal((await api('GET', `coupons/${c.id}`)).status, 404);
            }));
    });

describe('the lists and forms', () => {
    test('are sound and fit a phone and a desk', async () => {
        const zone = await add('shipping-zones', { name: 'A-zone-with-a-name-that-no-column-could-hold-without-a-break', countries: ['FJ', 'TO', 'WS', 'NU', 'TV'] });
        const method = await add('shipping-methods', { zone_id: zone.id, code: 'boat', name: 'By boat', charge: usd(700), free_from: usd(100000) });
        const rate = await add('tax-rates', { country: 'FJ', name: 'VAT', rate_ppm: 125000 });
        const sale = await add('sales', { name: 'A sale', starts_at: '2031-01-01T00:00:00Z', ends_at: '2031-02-01T00:00:00Z', hold_s: 90 });
        const paths = ['coupons', 'coupons/new', 'sales', 'sales/new', `sales/${sale.id}`, 'tax-rates', `tax-rates/${rate.id}`, 'shipping-zones', `shipping-zones/${zone.id}`, 'shipping-methods', `shipping-methods/${method.id}`, 'payments', 'mails', 'webhook-deliveries', 'dead-letters', 'outbox'];
        for (const viewport of [{ width: 360, height: 740 }, { width: 1280, height: 900 }])
            await person({ viewport }, async (page) => {
                await signIn(page, boss());
                for (const path of paths) {
                    await page.goto(`/admin/${path}`);
                    assert.deepEqual([await sticksOut(page), await unsound(page)], [[], []], path);
                }
            });
    });

    test('of two people who save the same thing, the second is told', () =>
        person({}, async (one) => {
            const rate = await add('tax-rates', { country: 'TO', name: 'CT', rate_ppm: 150000 });
            await signIn(one, boss());
            await one.goto(`/admin/tax-rates/${rate.id}`);
            await person({}, async (other, complaints) => {
                await signIn(other, boss());
                await other.goto(`/admin/tax-rates/${rate.id}`);
                await one.getByLabel('Rate, %').fill('16');
                await one.getByRole('button', { name: 'Save' }).click();
                await one.getByText('Saved.').waitFor();
                await other.getByLabel('Rate, %').fill('17');
                await other.getByRole('button', { name: 'Save' }).click();
                await other.getByText('Someone else has changed it meanwhile').waitFor();
                assert.equal(await other.getByLabel('Rate, %').inputValue(), '17');
                assert.ok(complaints.splice(0).every((c) => c.includes('409')));
            });
            assert.equal(ok(await api('GET', `tax-rates/${rate.id}`)).json.rate_ppm, 160000);
        }));
});

describe('the invoice', () => {
    const cents = (s) => Number(s.replace(/[^0-9]/g, ''));
    // The last cells of the rows of a table, in cents, and its head.
    const column = (page, name, nth) =>
        page.getByLabel(name, { exact: true }).locator('tbody tr').evaluateAll((rows, n) => rows.map((r) => r.cells[r.cells.length - n].innerText), nth).then((l) => l.map(cents));
    const sum = (l) => l.reduce((a, b) => a + b, 0);
    let o, user;
    before(async () => {
        const books = unique('Books');
        const a = await shop.product({ price: usd(1999), name: 'A-kettle-with-a-name-that-does-not-break-anywhere' });
        const b = await shop.product({ price: usd(101), category: [books] });
        await add('tax-rates', { country: 'FJ', category: books.toLowerCase(), name: 'Books', rate_ppm: 77000, inclusive: false });
        await add('tax-rates', { country: 'NU', name: 'TVA', rate_ppm: 200000, inclusive: true });
        await add('tax-rates', { country: 'NU', category: books.toLowerCase(), name: 'Books', rate_ppm: 77000, inclusive: false });
        user = await shop.user();
        o = await shop.placed([{ sku: a.sku, quantity: 2 }, { sku: b.sku, quantity: 3 }], { token: user.token, address: { country: 'NU' } });
        ok(await shop.pay(o.id, { token: user.token }));
        ok(await api('POST', `orders/${o.id}/refund`, { json: { amount: usd(101) }, key: unique('r') }));
    });

    for (const [who, at] of [['its buyer', (id) => `/orders/${id}/invoice`], ['the shop', (id) => `/admin/orders/${id}/invoice`]])
        test(`adds up by rate, names the refund and fits a phone, for ${who}`, () =>
            person({ ...phone, javaScriptEnabled: false }, async (page) => {
                await signIn(page, who === 'the shop' ? boss() : { email: user.email, password: PASSWORD });
                await page.goto(at(o.id));
                assert.deepEqual([await sticksOut(page), await unsound(page)], [[], []]);
                assert.equal(sum(await column(page, 'Lines', 1)), o.total.amount);
                assert.equal(sum(await column(page, 'Tax by rate', 1)), o.total.amount);
                assert.equal(sum([...(await column(page, 'Tax by rate', 2)), ...(await column(page, 'Tax by rate', 3))]), o.total.amount);
                const rates = page.getByLabel('Tax by rate', { exact: true });
                for (const text of ['20 %', 'included', '7.7 %', 'added']) await rates.getByText(text).waitFor();
                await page.getByLabel('Sums', { exact: true }).getByText(/Given back/).last().waitFor();
                assert.match(await page.getByLabel('Sums', { exact: true }).innerText(), /−\$1\.01/);
            }));

    test('prints on one sheet, without what is only for the screen', () =>
        person({ viewport: { width: 1280, height: 900 } }, async (page) => {
            await signIn(page, boss());
            await page.goto(`/admin/orders/${o.id}/invoice`);
            assert.ok(await page.getByText('Back to the order').isVisible());
            await page.emulateMedia({ media: 'print' });
            assert.equal(await page.getByText('Back to the order').isVisible(), false);
            const pdf = (await page.pdf({ format: 'A4' })).toString('latin1');
            assert.equal([...pdf.matchAll(/\/Type\s*\/Page\b/g)].length, 1);
            // Nothing is cut off at the paper's edge: 210 mm less two margins of 10 mm.
            await page.setViewportSize({ width: 718, height: 1000 });
            assert.deepEqual(await sticksOut(page), []);
            const hidden = await page.getByLabel('Lines', { exact: true }).evaluate((el) => el.scrollWidth - el.clientWidth);
            assert.ok(hidden <= 0, `${hidden} px of the lines are not on the paper`);
        }));
});
