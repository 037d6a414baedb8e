import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readConfig } from '../../lib/config.ts';
import { publishChange } from '../../lib/mcp/server/resource-changes.ts';
import { calls } from '../client.ts';
import { startChild } from '../processes/child.ts';
import { quantile } from '../statistics.ts';
import { ownEnvironment, ownToken } from '../tokens.ts';

export type StreamsResult = {
  streams: number;
  /** Memory that a stream holds, in KiB. */
  kibPerStream: number;
  /** Processor time for each second that all streams are open and nothing happens, in milliseconds. */
  idleCpuMsPerSecond: number;
  /** From a change to the moment when the median and the last listener heard of it, in milliseconds. */
  medianMs: number;
  lastMs: number;
};

const idleMs = 4_000;

/** Listeners of one user, on one instance, who all hear of a change. */
export async function measureStreams({ streams }: { streams: number }): Promise<StreamsResult> {
  const store = await startChild('./store.ts', [], {});
  const env = ownEnvironment(store.url);
  const contestant = fileURLToPath(new URL('../contestants/own.ts', import.meta.url));
  const server = await startChild('./contestant.ts', [contestant], env);
  const over = new AbortController();
  try {
    const configured = readConfig(env);
    if ('failure' in configured) throw new Error('The environment is incomplete');
    const authorization = { authorization: `Bearer ${ownToken(env)}` };
    const listen = calls.modern('', {}, 'subscriptions/listen');
    const filter = JSON.parse(listen.body);
    filter.params.notifications = { resourcesListChanged: true };
    const open = () =>
      fetch(server.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'x-forwarded-proto': 'http',
          ...listen.headers,
          ...authorization,
        },
        body: JSON.stringify(filter),
        signal: over.signal,
      });
    // The first one loads what all of them need.
    const first = await open();
    if (!first.headers.get('content-type')?.startsWith('text/event-stream'))
      throw new Error(`not a stream: ${first.status} ${await first.text()}`);
    await delay(500);
    const before = await server.usage();
    const opened = [first, ...(await Promise.all(Array.from({ length: streams - 1 }, open)))];
    const heard: number[] = [];
    let changedAt = 0;
    const listening = opened.map(async (response) => {
      for await (const text of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream()))
        if (changedAt && text.includes('list_changed')) return void heard.push(performance.now() - changedAt);
    });
    await delay(1_000);
    const idle = await server.usage();
    await delay(idleMs);
    const held = await server.usage();
    changedAt = performance.now();
    await publishChange(
      configured.value,
      {
        issuer: 'https://tenant.example.com/',
        subject: 'auth0|bench',
        clientId: '',
        scopes: [],
        expiresAt: 0,
      },
      [],
    );
    await Promise.all(listening);
    const sorted = heard.toSorted((a, b) => a - b);
    return {
      streams,
      kibPerStream: (held.rssBytes - before.rssBytes) / 1024 / streams,
      idleCpuMsPerSecond: (held.cpuMs - idle.cpuMs) / (idleMs / 1000),
      medianMs: quantile(sorted, 0.5),
      lastMs: sorted.at(-1) ?? Number.NaN,
    };
  } finally {
    over.abort();
    await server.close();
    await store.close();
  }
}
