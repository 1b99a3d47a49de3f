// Every page can be used without sight, without a mouse, and at night. With SCREENSHOTS=folder it leaves a picture of each there.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fill } from './estate.mjs';
import { label, places } from './places.mjs';
import { OWN_PASSWORD, axe, open, play, press, signIn, signInFirst, step, visitor } from './stage.mjs';
import { api, smarthost } from './wire.mjs';

const SETTINGS = '/admin/application_settings/general';
// Only a filter leads to these.
const REVIEWS = ['/admin/queues/all/retry?state=failed', '/admin/queues/all/cancel?type=delivery', '/admin/queues/all/release?state=held'];
const WIDE = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };
// As wide as WCAG 2.2 asks for (1.4.10): a wide screen at four times its size.
const SMALLEST = 320;
const pictures = process.env.SCREENSHOTS;
// Pictures are taken of all; to be judged, each page is looked at by both schemes, both widths, and with the mode on and off.
const every = (mode) => (pictures ? [WIDE, PHONE].flatMap((viewport) => ['light', 'dark'].map((colorScheme) => ({ viewport, colorScheme })))
  : mode === 'on' ? [{ viewport: WIDE, colorScheme: 'dark' }, { viewport: PHONE, colorScheme: 'light' }]
    : [{ viewport: WIDE, colorScheme: 'light' }, { viewport: PHONE, colorScheme: 'dark' }]);

await play(async (browser) => {
  await smarthost('the mailbox is full');
  const first = await visitor(browser);
  if (pictures) await mkdir(pictures, { recursive: true });
  await signInFirst(first.page);
  await fill();

  await step('the mode is turned on by keys alone', () => byKeys(first.page));
  await step('every page is good with the mode on', () => lookAtAll(browser, 'on'));
  await api('PUT', '/api/v4/application/settings', { maintenance_mode: false });
  await step('every page is good with the mode off', () => lookAtAll(browser, 'off'));
  assert.deepEqual(first.complaints, []);
});

async function lookAtAll(browser, mode) {
  for (const look of every(mode)) {
    // A zone with a long name takes the most room, where there is the least.
    const timezoneId = look.viewport === PHONE ? 'Asia/Kolkata' : 'UTC';
    const { context, page, complaints } = await visitor(browser, { ...look, timezoneId });
    const name = `${mode}-${look.viewport.width}-${look.colorScheme}`;
    await page.goto('/users/sign_in');
    await judge(page, `${name}-sign_in`);
    await signIn(page, 'a wrong password');
    await judge(page, `${name}-sign_in-wrong`);
    await signIn(page, OWN_PASSWORD);
    for (const place of [...await places(page), ...REVIEWS, '/admin/nowhere']) {
      await page.goto(place);
      await judge(page, `${name}-${label(place)}`);
    }
    await open(page, SETTINGS);
    await page.getByLabel('Enable Maintenance Mode').setChecked(mode === 'off');
    await press(page, page.getByRole('button', { name: 'Save changes' }));
    await judge(page, `${name}-review`);
    await open(page, SETTINGS);
    await page.getByLabel('Message').first().fill('Half an hour more');
    await page.getByLabel('Planned end (UTC)').fill('2099-06-01T04:30');
    await press(page, page.getByRole('button', { name: 'Save changes' }));
    await judge(page, `${name}-review-message`);
    assert.deepEqual(complaints, []);
    await context.close();
  }
}

/** Nothing serious is wrong with the page that is shown; and its picture, when asked. */
async function judge(page, name) {
  if (pictures) await page.screenshot({ path: path.join(pictures, `${name}.png`), fullPage: true });
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run({ resultTypes: ['violations'] }));
  const serious = violations.filter(({ impact }) => ['serious', 'critical'].includes(impact)).map(({ id, nodes }) =>
    `${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join('\n')}`);
  assert.deepEqual(serious, [], `${name} (${page.url()})`);
  if (process.env.SHOW) for (const { id, impact, nodes } of violations) console.log(name, impact, id, nodes.map(({ html }) => html.slice(0, 90)).join(' '));
  const lists = await page.locator('.scroll:visible').evaluateAll((all) =>
    all.filter((list) => list.scrollWidth > list.clientWidth + 1).map((list) => list.ariaLabel));
  assert.deepEqual(lists, [], `${name} has lists to be moved sideways`);
  const { width, height } = page.viewportSize();
  for (const size of [width, SMALLEST]) {
    await page.setViewportSize({ width: size, height });
    const taken = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(taken <= size, `${name} is ${taken} wide on a screen of ${size}`);
  }
  await page.setViewportSize({ width, height });
}

/** Turns the mode on with the keys that every keyboard has. */
async function byKeys(page) {
  await open(page, SETTINGS);
  await page.keyboard.press('Tab');
  const skip = page.getByRole('link', { name: 'Skip to the content' });
  assert.ok(await isFocused(skip), 'the first stop leads past the navigation');
  await skip.evaluate((link) => Promise.all(link.getAnimations().map((animation) => animation.finished)));
  assert.ok((await skip.boundingBox()).y >= 0, 'it is to be seen');
  await page.keyboard.press('Enter');
  await tabTo(page, page.getByLabel('Enable Maintenance Mode'));
  await page.keyboard.press('Space');
  assert.ok(await page.getByLabel('Enable Maintenance Mode').isChecked());
  await tabTo(page, page.getByLabel('Message').first());
  await page.keyboard.type('Database failover to the second site');
  await tabTo(page, page.getByRole('button', { name: 'Save changes' }));
  await Promise.all([page.waitForURL(SETTINGS), page.waitForNavigation(), page.keyboard.press('Enter')]);
  await page.getByRole('heading', { name: 'Turn Maintenance Mode on?' }).waitFor();
  const save = page.getByRole('button', { name: 'Turn it on' });
  if (!await isFocused(save)) await tabTo(page, save);
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  await page.getByRole('heading', { name: 'Maintenance Mode is on' }).waitFor();
}

function isFocused(thing) {
  return thing.evaluate((it) => document.activeElement === it);
}

/** Goes on with Tab until `thing` has the focus, which is to be seen at every stop. */
async function tabTo(page, thing) {
  const stops = [];
  while (!await isFocused(thing)) {
    await page.keyboard.press('Tab');
    const [stop, outline] = await page.evaluate(() => {
      const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
      return [document.activeElement.outerHTML.slice(0, 90), `${outlineStyle} ${outlineWidth}`];
    });
    stops.push(stop);
    assert.ok(stops.length < 40, `not reached by Tab; the stops were ${stops.join('\n')}`);
    if (!stop.startsWith('<body')) assert.match(outline, /^(solid|auto) [1-9]/, `the focus is not to be seen on ${stop}`);
  }
}
