import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { shellVariables, type Variables } from '../../dev/environment.ts';
import { type Functions, startFunctions } from '../../dev/vercel/functions.ts';
import { call, initialize, modern, poster, textOf } from '../support/mcp-request.ts';
import { oauthClient, type Tokens } from '../support/oauth-client.ts';
import { useStack } from '../support/stack.ts';

const secret = (number: number) => `sealing secret ${number}, which protects nothing at all`;

/** A second deployment with the stack's tenant and store, while the first one still answers. */
function useSecondDeployment(stack: ReturnType<typeof useStack>, changes: () => Variables) {
  let second: Functions | undefined;
  const unmixed = globalThis.fetch;
  let turn = 0;
  beforeAll(async () => {
    second = await startFunctions({
      root: fileURLToPath(new URL('../..', import.meta.url)),
      port: 0,
      instances: 1,
      env: { ...shellVariables(process.env), ...stack().env, ...changes() },
    });
  });
  afterAll(async () => {
    vi.unstubAllGlobals();
    await second?.close();
  });
  /** Requests to the server go to one deployment and the other in turn, from the first or the second, or all to one. */
  const route = (to: 'both' | 'both, from the second' | 'first' | 'second') => {
    turn = to === 'both, from the second' ? 1 : 0;
    vi.stubGlobal('fetch', (input: URL | string, init?: RequestInit) => {
      const url = String(input);
      const other = to === 'second' || (to !== 'first' && turn++ % 2 === 1);
      // The second one is reached by another port, and answers as the one public origin that both have.
      return unmixed(other ? url.replace(stack().serverUrl, second?.origin ?? '') : url, init);
    });
  };
  return { route };
}

const whoami = async (serverUrl: string, { access_token }: Pick<Tokens, 'access_token'>) =>
  (await poster({ serverUrl }, access_token)(...modern('tools/call', { name: 'whoami', arguments: {} })))
    .status;

/** Everything that a client does from its registration to a revocation; each step may meet the other deployment. */
async function useAll(serverUrl: string): Promise<Tokens> {
  const client = oauthClient(serverUrl);
  const clientId = await client.register({ client_name: `Rolled ${crypto.randomUUID()}` });
  const tokens = await client.tokens(clientId);
  for (let at = 0; at < 2; at++) expect(await whoami(serverUrl, tokens)).toBe(200);
  const response = await client.refresh(clientId, tokens.refresh_token);
  expect(response.status).toBe(200);
  const renewed = (await response.json()) as Tokens;
  for (let at = 0; at < 2; at++) expect(await whoami(serverUrl, renewed)).toBe(200);

  const post = poster({ serverUrl }, renewed.access_token);
  const title = `Rolled ${crypto.randomUUID()}`;
  expect(textOf(await post(call('add_note', { title, text: '' })))).toContain(title);
  for (let at = 0; at < 2; at++) {
    // A session belongs to one sealing secret: elsewhere the client is told to initialize again (404).
    const session = { 'mcp-session-id': (await post(initialize())).headers.get('mcp-session-id') ?? '' };
    const { status } = await post(call('whoami'), session);
    expect([200, 404]).toContain(status);
    expect(textOf(await post(call('list_notes')))).toContain(title);
  }
  const { refresh_token: token } = renewed;
  expect((await client.post('/oauth/revoke', { client_id: clientId, token })).status).toBe(200);
  expect((await client.refresh(clientId, token)).status).toBe(400);
  return client.tokens(clientId);
}

describe('two deployments that answer at the same time', () => {
  describe('with two sealing secrets that both know', () => {
    const stack = useStack({ env: { SEALING_SECRET: secret(1), SEALING_SECRET_PREVIOUS: secret(2) } });
    const { route } = useSecondDeployment(stack, () => ({
      SEALING_SECRET: secret(2),
      SEALING_SECRET_PREVIOUS: secret(1),
    }));

    test('serve each other’s sign-ins, tokens, refreshes and revocations', async () => {
      // Whichever deployment a step meets in the first round, it meets the other one in the second.
      for (const start of ['both', 'both, from the second'] as const) {
        route(start);
        await useAll(stack().serverUrl);
      }
    });
  });

  describe('with a sealing secret that only the new one knows', () => {
    const stack = useStack({ env: { SEALING_SECRET: secret(1) } });
    const { route } = useSecondDeployment(stack, () => ({
      SEALING_SECRET: secret(2),
      SEALING_SECRET_PREVIOUS: secret(1),
    }));

    test('keep what the old one issued, and what the new one issued works once the old one is gone', async () => {
      const { serverUrl } = stack();
      route('first');
      const old = await useAll(serverUrl);
      route('second');
      const fresh = await useAll(serverUrl);
      route('both');
      for (let at = 0; at < 4; at++) expect(await whoami(serverUrl, old)).toBe(200);
      const statuses = [];
      for (let at = 0; at < 4; at++) statuses.push(await whoami(serverUrl, fresh));
      // The old deployment can't know it. See "Rotating keys" in docs/operating.md.
      expect(statuses.sort()).toEqual([200, 200, 401, 401]);
      route('second');
      for (const tokens of [old, fresh]) expect(await whoami(serverUrl, tokens)).toBe(200);
    });
  });
});

describe('clocks that differ', () => {
  const folder = mkdtempSync(join(tmpdir(), 'skew-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const clockAt = (seconds: number): Variables => {
    const file = join(folder, String(seconds));
    writeFileSync(file, new Uint8Array(new Float64Array([seconds * 1000]).buffer));
    const module = new URL('../support/moved-date.ts', import.meta.url);
    return { NODE_OPTIONS: `--import=${module}`, CLOCK_FILE: file };
  };

  describe('by a minute, one instance ahead and one behind', () => {
    const stack = useStack({ env: { SEALING_SECRET: secret(1), ...clockAt(60) } });
    const { route } = useSecondDeployment(stack, () => clockAt(-60));

    test.each([0, 60, -60])('lose nothing, with the tenant %i s off', async (seconds) => {
      stack().tenant.switches.clockSkewSeconds = seconds;
      for (const start of ['both', 'both, from the second'] as const) {
        route(start);
        await useAll(stack().serverUrl);
      }
    });
  });
});

describe('signing keys that the tenant rotates', () => {
  const stack = useStack({ instances: 2 });

  test('while users sign in and call: nobody notices', async () => {
    const { serverUrl, tenant } = stack();
    const before = await useAll(serverUrl);
    const running = [useAll(serverUrl), useAll(serverUrl)];
    await tenant.rotateKeys();
    running.push(useAll(serverUrl));
    const tokens = [before, ...(await Promise.all(running))];
    for (const each of tokens) expect(await whoami(serverUrl, each)).toBe(200);
  });
});
