// A gateway as it looks after some days of use: what a forge of middle size sends and gets.

import { ISSUE, UNSUBSCRIBE, api, enqueue, send, until } from './wire.mjs';

const PEOPLE = ['ann.lindqvist', 'b.okafor', 'chiara', 'dmitri.v', 'ewa.nowak', 'farid', 'grace.h', 'hiroshi.tanaka'];
const person = (at) => `${PEOPLE[at % PEOPLE.length]}@acme.example`;
const setMode = (settings) => api('PUT', '/api/v4/application/settings', settings);

const ORDINARY = [
  ['new_note', 'Re: platform | Retry uploads after a lost connection (!482)'],
  ['pipeline_failed', 'platform | Failed pipeline for main | 3f9c1a7e'],
  ['unknown_sign_in', 'acme.example sign-in from new location'],
];
const KEPT_BACK = [
  ['reset_password_instructions', 'Reset password instructions'],
  ['confirmation_instructions', 'Confirmation instructions'],
  ['prometheus_alert_fired', 'platform | Alert: disk on db-2 is 91 % full'],
  ['weekly_digest', 'Your week at acme.example'],
];

/** Fills it; the mode is off afterwards. */
export async function fill() {
  await traffic(6);
  await setMode({ maintenance_mode: true, maintenance_mode_message: 'PostgreSQL moves to version 17', maintenance_mode_until: '2099-06-01T04:00:00Z' });
  for (let at = 0; at < 14; at += 1) {
    const [kind, subject] = KEPT_BACK[(at * 7 + (at >> 2)) % KEPT_BACK.length];
    await enqueue({ kind, to: [person(at)], subject, reference: `user ${100 + at}` });
    await send(person(at + 3), ISSUE.replace('20', String(20 + at)), { subject: 'It does not start' });
  }
  await send(person(2), UNSUBSCRIBE);
  await setMode({ maintenance_mode_message: 'PostgreSQL moves to version 17: nearly done' });
  await setMode({ maintenance_mode: false, maintenance_mode_message: '', maintenance_mode_until: '' });
  await traffic(3);
  await enqueue({ kind: 'new_note', to: ['never.here@acme.example'], subject: 'Re: docs | Typo (#17)' });
  await enqueue({ kind: 'new_note', to: ['later.perhaps@acme.example'], subject: 'Re: docs | Typo (#17)' });
  await until('the smarthost said what it thinks of them', () => api('GET', '/api/v4/queue'), (rows) =>
    rows.filter(({ attempts }) => attempts > 0).length >= 2);
  await api('POST', '/api/v4/maintenance/windows', {
    starts_at: '2099-06-07T22:00:00Z', ends_at: '2099-06-08T02:00:00Z', message: 'Quarterly failover test', auto_off: true,
  });
}

async function traffic(turns) {
  for (let at = 0; at < turns; at += 1) {
    const [kind, subject] = ORDINARY[at % ORDINARY.length];
    await enqueue({ kind, to: [person(at), person(at + 1)], subject });
    await send(person(at), ISSUE, { subject: 'A wish' });
  }
}
