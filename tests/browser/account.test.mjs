// The pages of an account from its opening to its end, as somebody goes through them on a
// phone, by keyboard alone, without JavaScript; each is narrow enough, and axe finds nothing
// serious on it. The code that sets a device up is read the way its camera would.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';

import jsqr from 'jsqr';

import { sql } from '../http/lib/machine.mjs';
import { PASSWORD, ok, shop, unique } from '../http/lib/shop.mjs';
import { code } from '../http/lib/totp.mjs';
import { closeBrowser, fillAddress, openBrowser, person, signIn, sticksOut, tabTo } from './lib/person.mjs';

const AXE = readFileSync(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const phone = { viewport: { width: 360, height: 740 }, hasTouch: true };

before(openBrowser);
after(closeBrowser);

// A link as the shop would have sent it: only its hash is in the database.
function link(id, email, kind) {
    const token = randomBytes(32).toString('base64url');
    const hash = createHash('sha256').update(token).digest('hex');
    sql(`INSERT INTO account_link VALUES (UNHEX('${hash}'), ${id}, '${kind}', '${email}', ${Date.now()}, ${Date.now() + 60000})`);
    return `/${kind}?token=${token}`;
}
async function verified() {
    const u = await shop.user();
    sql(`UPDATE account SET verified_at = 1 WHERE id = ${u.user.id}`);
    return { ...u, password: PASSWORD };
}
const idOf = (email) => sql(`SELECT id FROM account WHERE email = '${email}'`);

// What can be seen of every page here, whoever looks.
async function fits(page) {
    const path = new URL(page.url()).pathname;
    assert.deepEqual(await sticksOut(page), [], path);
    const unbound = await page.evaluate(() =>
        [...document.querySelectorAll('input:not([type=hidden]):not(:disabled), select, textarea')]
            .filter((el) => el.labels.length === 0 && !el.getAttribute('aria-label'))
            .map((el) => el.outerHTML),
    );
    assert.deepEqual(unbound, [], `${path}: fields without a label`);
    const loose = await page.evaluate(() =>
        [...document.querySelectorAll('[aria-describedby], [aria-labelledby]')].flatMap((el) =>
            `${el.getAttribute('aria-describedby') ?? ''} ${el.getAttribute('aria-labelledby') ?? ''}`
                .split(' ').filter((id) => id && !document.getElementById(id)),
        ),
    );
    assert.deepEqual(loose, [], `${path}: descriptions that are not there`);
}
const button = (page, name) => page.getByRole('button', { name });
// By keyboard: to the thing, and press it.
async function press(page, locator, what) {
    await tabTo(page, locator, what);
    await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
    await fits(page);
}
async function type(page, where, text) {
    const field = typeof where === 'string' ? page.getByLabel(where, { exact: true }) : where;
    await tabTo(page, field, String(where));
    await field.press('Control+a');
    await page.keyboard.type(text);
}

test('an account from its opening to its end, by keyboard, on a phone, without JavaScript', () =>
    person({ ...phone, javaScriptEnabled: false }, async (page, complaints) => {
        const email = `${unique('kbd')}@example.com`;
        await page.goto('/register');
        await fits(page);
        await type(page, 'Your name', 'Amina Idrissi');
        await type(page, 'E-mail address', email);
        await type(page, 'Password', PASSWORD);
        await press(page, button(page, 'Open the account'), 'Open the account');

        await page.goto('/account/security');
        await fits(page);
        await press(page, button(page, 'Send it again'), 'Send it again');
        await page.goto(link(idOf(email), email, 'verify'));
        await fits(page);
        await press(page, button(page, 'Yes, this is my address'), 'Yes');
        assert.match(await page.locator('.note--success').innerText(), /confirmed/);

        await page.goto('/account/addresses');
        await fits(page);
        await press(page, page.getByRole('link', { name: 'Add an address' }), 'Add an address');
        await fillAddress(page);
        await press(page, button(page, 'Keep it'), 'Keep it');
        assert.match(await page.locator('main').innerText(), /Amina Idrissi/);
        await press(page, button(page, /^Remove/), 'Remove');
        assert.doesNotMatch(await page.locator('main').innerText(), /Amina Idrissi/);

        await page.goto('/account/security');
        await type(page, page.locator('#p-old'), 'Wrong-horse-9');
        await type(page, page.locator('#p-new'), 'Another-lantern-7');
        await press(page, button(page, 'Change the password'), 'Change the password');
        assert.equal(await page.locator('#p-old').getAttribute('aria-invalid'), 'true');
        assert.ok(complaints.splice(0).every((c) => c.includes('422')), 'a refused form is a 422');
        await type(page, page.locator('#p-old'), PASSWORD);
        await type(page, page.locator('#p-new'), 'Another-lantern-7');
        await press(page, button(page, 'Change the password'), 'Change the password');
        assert.equal(await page.locator('.note--success').count(), 1);

        await page.goto('/account/data');
        await fits(page);
        assert.equal(await page.getByRole('link', { name: 'Download' }).count(), 1);
        await type(page, 'Current password', 'Another-lantern-7');
        await press(page, button(page, 'Delete my account'), 'Delete my account');
        assert.equal(idOf(email), '');
    }));

describe('without JavaScript at all, on a phone', () => {
    const plain = { ...phone, javaScriptEnabled: false };

    test('a password is forgotten and set anew', async () => {
        const u = await shop.user();
        await person(plain, async (page) => {
            await page.goto('/login');
            await page.getByRole('link', { name: /forgot/i }).click();
            await page.getByLabel('E-mail address').fill(u.email);
            await button(page, 'Send the link').click();
            assert.match(await page.locator('main').innerText(), /If .* has an account here, a mail/);
            await page.goto(link(u.user.id, u.email, 'reset'));
            await page.getByLabel('New password').fill('Another-lantern-7');
            await button(page, 'Set the password').click();
            await page.waitForURL('/login');
            await signIn(page, { email: u.email, password: 'Another-lantern-7' });
        });
    });

    test('sessions are looked at and ended', async () => {
        const u = await verified();
        ok(await shop.call('POST', '/login', { json: { email: u.email, password: PASSWORD } }));
        await person(plain, async (page) => {
            await signIn(page, u);
            await page.goto('/account/security');
            assert.equal(await page.locator('.table tbody tr').count(), 3);
            await button(page, 'Sign out everywhere else').click();
            assert.equal(await page.locator('.table tbody tr').count(), 1);
            assert.equal(await page.getByText('This one').count(), 1);
        });
    });

    test('a device is set up by its code, asked at the next sign-in, and taken away', async () => {
        const u = await verified();
        let secret;
        await person(plain, async (page) => {
            await signIn(page, u);
            await page.goto('/account/two-step');
            await page.getByLabel('Current password').fill(PASSWORD);
            await button(page, 'Set up a device').click();
            const svg = page.getByRole('img', { name: /QR code/ });
            const uri = read(Number((await svg.getAttribute('viewBox')).split(' ')[2]), await svg.locator('path').getAttribute('d'));
            assert.equal(uri, await page.getByRole('link', { name: 'Add to the authenticator app' }).getAttribute('href'));
            secret = new URL(uri).searchParams.get('secret');
            assert.equal(await page.locator('strong.mono').innerText(), secret);
            await page.getByLabel('Code that the app shows').fill(code(secret, -1));
            await button(page, 'Turn it on').click();
            assert.equal(await page.locator('ul.mono li').count(), 10);
        });
        await person(plain, async (page, complaints) => {
            await signInStep(page, u, code(secret));
            complaints.splice(0); // the question for the code is a 401
            await page.goto('/account/two-step');
            await page.getByLabel('Current password').fill(PASSWORD);
            await page.getByLabel(/^Code from the device/).fill(code(secret, 1));
            await button(page, 'Turn it off').click();
            assert.equal(await button(page, 'Set up a device').count(), 1);
        });
    });
});

async function signInStep(page, u, now) {
    await page.goto('/login');
    await page.getByLabel('E-mail address').fill(u.email);
    await page.getByLabel('Password').fill(PASSWORD);
    await button(page, 'Sign in').click();
    await page.getByLabel('Code from your device').fill(now);
    await button(page, 'Sign in').click();
    await page.waitForURL((at) => at.pathname !== '/login');
}

// A camera that looks at the path of an SVG: four dots a module.
function read(size, path) {
    const scale = 4, wide = size * scale;
    const dots = new Uint8ClampedArray(wide * wide * 4).fill(255);
    for (const [, x, y, n] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g))
        for (let j = 0; j < scale; j++)
            for (let i = 0; i < n * scale; i++) {
                const at = ((y * scale + j) * wide + x * scale + i) * 4;
                dots.fill(0, at, at + 3);
            }
    return jsqr(dots, wide, wide)?.data;
}

