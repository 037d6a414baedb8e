import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Fault, Switches } from '../../dev/auth0/tenant.ts';
import { eventually } from '../support/eventually.ts';
import { oauthClient, redirectUri } from '../support/oauth-client.ts';
import { type TestStack, useStack } from '../support/stack.ts';

/** What a client is told: status, `error`, words, and the seconds to wait where waiting helps. */
type Told = { status: number; error: string; words: RegExp; retryAfterSeconds?: number };

const down: Told = {
  status: 503,
  error: 'temporarily_unavailable',
  words: /does not answer/,
  retryAfterSeconds: 5,
};
const notSetUp: Told = { status: 503, error: 'server_error', words: /not set up correctly/ };

const create = 'POST /api/v2/clients';
const list = 'GET /api/v2/clients';
const remove = 'DELETE /api/v2/clients/*';
const connections = 'GET /api/v2/connections';
const enable = 'PATCH /api/v2/connections/*/clients';

const refusal = (status: number, errorCode: string, message: string): Fault => ({
  status,
  body: { statusCode: status, error: 'Refused', message, errorCode },
});
const tooMany = (seconds: string, more: Fault = {}): Fault => ({
  ...refusal(429, 'too_many_requests', 'Global limit has been reached'),
  headers: { 'retry-after': seconds },
  ...more,
});

/** Claude gives a registration ten seconds; a function under load needs some of them. */
const longest = 9000;

let names = 0;

