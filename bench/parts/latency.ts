import { startStack } from '../../dev/stack.ts';
import { oauthClient } from '../../test/support/oauth-client.ts';
import { calls, openClient } from '../client.ts';
import { type Spread, spreadOf } from '../statistics.ts';

/** How far away the tenant is, in milliseconds. */
export const tenantMs = 50;

/** What a person waits for, with the store so many milliseconds away. */
export type LatencyResult = { storeMs: number; operations: { name: string; ms: Spread }[] };

/** Milliseconds of a whole sign-in and of whole calls, distances taking turns. */
export async function measureLatency(options: {
  rounds: number;
  distances: number[];
}): Promise<LatencyResult[]> {
  const stack = await startStack({ port: 0, store: 'redis' });
  const { serverUrl, store, tenant, functions } = stack;
  try {
    for (const path of ['POST /oauth/token', 'POST /oauth/revoke', 'GET /.well-known/jwks.json'])
      tenant.switches.faults[path] = { delayMs: tenantMs };
    const app = oauthClient(serverUrl);
    const mcp = openClient(`${serverUrl}/mcp`);
    const clientId = await app.register();
    const { access_token: bearer } = await app.tokens(clientId);
    const authorization = { authorization: `Bearer ${bearer}` };
    const send = async ({ body, headers }: { body: string; headers: Record<string, string> }, more = {}) => {
      const answer = await mcp.post(body, { ...headers, ...authorization, ...more });
      if (answer.status !== 200) throw new Error(`answered ${answer.status}: ${answer.text}`);
      return answer;
    };
    const { headers } = await send(calls.initialize());
    const session = { 'mcp-session-id': String(headers['mcp-session-id']) };
    const operations: [name: string, run: () => Promise<unknown>][] = [
      ['sign-in, from authorize to tokens', () => app.tokens(clientId)],
      ['registration of a known client', () => app.register()],
      ['modern call, warm', () => send(calls.modern('', {}, 'tools/list'))],
      ['legacy call, warm', () => send(calls.legacy('', {}, 'tools/list'), session)],
    ];
    const measured = options.distances.map((storeMs) => ({
      storeMs,
      operations: operations.map(([name]) => ({ name, all: [] as number[] })),
    }));
    for (let round = -1; round < options.rounds; round++)
      for (const { storeMs, operations: results } of measured)
        for (const [index, [, run]] of operations.entries()) {
          store.faults.delayMs = storeMs;
          const started = performance.now();
          await run();
          if (round >= 0) results[index]?.all.push(performance.now() - started);
          // What goes on after the answer belongs to nobody's wait.
          await functions.idle();
        }
    mcp.close();
    return measured.map(({ storeMs, operations: results }) => ({
      storeMs,
      operations: results.map(({ name, all }) => ({ name, ms: spreadOf(all) })),
    }));
  } finally {
    store.faults.delayMs = 0;
    await stack.close();
  }
}
