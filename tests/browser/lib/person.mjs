// A person at a browser: opens pages, finds things by their names, and complains of every
// error that the browser's console shows.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';

import { chromium } from 'playwright-core';

import { ADDRESS, STATE, URL_ } from '../../http/lib/shop.mjs';

const BROWSERS = [process.env.SOUK_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser'];
const executablePath = BROWSERS.find((p) => p && existsSync(p));
if (!executablePath) throw new Error('no Chromium; set SOUK_CHROMIUM to the path of one');

let browser;
export async function openBrowser() {
    browser = await chromium.launch({
        executablePath,
        args: ['--no-sandbox', '--disable-background-networking', '--disable-dev-shm-usage'],
    });
}
export const closeBrowser = () => browser.close();

// Somebody new, with a clean profile. `visit` gets the page and the complaints; whatever the
// console, a failed request or the content policy said against us fails the test.
export async function person(options, visit) {
    // Nothing moves: without JavaScript nobody could tell when a movement is over.
    const context = await browser.newContext({ baseURL: URL_, locale: 'en-US', reducedMotion: 'reduce', ...options });
    context.setDefaultTimeout(8000);
    const complaints = [];
    const page = await context.newPage();
    page.on('console', (m) => {
        if (['error', 'warning'].includes(m.type())) complaints.push(`console ${m.type()}: ${m.text()}`);
    });
    page.on('pageerror', (e) => complaints.push(`exception: ${e.message}`));
    page.on('requestfailed', (r) => {
        // A page that is left while its pictures still load is no failure of ours.
        const why = r.failure()?.errorText;
        if (why !== 'net::ERR_ABORTED') complaints.push(`${r.url()}: ${why}`);
    });
    page.on('response', (r) => {
        if (new URL(r.url()).origin !== new URL(URL_).origin) complaints.push(`left the shop: ${r.url()}`);
        if (r.status() >= 500) complaints.push(`${r.status()} ${r.url()}`);
    });
    try {
        await visit(page, complaints);
        assert.deepEqual(complaints, []);
    } catch (e) {
        e.message = `${e.message}\n  at ${page.url()}\n  ${complaints.join('\n  ')}`;
        throw e;
    } finally {
        await context.close();
    }
}

export async function signIn(page, { email, password }) {
    await page.goto('/login');
    await page.getByLabel('E-mail address').fill(email);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL((u) => u.pathname !== '/login');
}
export const boss = () => JSON.parse(readFileSync(`${STATE}/admin.json`, 'utf8'));

// What sticks out to the right, named, so that the message tells where to look.
export const sticksOut = (page) =>
    page.evaluate(() => {
        const wide = document.documentElement.clientWidth;
        if (document.documentElement.scrollWidth <= wide) return [];
        return [...document.querySelectorAll('body *')]
            .filter((el) => el.getBoundingClientRect().right > wide + 1)
            .map((el) => `${el.tagName.toLowerCase()}.${el.className}`)
            .slice(0, 5)
            .concat(`${document.documentElement.scrollWidth} px of ${wide}`);
    });

export async function fillAddress(page) {
    await page.getByLabel('Full name').or(page.locator('#a-name')).first().fill(ADDRESS.name);
    await page.locator('#a-line1').fill(ADDRESS.line1);
    await page.locator('#a-postal').fill(ADDRESS.postal_code);
    await page.locator('#a-city').fill(ADDRESS.city);
    await page.locator('#a-country').selectOption(ADDRESS.country);
}

export const place = (page) => page.getByRole('button', { name: /^Place the order/ });
export const pay = (page) => page.getByRole('button', { name: /^Pay .* now$/ });
export const badge = (page) => page.locator('.order-head .badge').innerText();

// Press Tab until the thing has the focus, as somebody without a mouse does.
export async function tabTo(page, locator, what) {
    for (let i = 0; i < 150; i++) {
        await page.keyboard.press('Tab');
        if (await locator.evaluateAll((els) => els.includes(document.activeElement))) {
            const seen = await page.evaluate(() => {
                const hit = (el) => {
                    const s = getComputedStyle(el);
                    return (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== 'none';
                };
                // A hidden radio button shows its focus on the box beside it.
                const el = document.activeElement;
                return hit(el) || (el.nextElementSibling !== null && hit(el.nextElementSibling));
            });
            assert.ok(seen, `${what} has the focus, and nobody can see it`);
            return;
        }
    }
    assert.fail(`Tab never reached ${what}`);
}
