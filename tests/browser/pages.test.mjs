// The pages as they look, and the back office as the shop's people use it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { PASSWORD, ok, shop, unique } from '../http/lib/shop.mjs';
import { boss, closeBrowser, openBrowser, person, signIn, sticksOut } from './lib/person.mjs';

let product, order, user;
before(async () => {
    await openBrowser();
    user = await shop.user();
    product = await shop.product({
        name: 'An unreasonably-long-name-that-no-shelf-could-ever-hold-in-one-line Kettle',
        category: ['Kitchen', 'Kettles'],
        brand: 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerk',
        description: 'w'.repeat(300),
        attributes: { 'A-very-long-attribute-name-without-any-space': 'v'.repeat(200) },
    });
    const token = user.token;
    order = await shop.placed([{ sku: product.sku, quantity: 1 }], { token });
    ok(await shop.pay(order.id, { token }));
    ok(await shop.call('POST', '/cart', { token, json: { sku: product.sku, quantity: 2 } }), 201);
});
after(closeBrowser);

describe('at 360 px', () => {
    const phone = { viewport: { width: 360, height: 740 }, hasTouch: true };
    const visit = async (page, paths) => {
        for (const path of paths) {
            await page.goto(path);
            assert.deepEqual(await sticksOut(page), [], path);
        }
    };

    test('no page of the shop scrolls sideways', () =>
        person(phone, async (page, complaints) => {
            await visit(page, ['/', `/categories/${product.category_path}`, `/products/${product.slug}`, '/search?q=kettle', '/search?q=nothing-at-all', '/cart', '/login', '/register']);
            await visit(page, ['/no-such-page']);
            assert.ok(complaints.splice(0).every((c) => c.includes('404')), complaints.join());
            await signIn(page, { email: user.email, password: PASSWORD });
            await visit(page, ['/cart', '/checkout', '/account', `/orders/${order.id}`]);
        }));

    test('no page of the back office does', () =>
        person(phone, async (page) => {
            await signIn(page, boss());
            await visit(page, ['/admin/', '/admin/products', '/admin/products/new', '/admin/products/import', `/admin/products/${product.id}`, '/admin/orders', `/admin/orders/${order.id}`, '/admin/mails', '/admin/webhook-endpoints', '/admin/webhook-endpoints/new']);
        }));
});

describe('at a desk', () => {
    test('every page has one first heading, named controls and pictures', () =>
        person({ viewport: { width: 1280, height: 900 } }, async (page) => {
            await signIn(page, { email: user.email, password: PASSWORD });
            for (const path of ['/', `/categories/${product.category_path}`, `/products/${product.slug}`, '/search?q=kettle', '/cart', '/checkout', '/account', `/orders/${order.id}`]) {
                await page.goto(path);
                assert.deepEqual(await sticksOut(page), [], path);
                const bad = await page.evaluate(() => {
                    const named = (el) =>
                        el.labels?.length > 0 || el.getAttribute('aria-label') || el.getAttribute('aria-labelledby') || el.textContent.trim() !== '';
                    const found = [...document.querySelectorAll('input:not([type=hidden]), select, textarea, button, a[href]')].filter((el) => !el.closest('[aria-hidden=true]') && !named(el) && !el.querySelector('img[alt]:not([alt=""])'));
                    found.push(...document.querySelectorAll('img:not([alt])'));
                    const h1 = document.querySelectorAll('h1').length;
                    const ids = [...document.querySelectorAll('[id]')].map((el) => el.id);
                    const twice = ids.filter((id, i) => ids.indexOf(id) !== i);
                    return [...found.map((el) => el.outerHTML.slice(0, 120)), ...(h1 === 1 ? [] : [`${h1} h1`]), ...twice.map((id) => `#${id} twice`)];
                });
                assert.deepEqual(bad, [], path);
            }
        }));

    test('every picture of the front page loads', () =>
        person({}, async (page) => {
            await page.goto('/');
            const broken = await page.evaluate(async () => {
                const imgs = [...document.images];
                imgs.forEach((i) => (i.loading = 'eager'));
                await Promise.all(imgs.map((i) => i.decode().catch(() => {})));
                return imgs.filter((i) => i.naturalWidth === 0).map((i) => i.src);
            });
            assert.deepEqual(broken, []);
        }));
});

