// Text from strangers, and from people who mean no good, is only text on every page: nothing of it runs, and nothing of it breaks a page.

import assert from 'node:assert/strict';
import { places } from './places.mjs';
import { open, play, press, signInFirst, step, visitor } from './stage.mjs';
import { ISSUE, UNSUBSCRIBE, api, enqueue, send, smarthost, until } from './wire.mjs';

const LONG = 'W'.repeat(10_000);
const TEXTS = [
  '<script>window.hit=1</script>',
  '"><img src=x onerror=window.hit=1>',
  '\' autofocus onfocus=window.hit=1 x=\'',
  '</title></textarea><svg onload=window.hit=1>',
  'javascript:window.hit=1',
  '{{7*7}} ${7*7} <%= 7*7 %>',
  '\u202Eevil\u2066 \u200F\u0301\u0301\u0301',
];
/** A text as a page shows it: what reorders the text around it is made visible. */
const shown = (text) => text.replace(/[\u202A-\u202E\u2066-\u2069\u2028\u2029]/g,
  (char) => `\u27E8U+${char.codePointAt(0).toString(16).toUpperCase()}\u27E9`);
const ADDRESSES = [
  '"<script>window.hit=1</script>"@people.test',
  '"\'onfocus=window.hit=1"@people.test',
  `${'w'.repeat(64)}@${'w'.repeat(60)}.test`,
  '"><img/src=x/onerror=window.hit=1>"@people.test',
];
const PHONE = { viewport: { width: 390, height: 844 }, userAgent: TEXTS[0] + TEXTS[1] };

let windows = 0;

await play(async (browser) => {
  await smarthost(TEXTS[0] + TEXTS[1] + 'W'.repeat(300));
  const { page, complaints } = await visitor(browser, PHONE);
  const read = new Set();
  const nothingRan = nothingRanOn(page, complaints, read);
  // Some of it is refused, which is as good.
  const refused = [];
  const note = (error) => refused.push(error.message.slice(0, 300));

  await step('whoever is not signed in may type and ask for anything', async () => {
    for (const text of TEXTS) {
      await page.goto(`/users/sign_in?return_to=${encodeURIComponent(text)}`);
      await page.getByLabel('Name').fill(text);
      await page.getByLabel('Password').fill(text);
      await press(page, page.getByRole('button', { name: 'Sign in' }));
      await nothingRan();
    }
  });

  await signInFirst(page);

  await step('tokens and windows take any name and message', async () => {
    for (const text of TEXTS) {
      await open(page, '/admin/tokens');
      await page.getByLabel('Name').fill(text);
      await press(page, page.getByRole('button', { name: 'Make token' }));
      await nothingRan();
      await planWindow(text).catch(note);
    }
  });

  await step('the mode takes any message, and the banner holds it', async () => {
    for (const message of [...TEXTS, LONG.slice(0, 255)]) {
      await api('PUT', '/api/v4/application/settings', { maintenance_mode: true, maintenance_mode_message: message }).catch(note);
      await open(page, '/admin/application_settings/general');
      await nothingRan();
    }
  });

  await step('mail from and to anybody is recorded', async () => {
    for (const [at, address] of ADDRESSES.entries()) {
      const id = TEXTS[at].replace(/[^!-~]/g, '') + '@x';
      await send(address, ISSUE, { subject: TEXTS[at], id, client: '<script>' });
      await send(address, UNSUBSCRIBE, { subject: TEXTS[at], id });
    }
  });

  await step('notifications may hold anything', async () => {
    for (const text of [...TEXTS, LONG]) {
      const some = text.slice(0, 1_000);
      for (const kind of ['reset_password_instructions', 'prometheus_alert_fired', text.slice(0, 100)]) {
        for (const to of ADDRESSES) await enqueue({ kind, to: [to], subject: some, reference: some }).catch(note);
      }
    }
    for (const to of ['never@people.test', 'later@people.test', `later${'w'.repeat(50)}@people.test`]) {
      await enqueue({ kind: 'new_note', to: [to], subject: LONG.slice(0, 900) });
    }
    await until('all were tried', () => api('GET', '/api/v4/queue'), (rows) =>
      rows.filter(({ attempts, type }) => type === 'delivery' && attempts > 0).length >= 3);
  });

  await step('no page runs any of it, and none is wider than a phone', async () => {
    const kinds = await page.goto('/admin/suppressed_mails').then(() =>
      page.locator('.facets a').evaluateAll((links) => links.map((a) => a.getAttribute('href'))));
    const asked = TEXTS.flatMap((text) => [
      `/admin/suppressed_mails?recipient=${encodeURIComponent(text)}`, `/admin/queues?recipient=${encodeURIComponent(text)}`,
      `/admin/${encodeURIComponent(text)}`, `/admin/incoming_mails?cursor=${encodeURIComponent(text)}&verdict=${encodeURIComponent(text)}`,
    ]);
    for (const path of [...await places(page, 100), ...kinds, ...asked]) {
      await page.goto(path);
      await nothingRan();
    }
    if (process.env.SHOW) console.log(refused.join('\n'));
  });

  await step('all of it was there to be read', () => assert.deepEqual(TEXTS.filter((text) => !read.has(text)), []));
});

function planWindow(message) {
  windows += 1;
  return api('POST', '/api/v4/maintenance/windows', {
    starts_at: `2099-01-0${windows}T00:00:00Z`, ends_at: `2099-01-0${windows}T01:00:00Z`, message,
  });
}

/** Nothing was run on the page that is shown, nothing was tried that the policy forbids, and it fits the screen. */
function nothingRanOn(page, complaints, read) {
  return async () => {
    await page.locator('main').evaluate((main) => main.querySelectorAll('details').forEach((folded) => { folded.open = true; }));
    const { hit, text, width, wide } = await page.evaluate(() => ({
      hit: window.hit,
      text: document.querySelector('main').textContent,
      width: document.documentElement.scrollWidth,
      wide: [...document.querySelectorAll('main *')].filter((thing) => thing.getBoundingClientRect().right > innerWidth + 1)
        .slice(0, 5).map((thing) => thing.outerHTML.slice(0, 120)),
    }));
    assert.equal(hit, undefined, `a script ran on ${page.url()}`);
    assert.ok(width <= 390, `${page.url()} is ${width} wide: ${wide.join('\n')}`);
    assert.deepEqual(complaints, []);
    TEXTS.filter((each) => text.includes(shown(each))).forEach((each) => read.add(each));
  };
}
