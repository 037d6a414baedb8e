import { afterEach, describe, expect, it } from 'vitest';
import type { Fault } from '../../../dev/auth0/tenant.ts';
import { type Duration, useClock } from '../../support/clock.ts';
import { manageTenant } from '../../support/manage-tenant.ts';
import { useStack } from '../../support/stack.ts';
import {
  type Connection,
  connect,
  connection,
  contentOf,
  instanceCount,
  refusalOf,
  signedOut,
  tenantCalls,
  tokensOf,
  uncheckable,
  works,
} from './connection.ts';

const clock = useClock();
const stack = useStack({ instances: instanceCount, env: clock.env });

const demoUser = () => {
  const user = stack().tenant.users.find(({ email }) => email === 'demo@example.com');
  if (!user) throw new Error('the tenant has no demo user');
  return user;
};

const ordinary = ['mcp:read', 'mcp:write'];

afterEach(() => {
  stack().tenant.switches.faults = {};
  Object.assign(demoUser(), { blocked: false, permissions: ordinary });
});

/** Uses the connection until the tenant has been asked again, and every instance knows what it said. */
async function useForAnHour(user: Connection): Promise<void> {
  clock.advance('61 min');
  await user.call();
  await stack().functions.idle();
  clock.advance('61 s');
}

describe('a user who is blocked at the tenant', () => {
  it('keeps access until the tenant is asked, then has to sign in again on every instance', async () => {
    const user = await connect(stack());
    demoUser().blocked = true;
    clock.advance('50 min');
    expect(await user.everywhere()).toEqual(works);
    await useForAnHour(user);
    expect(await user.everywhere()).toEqual(signedOut);

    const refused = await user.call();
    expect(refused.headers.get('www-authenticate')).toContain(
      `resource_metadata="${stack().serverUrl}/.well-known/oauth-protected-resource/mcp"`,
    );
    expect(refused.headers.get('www-authenticate')).toContain('error="invalid_token"');
    expect(await refusalOf(await user.refresh())).toEqual([400, 'invalid_grant']);
  });

  it('is refused by the first call after a pause: nothing is answered before the tenant is asked', async () => {
    const user = await connect(stack());
    demoUser().blocked = true;
    clock.advance('3 h');
    expect(await user.everywhere()).toEqual(signedOut);
  });

  it('is refused by the first refresh after a pause', async () => {
    const user = await connect(stack());
    demoUser().blocked = true;
    clock.advance('3 h');
    expect(await refusalOf(await user.refresh())).toEqual([400, 'invalid_grant']);
    expect(await user.everywhere()).toEqual(signedOut);
  });
});

it('a grant that is revoked at the tenant ends within the next check', async () => {
  const user = await connect(stack());
  const manage = await manageTenant(stack());
  await manage('DELETE', `grants?user_id=${encodeURIComponent(demoUser().user_id)}`);
  await useForAnHour(user);
  expect(await user.everywhere()).toEqual(signedOut);
  expect(await refusalOf(await user.refresh())).toEqual([400, 'invalid_grant']);
});

it('permissions that are taken away are missing from the next check on, and come back the same way', async () => {
  const user = await connect(stack());
  expect((await user.call('add_note', { text: 'allowed' })).status).toBe(200);
  demoUser().permissions = ['mcp:read'];
  await useForAnHour(user);

  expect(await user.everywhere()).toEqual(works);
  for (let instance = 0; instance < instanceCount; instance++) {
    const refused = await user.call('add_note', { text: 'not allowed' }, instance);
    expect(refused.status).toBe(403);
    const challenge = refused.headers.get('www-authenticate');
    expect(challenge).toContain('error="insufficient_scope"');
    expect(challenge).toMatch(/ scope="[^"]*mcp:write/);
  }
  const refreshed = await tokensOf(await user.refresh());
  expect(refreshed.scope).toBe('mcp:read offline_access');

  demoUser().permissions = ordinary;
  await useForAnHour(user);
  expect((await user.call('add_note', { text: 'allowed again' })).status).toBe(200);
});

it('new signing keys at the tenant sign nobody out, not even while forged tokens keep the server from fetching them', async () => {
  const user = await connect(stack());
  clock.advance('61 min');
  for (let instance = 0; instance < instanceCount; instance++) {
    const forged = connection(stack(), user.clientId, { access_token: forgedJwt });
    expect((await forged.call('whoami', {}, instance)).status).toBe(401);
  }
  await stack().tenant.rotateKeys();
  expect(await user.everywhere()).toEqual(works);
  await stack().functions.idle();
  clock.advance('2 min');
  expect(await user.everywhere()).toEqual(works);
  await stack().functions.idle();
  const before = tenantCalls(stack());
  clock.advance('5 min');
  expect(await user.everywhere()).toEqual(works);
  expect(tenantCalls(stack()) - before).toBe(0);
});

/** A token with a key id that the tenant does not have. */
const forgedJwt = ['{"alg":"RS256","kid":"forged","typ":"at+jwt"}', '{}', 'signature']
  .map((part) => Buffer.from(part).toString('base64url'))
  .join('.');

/** How the tenant fails, at every address that the server needs. */
const failing = (fault: Fault) => ({ 'POST /oauth/token': fault, 'GET /.well-known/jwks.json': fault });

/** Milliseconds that no call may take, whatever the tenant does: users wait for the answer. */
const longestCallMs = 4_000;

describe.each([
  // Half an hour apart, so that some calls come while the tenant is asked in the background, and some after.
  { tenant: 'answers with errors', fault: { status: 503 }, pause: '30 min', calls: 12 },
  { tenant: 'cuts connections', fault: { reset: true }, pause: '30 min', calls: 12 },
  { tenant: 'never answers', fault: { hang: true }, pause: '6 h', calls: 1 },
] satisfies { tenant: string; fault: Fault; pause: Duration; calls: number }[])(
  'a tenant that $tenant',
  ({ fault, pause, calls }) => {
    it('for six hours keeps nobody from their tools, and no call waits long for it', async () => {
      const user = await connect(stack());
      await useForAnHour(user);
      stack().tenant.switches.faults = failing(fault);
      for (let number = 1; number <= calls; number++) {
        clock.advance(pause);
        const started = performance.now();
        const answer = await user.call();
        const inTime = performance.now() - started < longestCallMs;
        expect({ number, status: answer.status, inTime }).toEqual({ number, status: 200, inTime: true });
        expect(contentOf(answer)).toMatchObject({ email: 'demo@example.com' });
      }
      await stack().functions.idle();
      const before = tenantCalls(stack());
      stack().tenant.switches.faults = {};
      clock.advance('2 min');
      expect(await user.everywhere()).toEqual(works);
      expect(tenantCalls(stack()) - before).toBe(1);
    });
  },
);

it('a tenant that is down for more than a day makes calls and refreshes fail with 503, and all works once it is back', async () => {
  const user = await connect(stack());
  stack().tenant.switches.faults = failing({ status: 503 });
  clock.advance('23 h');
  expect(await user.everywhere()).toEqual(works);
  expect((await user.refresh()).status).toBe(200);
  clock.advance('2 h');
  expect(await user.everywhere()).toEqual(uncheckable);
  expect(Number((await user.call()).headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await refusalOf(await user.refresh())).toEqual([503, 'temporarily_unavailable']);

  stack().tenant.switches.faults = {};
  clock.advance('61 s');
  expect(await user.everywhere()).toEqual(works);
  expect((await user.refresh()).status).toBe(200);
});
