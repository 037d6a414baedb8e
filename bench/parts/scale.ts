import { fileURLToPath } from 'node:url';
import { readConfig } from '../../lib/config.ts';
import { createSession } from '../../lib/mcp/legacy/session.ts';
import { calls, openClient } from '../client.ts';
import { startChild } from '../processes/child.ts';
import { type Spread, spreadOf } from '../statistics.ts';
import { ownEnvironment, ownToken } from '../tokens.ts';

/** A legacy call with so many sessions in the store. */
export type ScaleResult = { sessions: number; ms: Spread; cpuMs: Spread; storeCpuMs: Spread }[];

/** Requests to the store at once while sessions are made. */
const concurrency = 32;

/** Whether a call with its session depends on how many other sessions there are. */
export async function measureScale(options: {
  sizes: number[];
  rounds: number;
  calls: number;
}): Promise<ScaleResult> {
  const store = await startChild('./store.ts', [], {});
  const env = ownEnvironment(store.url);
  const contestant = fileURLToPath(new URL('../contestants/own.ts', import.meta.url));
  const server = await startChild('./contestant.ts', [contestant], env);
  const client = openClient(server.url);
  try {
    const configured = readConfig(env);
    if ('failure' in configured) throw new Error('The environment is incomplete');
    const authorization = { authorization: `Bearer ${ownToken(env)}` };
    const { body, headers } = calls.initialize();
    const opened = await client.post(body, { ...headers, ...authorization });
    const session = { 'mcp-session-id': String(opened.headers['mcp-session-id']) };
    const call = calls.legacy('echo', { text: 'hello', times: 1 });
    const send = async () => {
      const answer = await client.post(call.body, { ...call.headers, ...authorization, ...session });
      if (answer.status !== 200) throw new Error(`answered ${answer.status}: ${answer.text}`);
    };
    const results: ScaleResult = [];
    let sessions = 1;
    // A new process is slower until its code has been compiled.
    for (let warming = 0; warming < 1_000; warming++) await send();
    for (const size of options.sizes) {
      const next = () =>
        createSession(configured.value, `principal-${sessions++}`, { protocolVersion: '2025-11-25' });
      await Promise.all(
        Array.from({ length: concurrency }, async () => {
          while (sessions < size) await next();
        }),
      );
      const [ms, cpuMs, storeCpuMs]: [number[], number[], number[]] = [[], [], []];
      for (let round = 0; round < options.rounds; round++) {
        const before = await Promise.all([server.usage(), store.usage()]);
        const times: number[] = [];
        for (let count = 0; count < options.calls; count++) {
          const started = performance.now();
          await send();
          times.push(performance.now() - started);
        }
        const after = await Promise.all([server.usage(), store.usage()]);
        ms.push(spreadOf(times).median);
        cpuMs.push((after[0].cpuMs - before[0].cpuMs) / options.calls);
        storeCpuMs.push((after[1].cpuMs - before[1].cpuMs) / options.calls);
      }
      results.push({
        sessions: size,
        ms: spreadOf(ms),
        cpuMs: spreadOf(cpuMs),
        storeCpuMs: spreadOf(storeCpuMs),
      });
    }
    return results;
  } finally {
    client.close();
    await server.close();
    await store.close();
  }
}
