/** Serves one contestant over HTTP, as a function's process does, and says what it has used of the processor. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import { type FetchHandler, invoke } from '../../dev/vercel/invoke.ts';
import { provideRequestContext, runInContext, waitUntil } from '../../dev/vercel/request-context.ts';
import type { FromChild, ToChild } from './messages.ts';

/** As long as the platform gives a function: long enough never to matter here. */
const durationMs = 300_000;

const { default: handler }: { default: FetchHandler } = await import(
  pathToFileURL(process.argv[2] ?? '').href
);
provideRequestContext();

const server = createServer({ keepAliveTimeout: 0 }, (incoming, outgoing) => {
  const deadline = new Date(Date.now() + durationMs).toISOString();
  waitUntil(runInContext(deadline, {}, () => invoke(handler, incoming, outgoing, true)));
});
const send = (message: FromChild) => process.send?.(message);

server.listen(0, '127.0.0.1', () =>
  send({ kind: 'ready', url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }),
);
process.on('message', (message: ToChild) => {
  if (message !== 'usage') return;
  const { user, system } = process.cpuUsage();
  send({ kind: 'usage', cpuMs: (user + system) / 1000, rssBytes: process.memoryUsage.rss() });
});
process.on('disconnect', () => process.exit(0));
