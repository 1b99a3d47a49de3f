// What every story stands on: the gateway it plays on, the browser it plays in, and how it is told.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const variable = (name) => process.env[name] ?? assert.fail(`set ${name}; see tests/e2e/run.sh`);
const require = createRequire(`${variable('POSTERN_MODULES')}/package.json`);
const { chromium } = require('playwright-core');

export const axe = require('axe-core').source;
export const gateway = {
  url: variable('POSTERN_URL'),
  token: variable('POSTERN_TOKEN'),
  password: variable('POSTERN_PASSWORD'),
  smtpPort: Number(variable('POSTERN_SMTP_PORT')),
  relayPort: Number(variable('POSTERN_RELAY_PORT')),
};

const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];
// On a busy machine a page may take long; nothing waits so long that goes well.
const PATIENCE_MS = 30_000;

/** Says what comes next; when it fails, the sentence is known. */
export async function step(sentence, act) {
  const began = Date.now();
  try {
    const result = await act();
    console.log(`ok    ${sentence} (${Date.now() - began} ms)`);
    return result;
  } catch (error) {
    console.log(`FAILS ${sentence}`);
    throw error;
  }
}

/** Plays `story` in a browser, which goes away with it. */
export async function play(story) {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS });
  try {
    await story(browser);
  } finally {
    await browser.close();
  }
  // The smarthost may still listen.
  process.exit(0);
}

/** A visitor: a page in a context of its own, and what was complained about in it. */
export async function visitor(browser, options = {}) {
  const context = await browser.newContext({ baseURL: gateway.url, viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  const complaints = [];
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`policy: ${event.violatedDirective} forbids ${event.blockedURI} ${event.sample}`);
    });
  });
  const page = await context.newPage();
  page.on('console', (message) => {
    // A refused request is judged by whoever made it.
    const isRefusal = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !isRefusal) complaints.push(`${page.url()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error}`));
  page.on('dialog', (dialog) => {
    complaints.push(`${page.url()}: a dialog says ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on('response', (response) => {
    if (response.status() >= 500) complaints.push(`${response.url()}: ${response.status()}`);
  });
  return { context, page, complaints };
}

/** Loads a page and expects it to be there. */
export async function open(page, path, status = 200) {
  const response = await page.goto(path);
  assert.equal(response.status(), status, path);
}

/** Presses what leads to another page; the answer to it, after redirects. */
export async function press(page, thing) {
  const [response] = await Promise.all([page.waitForNavigation(), thing.click()]);
  return response;
}

export const OWN_PASSWORD = 'nine herons cross the weir';

/** Signs in with the password of the first start, and chooses an own one. */
export async function signInFirst(page) {
  await open(page, '/admin');
  await signIn(page, gateway.password);
  assert.match(page.url(), /\/users\/password$/, 'the first sign-in leads to a password of one\'s own');
  await page.getByLabel('Current password').fill(gateway.password);
  await page.getByLabel('New password', { exact: true }).fill(OWN_PASSWORD);
  await page.getByLabel('New password, again').fill(OWN_PASSWORD);
  await press(page, page.getByRole('button', { name: 'Change password' }));
  assert.match(page.url(), /\/admin$/);
}

/** Signs in. */
export async function signIn(page, password) {
  await page.getByLabel('Name').fill('root');
  await page.getByLabel('Password').fill(password);
  await press(page, page.getByRole('button', { name: 'Sign in' }));
}
