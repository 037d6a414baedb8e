import { fileURLToPath } from 'node:url';
import { readConfig } from '../../lib/config.ts';
import { createSession } from '../../lib/mcp/legacy/session.ts';
import { calls, openClient } from '../client.ts';
import { startChild } from '../processes/child.ts';
import { ratios, type Spread, spreadOf } from '../statistics.ts';
import { ownEnvironment, ownToken } from '../tokens.ts';

/** A legacy call with so many sessions in the store, and its processor time in multiples of that with the fewest. */
export type ScaleResult = {
  sessions: number;
  ms: Spread;
  cpuMs: Spread;
  storeCpuMs: Spread;
  cpu: Spread;
}[];

/** Requests to the store at once while sessions are made. */
const concurrency = 32;

/** Calls before the first round: a new process is slower until its code has been compiled. */
const warmUpCalls = 1_000;

/**
 * Whether a call with its session depends on how many other sessions there are. Each size has a server and a store of
 * its own, and they take turns.
 */
export async function measureScale(options: {
  sizes: number[];
  rounds: number;
  calls: number;
}): Promise<ScaleResult> {
  const servers: Awaited<ReturnType<typeof startWithSessions>>[] = [];
  try {
    for (const size of options.sizes) servers.push(await startWithSessions(size));
    for (let round = 0; round < options.rounds; round++)
      for (const { measure } of servers) await measure(options.calls);
    return servers.map(({ sessions, ms, cpuMs, storeCpuMs }) => ({
      sessions,
      ms: spreadOf(ms),
      cpuMs: spreadOf(cpuMs),
      storeCpuMs: spreadOf(storeCpuMs),
      cpu: spreadOf(ratios(cpuMs, servers[0]?.cpuMs ?? [])),
    }));
  } finally {
    for (const { close } of servers) await close();
  }
}

/** A warm server with so many sessions in its store, and what was measured of it. */
async function startWithSessions(sessions: number) {
  const store = await startChild('./store.ts', [], {});
  const env = ownEnvironment(store.url);
  const contestant = fileURLToPath(new URL('../contestants/own.ts', import.meta.url));
  const server = await startChild('./contestant.ts', [contestant], env);
  const client = openClient(server.url);

  const authorization = { authorization: `Bearer ${ownToken(env)}` };
  const { body, headers } = calls.initialize();
  const opened = await client.post(body, { ...headers, ...authorization });
  const session = { 'mcp-session-id': String(opened.headers['mcp-session-id']) };
  const call = calls.legacy('echo', { text: 'hello', times: 1 });
  const send = async () => {
    const answer = await client.post(call.body, { ...call.headers, ...authorization, ...session });
    if (answer.status !== 200) throw new Error(`answered ${answer.status}: ${answer.text}`);
  };
  await createSessions(env, sessions - 1);
  for (let warming = 0; warming < warmUpCalls; warming++) await send();

  const [ms, cpuMs, storeCpuMs]: [number[], number[], number[]] = [[], [], []];
  return {
    sessions,
    ms,
    cpuMs,
    storeCpuMs,
    async measure(count: number) {
      const before = await Promise.all([server.usage(), store.usage()]);
      const times: number[] = [];
      for (let done = 0; done < count; done++) {
        const started = performance.now();
        await send();
        times.push(performance.now() - started);
      }
      const after = await Promise.all([server.usage(), store.usage()]);
      ms.push(spreadOf(times).median);
      cpuMs.push((after[0].cpuMs - before[0].cpuMs) / count);
      storeCpuMs.push((after[1].cpuMs - before[1].cpuMs) / count);
    },
    async close() {
      client.close();
      await server.close();
      await store.close();
    },
  };
}

/** Sessions of other users. */
async function createSessions(env: ReturnType<typeof ownEnvironment>, count: number): Promise<void> {
  const configured = readConfig(env);
  if ('failure' in configured) throw new Error('The environment is incomplete');
  let created = 0;
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (created < count)
        await createSession(configured.value, `principal-${created++}`, { protocolVersion: '2025-11-25' });
    }),
  );
}
