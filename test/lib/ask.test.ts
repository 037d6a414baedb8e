import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ask } from '../../lib/ask.ts';

let respond: (request: IncomingMessage, response: ServerResponse) => void;
let connections = 0;
const server = createServer((request, response) => respond(request, response));
server.on('connection', () => connections++);
let url: string;
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/path?a=b`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  respond = (_request, response) => response.end();
});

test('sends method, path, headers and body, and reads status, headers and text of the answer', async () => {
  respond = async (request, response) => {
    const { method, url: path, headers } = request;
    response
      .writeHead(418, { 'x-own': 'value' })
      .end(`${method} ${path} ${headers['x-sent']} ${await text(request)} ü`);
  };
  const answer = await ask(url, {
    method: 'POST',
    headers: { 'x-sent': 'yes' },
    body: '{"ü":1}',
    timeoutMs: 1_000,
  });
  expect(answer).toMatchObject({ status: 418, text: 'POST /path?a=b yes {"ü":1} ü' });
  expect(answer.headers['x-own']).toBe('value');
});

test('uses its connection again', async () => {
  await ask(url, { timeoutMs: 1_000 });
  const before = connections;
  await ask(url, { timeoutMs: 1_000 });
  await ask(url, { timeoutMs: 1_000 });
  expect(connections).toBe(before);
});

test.each<[string, (response: ServerResponse) => void]>([
  ['sends no answer', () => {}],
  ['begins one and does not end it', (response) => response.writeHead(200).write('half of')],
])('stops waiting for a server that %s', async (_which, begin) => {
  respond = (_request, response) => begin(response);
  const started = performance.now();
  await expect(ask(url, { timeoutMs: 200 })).rejects.toMatchObject({ name: 'TimeoutError' });
  expect(performance.now() - started).toBeLessThan(2_000);
});

test('does not take the time in which its own process stood still for the server’s', async () => {
  await ask(url, { timeoutMs: 1_000 });
  const answered = ask(url, { timeoutMs: 300 });
  // Long enough for the server in any other process, which here stands still too.
  const until = performance.now() + 400;
  while (performance.now() < until);
  expect(await answered).toMatchObject({ status: 200 });
});

test('refuses a redirect, which could take secrets elsewhere', async () => {
  respond = (_request, response) =>
    response.writeHead(302, { location: 'https://elsewhere.example.com/' }).end();
  await expect(ask(url, { timeoutMs: 1_000 })).rejects.toThrow('redirected with status 302');
});

test('reads no more than it is told to', async () => {
  respond = (_request, response) => response.end('x'.repeat(2_000));
  await expect(ask(url, { timeoutMs: 1_000, maxBytes: 1_000 })).rejects.toThrow('the answer is too large');
  await expect(ask(url, { timeoutMs: 1_000, maxBytes: 2_000 })).resolves.toMatchObject({ status: 200 });
});

test('rejects an answer that is cut off, and an address where nobody listens', async () => {
  respond = (_request, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('part of it');
    setImmediate(() => response.destroy());
  };
  await expect(ask(url, { timeoutMs: 1_000 })).rejects.toThrow();
  await expect(ask('http://127.0.0.1:1/', { timeoutMs: 1_000 })).rejects.toThrow('ECONNREFUSED');
});
