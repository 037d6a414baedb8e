import { startStack } from '../../dev/stack.ts';
import { oauthClient, type Tokens } from '../../test/support/oauth-client.ts';
import { calls, openClient } from '../client.ts';

/** What one operation costs. */
export type Cost = {
  /** Round trips to the store, those after the answer included. */
  roundTrips: number;
  /** Those that the caller waits for. */
  awaited: number;
  /** Commands that the store runs, those inside of scripts included: that is what Upstash bills. */
  commands: number;
  tenantCalls: number;
};

type Stack = Awaited<ReturnType<typeof startStack>>;

/** One operation, and what it may cost at most. */
type Operation = {
  name: string;
  run(): Promise<unknown>;
  target?: { roundTrips: number; commands?: number };
};

export type OperationCost = Cost & Pick<Operation, 'name' | 'target'>;

/**
 * Counts what each operation asks of the store and of the tenant. Nothing here depends on time, except that a rate limit
 * takes one more command at the beginning of a minute. Each
 * operation has run once before it is counted, so instances have what they keep in memory.
 */
export async function countOperations(): Promise<OperationCost[]> {
  let awaited = 0;
  const stack = await startStack({
    port: 0,
    store: 'redis',
    onPrint: (text) => {
      awaited += redisCallsOf(text);
    },
  });
  try {
    const counted: OperationCost[] = [];
    for await (const { name, run, target } of operations(stack)) {
      const before = awaited;
      const cost = await costOf(stack, run);
      counted.push({ name, ...cost, awaited: awaited - before, ...(target && { target }) });
    }
    return counted;
  } finally {
    await stack.close();
  }
}

/** Commands that Redis has run so far, without the question itself. */
async function commandsRun({ store, env }: Stack): Promise<number> {
  const response = await fetch(store.url, {
    method: 'POST',
    headers: { authorization: `Bearer ${env.UPSTASH_REDIS_REST_TOKEN}` },
    body: JSON.stringify(['INFO', 'commandstats']),
  });
  const { result } = (await response.json()) as { result: string };
  const counted = [...result.matchAll(/^cmdstat_(?!info|hello|client|ping)[^:]*:calls=(\d+)/gm)];
  return counted.reduce((sum, [, calls]) => sum + Number(calls), 0);
}

/** What a request's closing line says that it asked of the store before it was answered. */
function redisCallsOf(text: string): number {
  const line = text.startsWith('{') ? JSON.parse(text) : {};
  return line.msg === 'request' ? Number(line.redisCalls ?? 0) : 0;
}

async function costOf(stack: Stack, run: () => Promise<unknown>): Promise<Omit<Cost, 'awaited'>> {
  await stack.functions.idle();
  const asked = stack.tenant.requests.length;
  const before = await commandsRun(stack);
  stack.store.resetCounts();
  await run();
  await stack.functions.idle();
  const { requests: roundTrips } = stack.store;
  const commands = (await commandsRun(stack)) - before;
  // The browser's own visits are no calls of the server.
  const calls = stack.tenant.requests
    .slice(asked)
    .filter(({ path }) => /^\/(oauth\/|api\/|userinfo|\.well-known)/.test(path));
  return { roundTrips, commands, tenantCalls: calls.length };
}

async function* operations({ serverUrl }: Stack): AsyncGenerator<Operation> {
  const app = oauthClient(serverUrl);
  const mcp = openClient(`${serverUrl}/mcp`);
  let clients = 0;
  const registerAnew = () => app.register({ client_name: `Client ${++clients}` });
  const clientId = await registerAnew();
  let tokens: Tokens = await app.tokens(clientId);
  const bearer = () => ({ authorization: `Bearer ${tokens.access_token}` });
  const send = ({ body, headers }: { body: string; headers: Record<string, string> }, more = {}) =>
    mcp.post(body, { ...headers, ...bearer(), ...more }).then(succeeded);

  yield {
    name: 'no token, metadata',
    run: () => fetch(`${serverUrl}/mcp`, { method: 'POST' }),
    target: { roundTrips: 0 },
  };
  const madeUp = `${tokens.access_token.split('.')[0]}..${'a'.repeat(16)}.${'b'.repeat(300)}.${'c'.repeat(22)}`;
  yield {
    name: 'made-up bearer',
    run: () => fetch(`${serverUrl}/mcp`, { method: 'POST', headers: { authorization: `Bearer ${madeUp}` } }),
    target: { roundTrips: 1 },
  };
  yield { name: 'registration of a new client', run: registerAnew };
  yield {
    name: 'registration of a known client, in its first hour',
    run: () => app.register({ client_name: 'Client 1' }),
    target: { roundTrips: 2 },
  };
  yield {
    name: 'sign-in of a known client, from authorize to tokens',
    run: async () => {
      tokens = await app.tokens(clientId);
    },
    target: { roundTrips: 6, commands: 16 },
  };
  const code = await app.code(clientId);
  yield { name: '… redeeming the code, of that', run: () => app.exchange(clientId, code) };
  const refreshToken = tokens.refresh_token ?? '';
  const refresh = (token: string) => app.refresh(clientId, token);
  yield { name: 'refresh', run: () => refresh(refreshToken), target: { roundTrips: 3, commands: 8 } };
  yield { name: 'refresh, repeated within a minute', run: () => refresh(refreshToken) };

  const modernList = calls.modern('', {}, 'tools/list');
  await send(modernList);
  yield { name: 'modern list, warm', run: () => send(modernList), target: { roundTrips: 0 } };
  let session = {};
  yield {
    name: 'legacy initialize',
    run: async () => {
      const { headers } = await send(calls.initialize());
      session = { 'mcp-session-id': headers['mcp-session-id'] };
    },
    target: { roundTrips: 1 },
  };
  const list = calls.legacy('', {}, 'tools/list');
  yield { name: 'legacy list, warm', run: () => send(list, session), target: { roundTrips: 1 } };
  yield {
    name: 'legacy list without its session header, warm',
    run: () => send(list),
    target: { roundTrips: 1 },
  };
  yield {
    name: 'revocation',
    run: () => app.post('/oauth/revoke', { client_id: clientId, token: refreshToken }),
  };
  mcp.close();
}

function succeeded(answer: { status: number; text: string; headers: Record<string, unknown> }) {
  if (answer.status !== 200) throw new Error(`answered ${answer.status}: ${answer.text}`);
  return answer;
}
