// A recipient in a real browser, at the width of a phone.
//
// Talks in JSON lines: what it did goes to stdout, and when it waits for a code it says {"event":"code"}
// and reads the code from stdin. Ends with {"event":"done"}; any failure is an exception and exit code 1.
//
//   SECUDOC_LINK      the link from the returned mail
//   SECUDOC_MAIL      file with the HTML of the returned mail: its button is pressed (default: none, to the link)
//   SECUDOC_WAY       visit: to the files and out again (default); trouble: into the pages for what goes wrong
//   SECUDOC_LANGUAGE  nl, de or en (default en)
//   SECUDOC_ADDRESS   what to type where a shared link asks for an address (default none)
//   SECUDOC_SHOTS     folder for screenshots (default none); SECUDOC_SCHEME light or dark
//   CHROMIUM          the browser (default /usr/bin/chromium)

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const link = process.env.SECUDOC_LINK;
const language = process.env.SECUDOC_LANGUAGE ?? 'en';
const scheme = process.env.SECUDOC_SCHEME ?? 'light';
const origin = new URL(link).origin;
const input = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

const say = (event, more = {}) => console.log(JSON.stringify({ event, ...more }));

async function ask(event) {
	say(event);
	const line = await input.next();
	assert(!line.done, 'nobody answers');
	return line.value.trim();
}

async function sha256(path) {
	const digest = createHash('sha256');
	for await (const piece of createReadStream(path)) {
		digest.update(piece);
	}
	return digest.digest('hex');
}

async function shoot(page, name) {
	if (process.env.SECUDOC_SHOTS) {
		const suffix = scheme === 'dark' ? '-dark' : '';
		await page.screenshot({ path: join(process.env.SECUDOC_SHOTS, `${name}${suffix}.png`) });
	}
}

// The mail as an app on a phone shows it, which takes the width of the phone for the mail's. Gives the page that
// its button opens.
async function pressInMail(mail) {
	const width = '<meta name="viewport" content="width=device-width, initial-scale=1">';
	await mail.setContent(width + readFileSync(process.env.SECUDOC_MAIL, 'utf8'));
	await shoot(mail, 'mail');
	const [page] = await Promise.all([
		mail.waitForEvent('popup'),
		mail.locator(`a[href="${link}"]`).first().click(),
	]);
	await page.waitForURL(link);
	return page;
}

// What every page must be: our own, quiet, usable without a mouse, and not wider than the phone.
async function inspect(page, name) {
	assert.equal(await page.locator('html').getAttribute('lang'), language);
	assert.equal(await page.locator('h1').count(), 1, `${name}: one heading`);
	assert.equal(await page.locator('script').count(), 0);
	const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
	assert(wide <= 0, `${name}: ${wide} pixels too wide`);
	for (const field of await page.locator('input:not([type=hidden])').all()) {
		const id = await field.getAttribute('id');
		assert.equal(await page.locator(`label[for="${id}"]`).count(), 1, `${name}: ${id} has a label`);
	}
	for (const target of await page.locator('button, a.button, a.file, .languages a').all()) {
		const box = await target.boundingBox();
		assert(box.height >= 40, `${name}: a target of ${box.height} pixels`);
	}
	// with a shared link only two pages differ, those around the address
	const shared = process.env.SECUDOC_ADDRESS ? '-shared' : '';
	if (!shared || name === 'link' || name === 'code') {
		await shoot(page, `portal-${name}${shared}`);
	}
	say('page', { name, title: await page.title(), url: page.url() });
}

async function download(page, file) {
	const [got] = await Promise.all([page.waitForEvent('download'), file.click()]);
	const path = await got.path();
	say('file', { name: got.suggestedFilename(), sha256: await sha256(path) });
}

const words = {
	nl: { send: 'Stuur mij een code', open: 'Open de bestanden', close: 'Afsluiten' },
	de: { send: 'Code an mich senden', open: 'Dateien öffnen', close: 'Schließen' },
	en: { send: 'Send me a code', open: 'Open the files', close: 'Close' },
}[language];

