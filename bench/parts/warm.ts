import { fileURLToPath } from 'node:url';
import { calls, openClient } from '../client.ts';
import { type Child, startChild } from '../processes/child.ts';
import { ratios, type Spread, spreadOf } from '../statistics.ts';
import { ownEnvironment, ownToken, tenantToken } from '../tokens.ts';

const args = { text: 'hello, world. ', times: 5 };
const expected = args.text.repeat(args.times);

type Contestant = {
  name: string;
  send(): Promise<{ status: number; text: string }>;
  child: Child;
  close(): void;
};

export type WarmResult = {
  contestants: { name: string; ms: Spread; cpuMs: Spread }[];
  /** Throughput of one contestant in multiples of another's, by processor time and by the clock. */
  ratios: { name: string; of: string; target?: number; cpu: Spread; wall: Spread }[];
};

/** Milliseconds and processor time of a warm tool call, contestants in turn. */
export async function measureWarm(options: {
  rounds: number;
  calls: number;
  tools: number;
}): Promise<WarmResult> {
  const store = await startChild('./store.ts', [], {});
  const children: Child[] = [store];
  const start = async (file: string, env: Record<string, string>) => {
    const path = fileURLToPath(new URL(`../contestants/${file}.ts`, import.meta.url));
    const variables = { ...env, BENCH_TOOLS: String(options.tools) };
    const child = await startChild('./contestant.ts', [path], variables, profiling(file));
    children.push(child);
    return child;
  };
  try {
    const tenant = await tenantToken();
    const ownEnv = ownEnvironment(store.url);
    const own = { authorization: `Bearer ${ownToken(ownEnv)}` };
    const theirs = { authorization: `Bearer ${tenant.token}` };
    const [sdk2, sdk1, handler, server] = [
      await start('sdk-v2', {}),
      await start('sdk-v1', {}),
      await start('mcp-handler', tenant.env),
      await start('own', ownEnv),
    ];
    const session = await openSession(server, own);
    const contestants = [
      contestant('SDK v2, modern', sdk2, calls.modern('echo', args)),
      contestant('mcp-handler, modern', handler, calls.modern('echo', args), theirs),
      contestant('this server, modern', server, calls.modern('echo', args), own),
      contestant('SDK v2, legacy', sdk2, calls.legacy('echo', args)),
      contestant('SDK v1, legacy', sdk1, calls.legacy('echo', args)),
      contestant('mcp-handler, legacy', handler, calls.legacy('echo', args), theirs),
      contestant('this server, legacy', server, calls.legacy('echo', args), { ...own, ...session }),
    ];
    return await race(contestants, options);
  } finally {
    for (const child of children.reverse()) await child.close();
  }
}

/** `BENCH_PROFILE=own` writes a profile of that contestant to the working directory. */
const profiling = (file: string) =>
  process.env.BENCH_PROFILE === file ? ['--cpu-prof', '--cpu-prof-interval=200'] : [];

function contestant(
  name: string,
  child: Child,
  { body, headers }: { body: string; headers: Record<string, string> },
  more: Record<string, string> = {},
): Contestant {
  const client = openClient(child.url);
  return {
    name,
    child,
    send: () => client.post(body, { ...headers, ...more }),
    close: client.close,
  };
}

async function openSession(server: Child, authorization: Record<string, string>) {
  const client = openClient(server.url);
  const { body, headers } = calls.initialize();
  const answer = await client.post(body, { ...headers, ...authorization });
  client.close();
  const id = answer.headers['mcp-session-id'];
  if (typeof id !== 'string') throw new Error(`No session: ${answer.status} ${answer.text}`);
  return { 'mcp-session-id': id };
}

async function race(
  contestants: Contestant[],
  options: { rounds: number; calls: number },
): Promise<WarmResult> {
  const ms = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
  const cpuMs = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
  for (const { name, send } of contestants) {
    const { status, text } = await send();
    if (status !== 200 || !text.includes(expected)) throw new Error(`${name}: ${status} ${text}`);
  }
  for (let round = -1; round < options.rounds; round++)
    for (const { name, send, child } of contestants) {
      const before = await child.usage();
      const times: number[] = [];
      for (let call = 0; call < options.calls; call++) {
        const started = performance.now();
        await send();
        times.push(performance.now() - started);
      }
      const after = await child.usage();
      // The first round only warms up.
      if (round < 0) continue;
      ms.get(name)?.push(spreadOf(times).median);
      cpuMs.get(name)?.push((after.cpuMs - before.cpuMs) / options.calls);
    }
  for (const { close } of contestants) close();

  const ratio = (name: string, of: string, target?: number) => ({
    name,
    of,
    ...(target !== undefined && { target }),
    cpu: spreadOf(ratios(cpuMs.get(of) ?? [], cpuMs.get(name) ?? [])),
    wall: spreadOf(ratios(ms.get(of) ?? [], ms.get(name) ?? [])),
  });
  return {
    contestants: contestants.map(({ name }) => ({
      name,
      ms: spreadOf(ms.get(name) ?? []),
      cpuMs: spreadOf(cpuMs.get(name) ?? []),
    })),
    ratios: [
      ratio('this server, modern', 'mcp-handler, modern', 1.25),
      ratio('this server, legacy', 'mcp-handler, legacy', 0.6),
      ratio('this server, modern', 'SDK v2, modern'),
      ratio('mcp-handler, modern', 'SDK v2, modern'),
      ratio('SDK v1, legacy', 'SDK v2, legacy'),
    ],
  };
}
