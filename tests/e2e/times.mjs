// Times are shown where the viewer is, with UTC at hand; in a browser that runs no scripts they are in UTC.

import assert from 'node:assert/strict';
import { OWN_PASSWORD, open, play, press, signIn, signInFirst, step, visitor } from './stage.mjs';
import { api, enqueue, smarthost } from './wire.mjs';

const SETTINGS = '/admin/application_settings/general';
const END = '2099-12-01T04:00:30Z';
const UTC = '2099-12-01 04:00 UTC';
const ZONES = [
  ['Asia/Kolkata', '2099-12-01 09:30 GMT+5:30', '2099-12-01 10:30 GMT+5:30'],
  ['America/New_York', '2099-11-30 23:00 EST', '2099-12-01 00:00 EST'],
];

await play(async (browser) => {
  await smarthost();
  const first = await visitor(browser, { timezoneId: 'UTC' });
  await signInFirst(first.page);
  await api('PUT', '/api/v4/application/settings', { maintenance_mode: true, maintenance_mode_until: END });
  await enqueue({ kind: 'prometheus_alert_fired', to: ['ann@people.test'] });

  await step('in UTC nothing is different', async () => {
    await open(first.page, '/admin');
    await first.page.locator('.banner time', { hasText: UTC }).first().waitFor();
    assert.equal(await first.page.locator('time[title]').count(), 0);
  });

  for (const [timezoneId, here, anHourLater] of ZONES) {
    const { page, complaints } = await visitor(browser, { timezoneId });
    await open(page, '/admin');
    await signIn(page, OWN_PASSWORD);

    await step(`in ${timezoneId} every time is local and says UTC in its tooltip`, async () => {
      for (const path of ['/admin', '/admin/suppressed_mails', '/admin/maintenance/history', '/admin/queues', SETTINGS]) {
        await open(page, path);
        const banner = page.locator('.banner time', { hasText: here }).first();
        await banner.waitFor();
        assert.equal(await banner.getAttribute('title'), UTC, path);
        const times = await page.locator('time').evaluateAll((all) => all.map(({ textContent, title }) => [textContent, title]));
        for (const [text, title] of times) {
          assert.ok(!text.includes('UTC') && / UTC$/.test(title), `${path}: ${text}, ${title}`);
        }
      }
    });

    await step(`in ${timezoneId} a field in UTC says what that is here`, async () => {
      await open(page, SETTINGS);
      const field = page.getByLabel('Planned end (UTC)');
      assert.equal(await field.inputValue(), '2099-12-01T04:00:30', 'the seconds are shown again');
      await page.getByText(`That is ${here}.`).waitFor();
      await field.fill('2099-12-01T05:00');
      await page.getByText(`That is ${anHourLater}.`).waitFor();
    });

    await step(`in ${timezoneId} what the overview fetches anew is local too`, async () => {
      await open(page, '/admin');
      const since = page.locator('#live time').first();
      const before = await since.getAttribute('datetime');
      const mode = (await api('GET', '/api/v4/maintenance')).mode;
      await api('PUT', '/api/v4/application/settings', { maintenance_mode: mode !== 'on' });
      await page.getByRole('heading', { name: `Maintenance Mode is ${mode === 'on' ? 'off' : 'on'}` }).waitFor();
      assert.notEqual(await since.getAttribute('datetime'), before, 'it was fetched anew');
      await page.waitForFunction(() => [...document.querySelectorAll('#live time')].every(({ title }) => title.endsWith(' UTC')));
      await api('PUT', '/api/v4/application/settings', { maintenance_mode: true, maintenance_mode_until: END });
    });
    assert.deepEqual(complaints, []);
  }

  await step('a filter with seconds is sent again as it was', async () => {
    const { page } = first;
    await open(page, '/admin/suppressed_mails?since=2026-01-01T04:00:30Z');
    await press(page, page.getByRole('button', { name: 'Search' }));
    assert.equal(new URL(page.url()).searchParams.get('since'), '2026-01-01T04:00:30');
  });

  await step('without scripts times are in UTC', async () => {
    const { page } = await visitor(browser, { timezoneId: 'Asia/Kolkata', javaScriptEnabled: false });
    await open(page, '/admin');
    await signIn(page, OWN_PASSWORD);
    await page.locator('.banner time', { hasText: UTC }).first().waitFor();
  });
  assert.deepEqual(first.complaints, []);
});
