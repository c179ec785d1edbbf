// People pay at the provider's page, with JavaScript and without, and come back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { shop } from '../http/lib/shop.mjs';
import { badge, closeBrowser, fillAddress, openBrowser, person, place } from './lib/person.mjs';

let product;
before(async () => {
    await openBrowser();
    product = await shop.product({ stock: 100, price: { amount: 2500, currency: 'USD' } });
});
after(closeBrowser);

async function toProvider(page) {
    await page.goto(`/products/${product.slug}`);
    await page.getByRole('button', { name: 'Add to cart' }).click();
    await page.waitForURL(/\/cart$/);
    await page.getByRole('link', { name: 'Go to checkout' }).click();
    await page.locator('#c-email').fill('guest@example.com');
    await fillAddress(page);
    await place(page).click();
    await page.waitForURL(/\/orders\/\d+/);
    await away(page);
}

async function away(page) {
    await page.getByRole('button', { name: "Pay at the provider's page" }).click();
    await page.waitForURL(/\/simulated-provider\/pay\//);
    await page.getByRole('heading', { level: 1, name: '$25.00' }).waitFor();
}

const press = (page, name) => page.getByRole('button', { name }).click();
const backHome = (page) => page.waitForURL(/\/orders\/\d+$/);

test('declined there, then nothing done, then approved, without JavaScript', () =>
    person({ javaScriptEnabled: false }, async (page) => {
        await toProvider(page);
        await press(page, 'Decline');
        await backHome(page);
        assert.match(await page.locator('body').innerText(), /payment was declined/i);
        await away(page);
        const at = page.url();
        await press(page, 'Do nothing and go back');
        await backHome(page);
        assert.match(await page.locator('body').innerText(), /not paid yet/i);
        await away(page);
        assert.equal(page.url(), at);
        await press(page, 'Approve');
        await backHome(page);
        assert.match(await badge(page), /paid/i);
    }));

test('a second step: a wrong code, then the right one', () =>
    person({}, async (page) => {
        await toProvider(page);
        await press(page, 'Ask for a second step');
        const code = await page.locator('.code').innerText();
        await page.getByLabel('Code').fill(code === '123456' ? '654321' : '123456');
        await press(page, 'Confirm');
        assert.match(await page.getByRole('alert').innerText(), /not the code/);
        await page.getByLabel('Code').fill(code);
        await press(page, 'Confirm');
        await backHome(page);
        assert.match(await badge(page), /paid/i);
    }));
