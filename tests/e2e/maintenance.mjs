// A maintenance from the first sign-in to the last sign-out, as an administrator sees it; with SCRIPTS=off in a browser that runs none.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { nothingPretends } from './buttons.mjs';
import { readCsv } from './csv.mjs';
import { places } from './places.mjs';
import { open, play, press, signInFirst, step, visitor } from './stage.mjs';
import { ISSUE, UNSUBSCRIBE, api, enqueue, send, smarthost, until } from './wire.mjs';

const MESSAGE = 'The database moves to the other site';
const SETTINGS = '/admin/application_settings/general';
const REFUSAL = 'You cannot perform write operations on a read-only instance';

await play(async (browser) => {
  await smarthost();
  const { context, page, complaints } = await visitor(browser, { javaScriptEnabled: process.env.SCRIPTS !== 'off' });

  await step('the first sign-in leads to a password of one\'s own', () => signInFirst(page));

  await step('the mode is off, and no page has a banner', async () => {
    await page.getByRole('heading', { name: 'Maintenance Mode is off' }).waitFor();
    assert.equal(await page.locator('.banner').count(), 0);
  });

  await step('turning it on asks once more and says what will happen', async () => {
    await enqueue({ kind: 'new_note', to: ['later@people.test'] });
    await open(page, SETTINGS);
    await page.getByLabel('Enable Maintenance Mode').check();
    await page.getByLabel('Message').first().fill(MESSAGE);
    await page.getByLabel('Planned end (UTC)').fill('2099-12-01T04:00');
    await press(page, page.getByRole('button', { name: 'Save changes' }));
    await page.getByRole('heading', { name: 'Turn Maintenance Mode on?' }).waitFor();
    assert.equal((await api('GET', '/api/v4/maintenance')).mode, 'off', 'nothing is changed yet');
    await press(page, page.getByRole('button', { name: 'Turn it on' }));
    await page.getByRole('heading', { name: 'Maintenance Mode is on' }).waitFor();
    const mode = await api('GET', '/api/v4/maintenance');
    assert.deepEqual([mode.mode, mode.message, mode.until], ['on', MESSAGE, '2099-12-01T04:00:00.000000Z']);
  });

  await step('a mail that would open an issue is refused, and stands in Incoming mail', async () => {
    assert.match(await send('ann@outside.test', ISSUE), new RegExp(`^550 5.3.2 This instance is in .*${MESSAGE}`));
    await open(page, '/admin/incoming_mails');
    const row = page.getByRole('row').filter({ hasText: 'ann@outside.test' });
    await row.getByText('refused', { exact: true }).first().waitFor();
    await press(page, row.getByRole('link'));
    await page.getByText('The mode was on, and the mail would have written').waitFor();
  });

  await step('an unsubscribe is kept', async () => {
    assert.match(await send('bea@outside.test', UNSUBSCRIBE), /^250 .* held/);
  });

  await step('a password reset is suppressed, and stands in Suppressed mail', async () => {
    const { state } = await enqueue({ kind: 'reset_password_instructions', to: ['ann@people.test'], reference: '=1+1, "quoted"' });
    assert.equal(state, 'suppressed');
    await enqueue({ kind: 'prometheus_alert_fired', to: ['bob@people.test'], subject: 'Disk full, "again"' });
    await open(page, '/admin/suppressed_mails');
    const row = page.getByRole('row').filter({ hasText: 'ann@people.test' });
    await row.getByText('ask for it anew').waitFor();
    await press(page, row.getByRole('link'));
    await page.getByText('has to ask for it anew').waitFor();
  });

  for (const [list, columns] of [['suppressed_mails', 13], ['incoming_mails', 14]]) {
    await step(`the exports of ${list} are what the API says`, async () => {
      const rows = await api('GET', `/api/v4/${list}`);
      assert.equal(rows.length, 2);
      await open(page, `/admin/${list}`);
      const csv = readCsv(await download(page, 'Export CSV'));
      assert.ok(csv[0].length >= columns, csv[0].join());
      assert.deepEqual(csv.slice(1), rows.map((row) => csv[0].map((column) => cell(row[column]))));
      const lines = (await download(page, 'Export NDJSON')).trimEnd().split('\n');
      assert.deepEqual(lines.map((line) => JSON.parse(line)), rows);
    });
  }

  const all = await places(page);
  await step('the banner stands on every page, with message and planned end', async () => {
    for (const path of all) {
      await open(page, path);
      const banner = await page.locator('.banner').first().innerText();
      assert.ok(banner.includes(MESSAGE) && banner.includes('until 2099-12-01 04:00'), `${path}: ${banner}`);
    }
  });

  await step('a delivery is put off and one has failed, so that there is something to do', async () => {
    await enqueue({ kind: 'new_note', to: ['never@people.test'] });
    const queue = () => api('GET', '/api/v4/queue');
    await until('both were tried', queue, (rows) => ['later', 'never'].every((name) =>
      rows.some((row) => row.recipient === `${name}@people.test` && row.attempts > 0)));
  });

  await step('what can be pressed works, and what cannot says why', async () => {
    const pressed = await nothingPretends(context, page, REFUSAL);
    for (const label of ['Pause', 'Resume', 'Retry', 'Release', 'Cancel it', 'Schedule', 'Cancel the window', 'Search', 'Save changes']) {
      assert.ok(pressed.some((name) => name.endsWith(` ${label}`)), `nowhere was “${label}”: ${pressed.join('; ')}`);
    }
  });

  await step('all that failed is retried, and what a search finds is cancelled, each after a review', async () => {
    const failed = () => api('GET', '/api/v4/queue?state=failed&recipient=never@people.test');
    for (const subject of ['one', 'two']) await enqueue({ kind: 'new_note', to: ['never@people.test'], subject });
    const before = await until('they were refused', failed, (rows) => rows.length >= 2);
    await open(page, '/admin/queues');
    await press(page, page.getByRole('link', { name: 'Retry all failed…' }));
    await page.getByRole('heading', { name: 'Try these again now?' }).waitFor();
    assert.deepEqual(await failed(), before, 'nothing is done yet');
    await press(page, page.getByRole('button', { name: /^Retry \d+ / }));
    await page.locator('.flash', { hasText: 'tried again now' }).waitFor();
    await until('they were refused again', failed, (rows) => rows.length === before.length && rows.every(({ attempts }) => attempts > 1));
    await open(page, '/admin/queues');
    await page.getByLabel('Search', { exact: true }).fill('never@people.test');
    await press(page, page.getByRole('button', { name: 'Search' }));
    await press(page, page.getByRole('link', { name: 'Cancel these…' }));
    await press(page, page.getByRole('button', { name: `Cancel ${before.length} deliveries` }));
    await page.locator('.flash', { hasText: `${before.length} deliveries are cancelled.` }).waitFor();
    assert.deepEqual(await failed(), []);
  });

  await step('what has happened is in the history', async () => {
    await open(page, '/admin/maintenance/history');
    await page.getByRole('row').filter({ hasText: MESSAGE }).filter({ hasText: 'root' }).first().waitFor();
  });

  await step('turning it off asks once more, and the banner goes', async () => {
    await open(page, SETTINGS);
    await page.getByLabel('Enable Maintenance Mode').uncheck();
    await press(page, page.getByRole('button', { name: 'Save changes' }));
    await press(page, page.getByRole('button', { name: 'Turn it off' }));
    await page.getByRole('heading', { name: 'Maintenance Mode is off' }).waitFor();
    assert.equal(await page.locator('.banner').count(), 0);
    assert.match(await send('ann@outside.test', ISSUE), /^250 /);
  });

  await step('signing out closes everything', async () => {
    await press(page, page.getByRole('button', { name: 'Sign out' }));
    await open(page, '/admin/suppressed_mails');
    assert.match(page.url(), /\/users\/sign_in/);
  });

  assert.deepEqual(complaints, []);
});

async function download(page, name) {
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name }).click()]);
  return readFile(await file.path(), 'utf8');
}

/** A value as a cell holds it: what a spreadsheet would take for a formula is defused by an apostrophe. */
function cell(value) {
  const text = value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}
