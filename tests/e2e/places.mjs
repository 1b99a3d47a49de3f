// All the pages there are: every entry of the navigation, what the lists lead to, and those one is led to.

const LISTS = [
  '/admin/suppressed_mails', '/admin/incoming_mails', '/admin/queues', '/admin/queues?state=failed',
];
const OTHERS = [
  '/admin', '/admin/background_jobs', '/admin/maintenance/history', '/admin/users', '/admin/sessions', '/admin/tokens',
  '/admin/application_settings/general', '/users/password',
];

/** The paths of all pages for somebody signed in; of each list's items at most `most` have their page here. */
export async function places(page, most = 1) {
  const found = [...OTHERS, ...LISTS];
  for (const list of LISTS) {
    await page.goto(list);
    const items = await page.locator('table.list tbody th a').evaluateAll((links) => links.map((a) => a.getAttribute('href')));
    found.push(...items.slice(0, most));
  }
  return [...new Set(found)];
}

/** A short name for a path, for files. */
export const label = (path) =>
  path.replace(/[0-9a-f]{8}-[0-9a-f-]{27,}|[0-9A-Z]{26}/g, 'one').replace(/[^a-z_]+/g, '-').replace(/^-|-$/g, '');
