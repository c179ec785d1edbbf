// People buy something: with an account, as a guest without JavaScript, without a mouse, and
// with a nervous finger.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { ADDRESS, PASSWORD, ok, shop, unique } from '../http/lib/shop.mjs';
import { badge, closeBrowser, fillAddress, openBrowser, pay, person, place, tabTo } from './lib/person.mjs';

// A word of its own, so that searching finds this lantern and nothing else.
const word = unique('lantern').replace('-', '');
const sku = unique('B');
let product;

before(async () => {
    await openBrowser();
    product = await shop.product({
        sku: `${sku}-S`,
        name: `Brass ${word}`,
        category: ['Lighting', 'Lanterns'],
        price: { amount: 4900, currency: 'USD' },
        stock: undefined,
        variants: [
            { sku: `${sku}-S`, name: 'Small', options: { Size: 'Small' }, stock: 50 },
            { sku: `${sku}-L`, name: 'Large', options: { Size: 'Large' }, stock: 50, price: { amount: 7900, currency: 'USD' } },
            { sku: `${sku}-X`, name: 'Huge', options: { Size: 'Huge' }, stock: 0 },
        ],
    });
});
after(closeBrowser);

const orderOf = async (page) => {
    const id = /\/orders\/(\d+)/.exec(page.url())[1];
    return ok(await shop.call('GET', `/admin/orders/${id}`, { token: await shop.admin() })).json;
};

async function findAndAdd(page) {
    await page.goto('/');
    await page.getByRole('searchbox').fill(word);
    await page.getByRole('searchbox').press('Enter');
    await page.waitForURL(/\/search\?q=/);
    await page.getByRole('link', { name: new RegExp(`Brass ${word}`) }).click();
    await page.getByRole('heading', { level: 1, name: `Brass ${word}` }).waitFor();
    await page.getByRole('radio', { name: /Large/ }).check();
    await page.getByRole('button', { name: 'Add to cart' }).click();
    await page.waitForURL(/\/cart$/);
    assert.match(await page.locator('main').innerText(), new RegExp(`Brass ${word}[^]*\\$79\\.00`));
}

