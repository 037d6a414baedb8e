import { afterEach, describe, expect, it } from 'vitest';
import { useClock } from '../../support/clock.ts';
import { useStack } from '../../support/stack.ts';
import {
  connect,
  connection,
  emptyStore,
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

afterEach(() => {
  stack().store.faults.outage = 'none';
});

describe('a store that has been emptied', () => {
  it('signs nobody out: the tenant is asked, once for all instances', async () => {
    const user = await connect(stack());
    clock.advance('2 h');
    expect(await user.everywhere()).toEqual(works);
    const before = tenantCalls(stack());
    await emptyStore(stack());
    clock.advance('61 s');
    expect(await user.everywhere()).toEqual(works);
    expect(tenantCalls(stack()) - before).toBe(1);
    expect((await user.refresh()).status).toBe(200);
  });

  it('gives nobody back what the tenant has ended', async () => {
    const user = await connect(stack());
    expect((await user.revoke(user.tokens.access_token)).status).toBe(200);
    await emptyStore(stack());
    clock.advance('61 min');
    await user.call();
    await stack().functions.idle();
    clock.advance('61 s');
    expect(await user.everywhere()).toEqual(signedOut);
    expect(await refusalOf(await user.refresh())).toEqual([400, 'invalid_grant']);
  });
});

describe.each(['unavailable', 'refused'] as const)('while the store is %s', (outage) => {
  it('tokens that the tenant vouched for within the hour work, older ones get 503 and never 401', async () => {
    const user = await connect(stack());
    stack().store.faults.outage = outage;
    clock.advance('59 min');
    expect(await user.everywhere()).toEqual(works);
    clock.advance('2 min');
    expect(await user.everywhere()).toEqual(uncheckable);
    clock.advance('6 h');
    const refused = await user.call();
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([503, null]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);

    stack().store.faults.outage = 'none';
    expect(await user.everywhere()).toEqual(works);
  });

  it('a young grant is refreshed, an older one gets 503, and neither refresh token is used up', async () => {
    const user = await connect(stack());
    stack().store.faults.outage = outage;
    clock.advance('30 min');
    const renewed = await tokensOf(await user.refresh());
    expect(await connection(stack(), user.clientId, renewed).everywhere()).toEqual(works);
    clock.advance('31 min');
    expect(await refusalOf(await user.refresh())).toEqual([503, 'temporarily_unavailable']);

    stack().store.faults.outage = 'none';
    for (const token of [user.tokens.refresh_token, renewed.refresh_token])
      expect((await user.refresh(token)).status).toBe(200);
  });

  it('a revocation fails with 503, so that the client tries again, and then takes effect everywhere', async () => {
    const user = await connect(stack());
    stack().store.faults.outage = outage;
    expect((await user.revoke(user.tokens.access_token)).status).toBe(503);
    stack().store.faults.outage = 'none';
    expect((await user.revoke(user.tokens.access_token)).status).toBe(200);
    clock.advance('61 s');
    expect(await user.everywhere()).toEqual(signedOut);
  });
});