async function register(stack: TestStack, name: string) {
  const started = performance.now();
  const response = await fetch(`${stack.serverUrl}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: name,
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: 'none',
    }),
  });
  const answer = await response.json();
  const retryAfterSeconds = response.headers.get('retry-after');
  expect(performance.now() - started).toBeLessThan(longest);
  return {
    status: response.status,
    answer,
    retryAfterSeconds: retryAfterSeconds === null ? undefined : Number(retryAfterSeconds),
  };
}

async function expectRefusal(stack: TestStack, name: string, told: Told): Promise<void> {
  const { status, answer, retryAfterSeconds } = await register(stack, name);
  expect({ status, retryAfterSeconds, ...answer }).toEqual({
    status: told.status,
    retryAfterSeconds: told.retryAfterSeconds,
    error: told.error,
    error_description: expect.stringMatching(told.words),
  });
}

const made = (stack: TestStack, name: string) =>
  stack.tenant.applications().filter((application) => application.name === `${name} (MCP)`);

/** Registers and signs in, which takes an application with its callback and a connection. */
async function expectWorking(stack: TestStack, name: string): Promise<string> {
  const { status, answer } = await register(stack, name);
  expect([status, answer.client_id]).toEqual([201, expect.any(String)]);
  expect(made(stack, name).map(({ client_id }) => client_id)).toEqual([answer.client_id]);
  await oauthClient(stack.serverUrl).tokens(answer.client_id);
  return answer.client_id;
}

/** As after a deployment to an empty store: no Management token, no connection ids, no clients. */
async function startCold({ functions, store, env }: TestStack): Promise<void> {
  await functions.kill(0);
  await fetch(store.url, {
    method: 'POST',
    headers: { authorization: `Bearer ${env.UPSTASH_REDIS_REST_TOKEN}` },
    body: JSON.stringify(['FLUSHALL']),
  });
}

type Failure = {
  when: string;
  switches: (stack: TestStack, connectionIds: string[]) => Partial<Switches>;
  told: Told;
  /** Nothing is known yet, as after a deployment. */
  cold?: boolean;
};

const faults = (all: Record<string, Fault>) => () => ({ faults: all });

const failures: Failure[] = [
  {
    when: 'the tenant gives no Management token',
    cold: true,
    switches: faults({ 'POST /oauth/token': { status: 500 } }),
    told: down,
  },
  {
    when: 'the applications cannot be listed',
    switches: faults({ [list]: { status: 502 } }),
    told: down,
  },
  { when: 'creating fails', switches: faults({ [create]: { status: 500 } }), told: down },
  { when: 'creating is cut off', switches: faults({ [create]: { reset: true } }), told: down },
  {
    when: 'creating is refused',
    switches: faults({
      [create]: refusal(
        400,
        'invalid_body',
        "Payload validation error: 'Additional properties not allowed: x'.",
      ),
    }),
    told: notSetUp,
  },
  {
    when: 'creating is not allowed',
    switches: faults({
      [create]: refusal(403, 'insufficient_scope', 'Insufficient scope, expected any of: create:clients'),
    }),
    told: notSetUp,
  },
  {
    when: 'the connections cannot be listed',
    cold: true,
    switches: faults({ [connections]: { status: 503 } }),
    told: down,
  },
  {
    when: 'none of the connections exists',
    cold: true,
    switches: faults({ [connections]: { status: 200, body: [] } }),
    told: notSetUp,
  },
  {
    when: 'the first connection cannot be enabled',
    switches: (_, [first]) => ({
      faults: { [`PATCH /api/v2/connections/${first}/clients`]: { status: 500 } },
    }),
    told: down,
  },
  {
    when: 'the second connection cannot be enabled',
    switches: (_, [, second]) => ({
      faults: { [`PATCH /api/v2/connections/${second}/clients`]: { reset: true } },
    }),
    told: down,
  },
  {
    when: 'enabling is not allowed',
    switches: faults({
      [enable]: refusal(403, 'insufficient_scope', 'Insufficient scope, expected any of: update:connections'),
    }),
    told: notSetUp,
  },
  {
    when: 'every connection was deleted meanwhile',
    switches: faults({ [enable]: refusal(404, 'inexistent_connection', 'The connection does not exist') }),
    told: notSetUp,
  },
];

/** What keeps the tenant from making one more application, but is no fault: a client can do without until it is approved. */
const shortages: Omit<Failure, 'told'>[] = [
  {
    when: 'the tenant gives no Management token for now',
    cold: true,
    switches: faults({ 'POST /oauth/token': tooMany('7') }),
  },
  {
    when: 'the tenant holds no more applications',
    switches: ({ tenant }) => ({ applicationQuota: tenant.applications().length }),
  },
  {
    when: 'creating is limited for longer than a client waits',
    switches: faults({ [create]: tooMany('30') }),
  },
  {
    when: 'enabling is limited for longer than a client waits',
    switches: faults({ [enable]: tooMany('20') }),
  },
];

describe('a registration', () => {
  const stack = useStack();
  /** Ids of the configured connections, in the order in which they are enabled. */
  let connectionIds: string[];

  beforeAll(async () => {
    await expectWorking(stack(), 'First');
    connectionIds = stack().tenant.requests.flatMap(({ method, path }) =>
      method === 'PATCH' ? (/^\/api\/v2\/connections\/([^/]+)\/clients$/.exec(path)?.[1] ?? []) : [],
    );
    expect(connectionIds).toHaveLength(2);
  });
  afterEach(() => {
    Object.assign(stack().tenant.switches, { faults: {}, applicationQuota: undefined });
  });

  it.each(failures)(
    'is truthfully refused and leaves nothing when $when',
    async ({ switches, told, cold }) => {
      const name = `Client ${names++}`;
      if (cold) await startCold(stack());
      const before = stack().tenant.applications().length;
      Object.assign(stack().tenant.switches, switches(stack(), connectionIds));
      await expectRefusal(stack(), name, told);
      expect(stack().tenant.applications()).toHaveLength(before);
      Object.assign(stack().tenant.switches, { faults: {}, applicationQuota: undefined });
      await expectWorking(stack(), name);
    },
  );

  it.each(shortages)(
    'gets an id without an application when $when; the application is made once a user approves',
    async ({ switches, cold }) => {
      const name = `Client ${names++}`;
      if (cold) await startCold(stack());
      const before = stack().tenant.applications().length;
      Object.assign(stack().tenant.switches, switches(stack(), connectionIds));
      const { status, answer } = await register(stack(), name);
      expect([status, answer.client_id]).toEqual([201, expect.stringMatching(/^self\./)]);
      expect(stack().tenant.applications()).toHaveLength(before);

      Object.assign(stack().tenant.switches, { faults: {}, applicationQuota: undefined });
      await oauthClient(stack().serverUrl).tokens(answer.client_id);
      expect(made(stack(), name)).toHaveLength(1);
      // Later tests must not find it remembered that room is scarce.
      await startCold(stack());
      await expectWorking(stack(), name);
    },
  );

  it.each<[when: string, faults: Record<string, Fault>]>([
    ['creating is limited for a second', { [create]: tooMany('1', { nth: 1 }) }],
    ['enabling is limited for a second', { [enable]: tooMany('1', { nth: 1 }) }],
    ['enabling the second connection is limited for a second', { [enable]: tooMany('1', { nth: 2 }) }],
    ['the answer to enabling is lost', { [enable]: { reset: true, after: true, nth: 1 } }],
    ['the list is cut off once', { [list]: { reset: true, nth: 1 } }],
    [
      'one connection was deleted meanwhile',
      { [enable]: { ...refusal(404, 'inexistent_connection', ''), nth: 2 } },
    ],
  ])('succeeds all the same when %s', async (_, broken) => {
    stack().tenant.switches.faults = broken;
    await expectWorking(stack(), `Client ${names++}`);
  });

  it('that the tenant did, but never said so, is finished by the next one', async () => {
    const name = `Client ${names++}`;
    stack().tenant.switches.faults = { [create]: { hang: true, after: true } };
    await expectRefusal(stack(), name, down);
    stack().tenant.switches.faults = {};
    const [unfinished] = made(stack(), name);
    expect(await expectWorking(stack(), name)).toBe(unfinished?.client_id);
  });

  describe('whose half-made application cannot be deleted either', () => {
    const breakBoth = { [enable]: { status: 500 }, [remove]: { status: 500 } };

    it('is finished by the next one', async () => {
      const name = `Client ${names++}`;
      stack().tenant.switches.faults = breakBoth;
      await expectRefusal(stack(), name, down);
      await expectRefusal(stack(), name, down);
      stack().tenant.switches.faults = {};
      const [unfinished] = made(stack(), name);
      expect(await expectWorking(stack(), name)).toBe(unfinished?.client_id);
    });

    it('is pruned after a day when no other comes', async () => {
      const name = `Client ${names++}`;
      stack().tenant.switches.faults = breakBoth;
      await expectRefusal(stack(), name, down);
      stack().tenant.switches.faults = {};
      const prune = async () => {
        const headers = { authorization: `Bearer ${stack().env.CRON_SECRET}` };
        return (await fetch(`${stack().serverUrl}/api/cron/prune-clients`, { headers })).json();
      };
      expect((await prune()).removed).toEqual([]);
      const [unfinished] = made(stack(), name);
      const yesterday = Math.floor(Date.now() / 1000) - 25 * 3600;
      if (unfinished?.client_metadata) unfinished.client_metadata.created_at = String(yesterday);
      const expected = { application: unfinished?.client_id, name, reason: 'never used' };
      expect((await prune()).removed).toEqual([expected]);
      expect(made(stack(), name)).toEqual([]);
      await expectWorking(stack(), name);
    });
  });

  it('never tells the client what only the log may know', async () => {
    const secrets = 'tenant-internal-detail';
    stack().tenant.switches.faults = { [create]: refusal(400, 'invalid_body', secrets) };
    const { answer } = await register(stack(), `Client ${names++}`);
    expect(JSON.stringify(answer)).not.toContain(secrets);
    expect(JSON.stringify(stack().lines)).not.toContain(stack().env.AUTH0_CLIENT_SECRET);
  });
});

describe('with the wrong Management secret a registration', () => {
  const stack = useStack({ env: { AUTH0_CLIENT_SECRET: 'not-the-secret-of-this-application' } });

  it('is refused as the server’s fault, and the log names the variable', async () => {
    await expectRefusal(stack(), 'Client', notSetUp);
    expect(made(stack(), 'Client')).toEqual([]);
    await eventually(() => expect(JSON.stringify(stack().lines)).toMatch(/AUTH0_CLIENT_SECRET/));
  });
});

describe.each(['create:clients', 'read:clients', 'update:connections', 'read:connections'])(
  'with a Management application that lacks %s a registration',
  (missing) => {
    const all = ['create', 'read', 'update', 'delete'].map((verb) => `${verb}:clients`);
    const scopes = [...all, 'read:connections', 'update:connections'].filter((scope) => scope !== missing);
    const stack = useStack({ tenantOptions: { managementScopes: scopes } });

    it('is refused as the server’s fault, leaves nothing, and the log names the scope', async () => {
      await expectRefusal(stack(), 'Client', notSetUp);
      expect(made(stack(), 'Client')).toEqual([]);
      await eventually(() => expect(JSON.stringify(stack().lines)).toContain(missing));
    });
  },
);