describe('the back office', () => {
    test('the admin changes a price and the shopper sees it', () =>
        person({}, async (shopper) => {
            const p = await shop.product({ name: `Kettle ${unique()}`, price: { amount: 2500, currency: 'USD' } });
            await shopper.goto(`/products/${p.slug}`);
            assert.match(await shopper.locator('[data-price]').innerText(), /25\.00/);
            await person({}, async (page) => {
                await signIn(page, boss());
                await page.goto('/admin/products');
                await page.goto(`/admin/products/${p.id}`);
                const price = page.getByLabel(`Price of ${p.sku}`);
                assert.equal(await price.inputValue(), '25.00');
                await price.fill('31.50');
                await page.getByRole('button', { name: 'Save', exact: true }).click();
                await page.waitForLoadState();
                assert.equal(await page.getByLabel(`Price of ${p.sku}`).inputValue(), '31.50');
            });
            await shopper.reload();
            assert.match(await shopper.locator('[data-price]').innerText(), /31\.50/);
        }));

    test('the admin makes a product, and it can be found and bought', () =>
        person({}, async (page) => {
            const word = unique('samovar').replace('-', '');
            await signIn(page, boss());
            await page.goto('/admin/products/new');
            await page.getByLabel('Name', { exact: true }).fill(`Silver ${word}`);
            await page.locator('#p-sku').fill(word.toUpperCase());
            await page.locator('#p-price').fill('120.00');
            await page.locator('#p-stock').fill('3');
            await page.getByRole('button', { name: 'Create the product' }).click();
            await page.waitForURL(/\/admin\/products\/\d+/);
            const list = ok(await shop.call('GET', `/products?q=${word}`)).json;
            assert.deepEqual(list.items.map((i) => [i.sku, i.price.amount, i.stock]), [[word.toUpperCase(), 12000, 3]]);
            ok(await shop.order([{ sku: word.toUpperCase(), quantity: 1 }]), 201);
        }));

    test('the admin ships an order and the buyer sees it', () =>
        person({}, async (page) => {
            const o = await shop.placed([{ sku: product.sku, quantity: 1 }], { token: user.token });
            ok(await shop.pay(o.id, { token: user.token }));
            await signIn(page, boss());
            await page.goto(`/admin/orders/${o.id}`);
            await page.getByLabel(/carrier/i).fill('Caravan');
            await page.getByLabel(/tracking/i).fill('CV-1');
            await page.getByRole('button', { name: /ship|sent|hand/i }).click();
            await page.waitForLoadState();
            const now = ok(await shop.call('GET', `/orders/${o.id}`, { token: user.token })).json;
            assert.deepEqual([now.status, now.shipment?.tracking], ['shipped', 'CV-1']);
        }));

    test('the admin sends an order in two parcels and takes one piece back, on a phone without scripts', () =>
        person({ viewport: { width: 360, height: 740 }, javaScriptEnabled: false }, async (page) => {
            const o = await shop.placed([{ sku: product.sku, quantity: 3 }], { token: user.token });
            ok(await shop.pay(o.id, { token: user.token }));
            await signIn(page, boss());
            await page.goto(`/admin/orders/${o.id}`);
            const send = async (n) => {
                const form = page.locator('form[action$="/ship"]');
                if (n) await form.getByRole('spinbutton').fill(n);
                await form.getByLabel(/carrier/i).fill('Caravan');
                await form.getByRole('button').click();
                await page.waitForLoadState();
            };
            await send('2');
            await page.getByText('Partially shipped').first().waitFor();
            await send();
            await page.getByText('Take goods back').click();
            const back = page.locator('form[action$="/return"]');
            await back.getByRole('spinbutton').fill('1');
            await back.getByLabel('Give back what was paid').check();
            await back.getByRole('button').click();
            await page.getByText('Partially returned').first().waitFor();
            const now = ok(await shop.call('GET', `/orders/${o.id}`, { token: user.token })).json;
            assert.deepEqual(
                [now.status, now.shipments.length, now.items[0].returned, now.refunded.amount],
                ['partially_refunded', 2, 1, now.items[0].unit_price.amount],
            );
        }));

    test('a customer is shown the door', () =>
        person({}, async (page, complaints) => {
            await signIn(page, { email: user.email, password: PASSWORD });
            const r = await page.goto('/admin/');
            assert.equal(r.status(), 403);
            assert.ok(complaints.splice(0).every((c) => c.includes('403')));
        }));
});