test('axe finds nothing serious on any of them', async () => {
    const u = await verified();
    ok(await shop.call('POST', '/me/addresses', {
        token: u.token,
        json: { name: 'Amina', line1: '12 Rue', city: 'Fez', postal_code: '30110', country: 'MA' },
    }), 201);
    const look = async (page, path) => {
        if (path) await page.goto(path);
        await page.evaluate(AXE);
        const { violations } = await page.evaluate(() =>
            globalThis.axe.run(document, { resultTypes: ['violations'] }));
        const bad = violations.filter((v) => ['serious', 'critical'].includes(v.impact))
            .map((v) => `${v.id}: ${v.nodes[0].html} ${v.nodes[0].failureSummary}`);
        assert.deepEqual(bad, [], page.url());
    };
    await person(phone, async (page) => {
        for (const path of ['/login', '/register', '/forgot', link(u.user.id, u.email, 'verify'), link(u.user.id, u.email, 'reset')])
            await look(page, path);
        await signIn(page, u);
        for (const path of ['/account', '/account/addresses', '/account/addresses/edit', '/account/security', '/account/data', '/account/two-step'])
            await look(page, path);
        await page.getByLabel('Current password').fill(PASSWORD);
        await button(page, 'Set up a device').click();
        await page.getByLabel('Code that the app shows').waitFor();
        await look(page);
        await fits(page);
    });
});
