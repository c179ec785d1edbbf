// The API's pages: a person reads what there is, signs in, and tries the calls.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { STATE, call, ok } from '../http/lib/shop.mjs';
import { closeBrowser, openBrowser, person } from './lib/person.mjs';

before(openBrowser);
after(closeBrowser);

const desk = { viewport: { width: 1200, height: 900 } };
const operation = (page, id) => page.locator(`.opblock[id$="-${id}"]`);

// Open an operation, send it with its own example, and read the answer's status.
async function tryOut(page, id) {
    const op = operation(page, id);
    await op.locator('.opblock-summary').first().click();
    await op.getByRole('button', { name: 'Execute' }).click();
    const status = op.locator('.live-responses-table tbody .response-col_status').first();
    await status.waitFor();
    return Number.parseInt(await status.innerText(), 10);
}

test('a person signs in on the API’s page and tries calls there', () =>
    person(desk, async (page, complaints) => {
        // Opening an operation is a second's work on a busy machine.
        page.setDefaultTimeout(30000);
        await page.goto('/api/docs/');
        await page.getByRole('heading', { name: /Souk/ }).first().waitFor();
        // A guest is refused; that is an answer, not an error of the page.
        assert.equal(await tryOut(page, 'adminListCoupons'), 401);

        const boss = JSON.parse(readFileSync(`${STATE}/admin.json`, 'utf8'));
        const login = operation(page, 'login');
        await login.locator('.opblock-summary').first().click();
        await login.locator('textarea').first().fill(JSON.stringify(boss));
        await login.getByRole('button', { name: 'Execute' }).click();
        const answer = login.locator('.live-responses-table tbody pre').first();
        await answer.waitFor();
        const token = /"access_token": "([^"]+)"/.exec(await answer.innerText())[1];

        await page.getByRole('button', { name: 'Authorize' }).first().click();
        const bearer = page.locator('.auth-container').filter({ hasText: 'bearer' }).first();
        await bearer.locator('input').fill(token);
        await bearer.getByRole('button', { name: /Apply/ }).click();
        await bearer.getByRole('button', { name: 'Close' }).click();
        for (const id of ['getMe', 'adminListSales', 'listCategories'])
            assert.equal(await tryOut(page, id), 200, id);
        // The 401 above is one line of the console.
        assert.deepEqual(complaints.splice(0).filter((c) => !/401/.test(c)), []);
    }));

test('every call of the description stands there', () =>
    person(desk, async (page) => {
        const { paths } = ok(await call('GET', '/openapi.json')).json;
        const ids = Object.values(paths).flatMap((p) => Object.values(p).map((op) => op.operationId));
        page.setDefaultTimeout(30000);
        await page.goto('/api/docs/');
        await page.locator('.opblock').first().waitFor();
        assert.equal(await page.locator('.opblock').count(), ids.length);
        for (const id of ids) assert.equal(await operation(page, id).count(), 1, id);
    }));
