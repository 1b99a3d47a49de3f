// What comes to the gateway and leaves it besides the pages: its API, its mail port, and the smarthost it delivers to.

import assert from 'node:assert/strict';
import net from 'node:net';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { gateway } from './stage.mjs';

/** Asks the API. */
export async function api(method, path, body) {
  const response = await fetch(gateway.url + path, {
    method,
    headers: { 'PRIVATE-TOKEN': gateway.token, ...(body && { 'content-type': 'application/json' }) },
    body: body && JSON.stringify(body),
  });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text);
}

/** Enqueues a notification. */
export const enqueue = (notification) =>
  api('POST', '/api/v4/internal/notifications', { subject: 'Hello', text: 'Hello.\n', ...notification });

/** Asks until `holds` says yes to the answer; the gateway is given the time of one more request each time. */
export async function until(sentence, ask, holds) {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const answer = await ask();
    if (holds(answer)) return answer;
    assert.ok(Date.now() < deadline, `${sentence}; last: ${JSON.stringify(answer)}`);
  }
}

/** Sends a mail by SMTP; the last reply, which may be a refusal. */
export async function send(sender, recipient, { subject = 'Hello', id = `${Math.random()}@outside.test`, client = 'client.test' } = {}) {
  const socket = net.connect(gateway.smtpPort, '127.0.0.1');
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const reply = async () => {
    for (;;) {
      const { value = '' } = await lines.next();
      if (value[3] !== '-') return value;
    }
  };
  const message = `From: <${sender}>\r\nTo: <${recipient}>\r\nSubject: ${subject}\r\nMessage-ID: <${id}>\r\n\r\nHello.\r\n.`;
  let last = await reply();
  for (const line of [`EHLO ${client}`, `MAIL FROM:<${sender}>`, `RCPT TO:<${recipient}>`, 'DATA', message]) {
    socket.write(`${line}\r\n`);
    last = await reply();
    if (last[0] > '3') break;
  }
  socket.end('QUIT\r\n');
  return last;
}

/** The smarthost: recipients `later…` are put off and `never…` refused, with `words`; all others get their mail. */
export async function smarthost(words = 'so it is') {
  const server = net.createServer(async (socket) => {
    socket.on('error', () => {});
    const say = (line) => socket.write(`${line}\r\n`);
    say('220 smarthost.test ESMTP');
    let isMessage = false;
    for await (const line of createInterface({ input: socket })) {
      if (isMessage) {
        if (line !== '.') continue;
        isMessage = false;
        say('250 2.0.0 taken');
      } else if (/^RCPT TO:<later/i.test(line)) say(`451 4.2.0 ${words}`);
      else if (/^RCPT TO:<never/i.test(line)) say(`550 5.1.1 ${words}`);
      else if (/^DATA/i.test(line)) {
        isMessage = true;
        say('354 go on');
      } else if (/^QUIT/i.test(line)) socket.end('221 2.0.0 bye\r\n');
      else say(/^EHLO/i.test(line) ? '250-smarthost.test\r\n250 8BITMIME' : '250 2.0.0 yes');
    }
  });
  server.listen(gateway.relayPort, '127.0.0.1');
  await once(server, 'listening');
}

export const ISSUE = 'incoming+group-project-20-Abc123Token-issue@forge.test';
export const UNSUBSCRIBE = 'incoming+0123456789abcdef0123456789abcdef-unsubscribe@forge.test';