async function visit(page, trouble) {
	const button = (name) => page.getByRole('button', { name, exact: true });

	await inspect(page, 'link');
	if (process.env.SECUDOC_ADDRESS) {
		await page.locator('#address').fill(process.env.SECUDOC_ADDRESS);
	}
	await button(words.send).click();
	await page.waitForURL('**/code*');
	await inspect(page, 'code');
	const code = await ask('code');

	const wrong = String((Number(code) + 1) % 1000000).padStart(6, '0');
	await page.locator('#code').fill(wrong);
	await button(words.open).click();
	await page.locator('[role=alert]').waitFor();
	await inspect(page, 'wrong');

	await page.locator('#code').fill(`${code.slice(0, 3)} ${code.slice(3)}`);
	await page.keyboard.press('Enter');
	await page.waitForURL('**/f/*');
	await inspect(page, 'files');
	const token = new URL(link).pathname.split('/')[2];
	assert(!page.url().includes(token) && !(await page.content()).includes(token), 'no token any more');
	for (const file of await page.locator('a.file').all()) {
		await download(page, file);
	}
	const files = page.url();
	await button(words.close).click();
	await page.waitForURL('**/closed*');
	await inspect(page, 'closed');
	assert.deepEqual(trouble, []);

	await page.goto(files);	// closed is closed; the browser reports the 403 as trouble, which it is
	await inspect(page, 'over');
	await page.goto(`${origin}/t/${'a'.repeat(32)}`);
	await inspect(page, 'gone');
}

// Presses the button for a code; gives the status of what comes back.
async function press(page) {
	const [answer] = await Promise.all([
		page.waitForResponse((r) => r.request().method() === 'POST'),
		page.getByRole('button', { name: words.send, exact: true }).click(),
	]);
	await page.waitForLoadState();
	return answer.status();
}

async function meetTrouble(page) {
	await page.locator('input[name=page]').evaluate((field) => {
		field.value = field.value.replace(/.{8}$/, (end) => (end === 'abcdabcd' ? 'dcbadcba' : 'abcdabcd'));
	});
	assert.equal(await press(page), 403);
	await inspect(page, 'stale');

	assert.equal((await page.goto(`${link}/open`)).status(), 405);	// only a form may go there
	await inspect(page, 'refused');

	// More forms than one address may send in a minute, until the portal has enough; to nobody's link, so
	// that no mail is sent. Again when the next minute began just before the button was pressed.
	let status = 0;
	for (let minute = 0; minute < 3 && status !== 429; minute++) {
		await page.goto(link);
		for (let i = 0, last = 0; i < 1000 && last !== 429; i++) {
			last = (await page.request.post(`${origin}/t/${'a'.repeat(32)}/code`, { form: {} })).status();
			assert([404, 429].includes(last), `answered ${last}`);
		}
		status = await press(page);
	}
	assert.equal(status, 429);
	await inspect(page, 'later');
}

const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
	args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
		'--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
try {
	const context = await browser.newContext({
		viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true,
		locale: language, colorScheme: scheme, acceptDownloads: true, ignoreHTTPSErrors: true,
	});
	const trouble = [];
	context.on('console', (m) => {
		// the wrong code is answered 403 on purpose
		if (m.type() === 'error' && !m.text().includes('403')) {
			trouble.push(m.text());
		}
	});
	context.on('weberror', (e) => trouble.push(String(e.error())));
	context.on('request', (r) => {
		if (!r.url().startsWith(origin)) {
			trouble.push(`asked ${r.url()}`);
		}
	});
	let page = await context.newPage();
	if (process.env.SECUDOC_MAIL) {
		page = await pressInMail(page);
	} else {
		await page.goto(link);
	}
	if (process.env.SECUDOC_WAY === 'trouble') {
		await meetTrouble(page);
	} else {
		await visit(page, trouble);
	}
	say('done');
} finally {
	await browser.close();
}
process.exit(0);
