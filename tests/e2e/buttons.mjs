// Nothing pretends: what can be pressed works, and what cannot is disabled, says why, and would be refused.

import assert from 'node:assert/strict';
import { places } from './places.mjs';
import { open, press } from './stage.mjs';

/** Presses everything on every page while the mode is on, leaving the mode itself and the session as they are; what was pressed. */
export async function nothingPretends(context, page, refusal) {
  const links = new Set();
  for (const path of await places(page)) {
    await open(page, path);
    for (const href of await page.locator('a[href]').evaluateAll((all) => all.map((a) => a.href))) links.add(href.split('#')[0]);
    await pressAll(page, path);
    await refusedAll(page, path, refusal);
  }
  for (const link of links) {
    const { status } = await get(context, link);
    assert.ok(status < 400, `${link}: ${status}`);
  }
  return [...pressed];
}

async function get(context, link) {
  const response = await context.request.get(link);
  const status = response.status();
  await response.dispose();
  return { status };
}

const pressed = new Set();

/** Presses every button that can be pressed, once each; what appears by that, too. */
async function pressAll(page, path) {
  for (;;) {
    const button = await nextButton(page);
    if (!button) return;
    const response = await press(page, button.thing);
    assert.ok(response.status() < 400, `${path}, ${button.name}: ${response.status()}`);
    assert.equal(await page.locator('.flash.refused').count(), 0, `${path}, ${button.name}`);
    // An item's page may have gone with the item.
    if ((await page.goto(path)).status() === 404) return;
  }
}

async function nextButton(page) {
  await prepare(page);
  const names = await page.locator('form button:enabled').evaluateAll((buttons) => buttons.map(({ form, name, value, textContent }) =>
    `${form.getAttribute('action') ?? `GET ${location.pathname}`} ${name} ${value} ${textContent.replace(/\s+/g, ' ').trim()}`));
  const at = names.findIndex((name) => !pressed.has(name) && !name.includes('/users/sign_out'));
  if (at < 0) return undefined;
  pressed.add(names[at]);
  return { name: names[at], thing: page.locator('form button:enabled').nth(at) };
}

/** Presses every disabled button as somebody would who enables it by force. */
async function refusedAll(page, path, refusal) {
  const count = await page.locator('button:disabled').count();
  const tried = new Set();
  for (let at = 0; at < count; at += 1) {
    await open(page, path);
    const button = page.locator('button:disabled').nth(at);
    const action = await button.evaluate((it) => it.form?.getAttribute('action') ?? '');
    const why = await button.getAttribute('title');
    assert.ok(why?.includes(refusal), `${path}: a disabled button of ${action} says ${why}`);
    assert.ok(await page.getByText(why).first().isVisible(), `${path}: why is not to be read`);
    const fields = await button.evaluate((it) => it.form?.querySelectorAll(':is(input, select, textarea):enabled:not([type=hidden])').length ?? 0);
    assert.equal(fields, 0, `${path}: a form that cannot be sent can be filled in`);
    if (!action || tried.has(action)) continue;
    tried.add(action);
    await button.evaluate((it) => {
      it.dataset.forced = '';
      it.form.querySelectorAll(':disabled').forEach((field) => { field.disabled = false; });
    });
    await prepare(page);
    const response = await press(page, page.locator('[data-forced]'));
    assert.equal(response.status(), 403, `${path}: ${action} is disabled, but works`);
    assert.ok((await page.locator('.flash.refused').innerText()).includes(refusal), path);
  }
}

/** Opens what is folded and fills in what must be. */
async function prepare(page) {
  await page.locator('main').evaluate((main) => {
    main.querySelectorAll('details').forEach((details) => { details.open = true; });
    const tomorrow = (hours) => new Date(Date.now() + 86_400_000 + hours * 3_600_000).toISOString().slice(0, 16);
    main.querySelectorAll('input[required]').forEach((input) => {
      if (!input.value) input.value = input.type === 'datetime-local' ? tomorrow(input.name === 'ends_at' ? 2 : 0) : 'something';
    });
  });
}