describe('buying', () => {
    test('with an account: search, choose, register, check out, pay, see it', () =>
        person({}, async (page) => {
            const email = `${unique('w')}@example.com`;
            await findAndAdd(page);
            await page.goto('/register');
            await page.getByLabel('Name').fill('Amina Idrissi');
            await page.getByLabel('E-mail address').fill(email);
            await page.getByLabel('Password').fill(PASSWORD);
            await page.getByRole('button', { name: 'Open the account' }).click();
            await page.waitForURL((u) => u.pathname !== '/register');
            await page.goto('/cart');
            await page.getByRole('link', { name: 'Go to checkout' }).click();
            assert.match(await page.locator('main').innerText(), new RegExp(email));
            await fillAddress(page);
            await place(page).click();
            await page.waitForURL(/\/orders\/\d+/);
            assert.match(await page.locator('main').innerText(), /Thank you/i);
            await pay(page).click();
            await page.locator('.order-head .badge--paid').waitFor();

            const o = await orderOf(page);
            assert.deepEqual([o.status, o.email, o.items.map((i) => [i.sku, i.quantity])], ['paid', email, [[`${sku}-L`, 1]]]);
            await page.goto('/account');
            await page.getByRole('link', { name: o.number, exact: true }).click();
            assert.match(await badge(page), /paid/i);
        }));

    test('as a guest without JavaScript, declined first', () =>
        person({ javaScriptEnabled: false }, async (page, complaints) => {
            await findAndAdd(page);
            await page.getByRole('link', { name: 'Go to checkout' }).click();
            await page.locator('#c-email').fill('guest@example.com');
            await fillAddress(page);
            await place(page).click();
            await page.waitForURL(/\/orders\/\d+/);
            await page.getByRole('button', { name: 'Simulate a declined card' }).click();
            assert.match(await page.getByRole('alert').innerText(), /declined/i);
            // The browser notes the 402 itself; that is what was asked for.
            assert.ok(complaints.splice(0).every((c) => c.includes('402')));
            await pay(page).click();
            await page.locator('.order-head .badge--paid').waitFor();
            const o = await orderOf(page);
            assert.deepEqual([o.status, o.email], ['paid', 'guest@example.com']);
            assert.equal(o.shipping_address.city, ADDRESS.city);
        }));

    test('with the keyboard alone, and the focus always in sight', () =>
        person({}, async (page) => {
            const key = (k) => page.keyboard.press(k);
            const type = async (selector, text) => {
                await tabTo(page, page.locator(selector), selector);
                await page.keyboard.type(text);
            };
            await page.goto('/');
            await key('Tab');
            assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to content');
            await type('#site-q', word);
            await key('Enter');
            await page.waitForURL(/\/search\?q=/);
            await tabTo(page, page.getByRole('link', { name: new RegExp(`Brass ${word}`) }), 'the product');
            await key('Enter');
            await page.waitForURL(/\/products\//);
            await tabTo(page, page.locator('input[name=sku]'), 'the variants');
            await key('ArrowDown');
            assert.equal(await page.locator('input[name=sku]:checked').inputValue(), `${sku}-L`);
            assert.match(await page.locator('[data-price]').first().innerText(), /79\.00/);
            await tabTo(page, page.getByRole('button', { name: 'Add to cart' }), 'Add to cart');
            await key('Enter');
            await page.waitForURL(/\/cart$/);
            await tabTo(page, page.getByRole('link', { name: 'Go to checkout' }), 'Go to checkout');
            await key('Enter');
            await page.waitForURL(/\/checkout/);
            await type('#c-email', 'keys@example.com');
            await type('#a-name', ADDRESS.name);
            await type('#a-line1', ADDRESS.line1);
            await type('#a-postal', ADDRESS.postal_code);
            await type('#a-city', ADDRESS.city);
            await type('#a-country', 'Morocco');
            assert.equal(await page.locator('#a-country').inputValue(), 'MA');
            await tabTo(page, place(page), 'Place the order');
            await key('Enter');
            await page.waitForURL(/\/orders\/\d+/);
            await tabTo(page, pay(page), 'Pay');
            await key('Enter');
            await page.locator('.order-head .badge--paid').waitFor();
            assert.equal((await orderOf(page)).status, 'paid');
        }));

    for (const javaScriptEnabled of [true, false])
        test(`a double click on "Place the order" makes one order (${javaScriptEnabled ? 'with' : 'without'} JavaScript)`, () =>
            person({ javaScriptEnabled }, async (page) => {
                const before_ = await shop.stock(product.id);
                const email = `${unique('d')}@example.com`;
                await findAndAdd(page);
                await page.getByRole('link', { name: 'Go to checkout' }).click();
                await page.locator('#c-email').fill(email);
                await fillAddress(page);
                await place(page).dblclick();
                await page.waitForURL(/\/orders\/\d+/);
                await page.getByRole('heading', { level: 1, name: /^Order / }).waitFor();
                const token = await shop.admin();
                const all = ok(await shop.call('GET', `/admin/orders?q=${email}`, { token })).json;
                assert.equal(all.total, 1);
                assert.equal(await shop.stock(product.id), before_ - 1);
            }));

    test('going back and sending the checkout again shows the same order', () =>
        person({}, async (page) => {
            await findAndAdd(page);
            await page.getByRole('link', { name: 'Go to checkout' }).click();
            const email = `${unique('k')}@example.com`;
            await page.locator('#c-email').fill(email);
            await fillAddress(page);
            await place(page).click();
            await page.waitForURL(/\/orders\/\d+/);
            await page.goBack();
            const token = await shop.admin();
            const again = place(page);
            if (await again.isVisible().catch(() => false)) {
                await page.locator('#c-email').fill(email);
                await fillAddress(page);
                await again.click();
                await page.waitForLoadState();
            }
            assert.equal(ok(await shop.call('GET', `/admin/orders?q=${email}`, { token })).json.total, 1);
        }));

    test('a variant that is sold out cannot be added, with or without JavaScript', async () => {
        await person({}, async (page) => {
            await page.goto(`/products/${product.slug}`);
            await page.getByRole('radio', { name: /Huge/ }).check();
            assert.ok(await page.locator('[data-add]').isDisabled());
        });
        await person({ javaScriptEnabled: false }, async (page) => {
            await page.goto(`/products/${product.slug}`);
            await page.getByRole('radio', { name: /Huge/ }).check();
            await page.getByRole('button', { name: 'Add to cart' }).click();
            await page.waitForURL(/\/cart$/);
            assert.match(await page.locator('.flash-area').innerText(), /left|sold out/i);
            assert.match(await page.locator('main').innerText(), /empty/i);
        });
    });
});
