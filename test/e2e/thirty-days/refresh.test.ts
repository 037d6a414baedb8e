import { describe, expect, it } from 'vitest';
import { useClock } from '../../support/clock.ts';
import { useStack } from '../../support/stack.ts';
import {
  type Connection,
  connect,
  instanceCount,
  refusalOf,
  signedOut,
  tenantCalls,
  tokensOf,
  works,
} from './connection.ts';

const clock = useClock();
const stack = useStack({ instances: instanceCount, env: clock.env });

/** Refreshes with a token, to the client with the new pair. */
const renew = async (user: Connection, refreshToken?: string, instance = 0) =>
  user.with(await tokensOf(await user.refresh(refreshToken, instance)));

describe('refreshing', () => {
  it('twice at once, on two instances, gives two pairs that both work and both refresh', async () => {
    const user = await connect(stack());
    clock.advance('10 min');
    const before = tenantCalls(stack());
    const pairs = await Promise.all([renew(user, undefined, 0), renew(user, undefined, 1)]);
    expect(tenantCalls(stack()) - before).toBe(0);
    clock.advance('20 min');
    for (const pair of pairs) {
      expect(await pair.everywhere()).toEqual(works);
      expect(await (await renew(pair)).everywhere()).toEqual(works);
    }
    expect(await user.everywhere()).toEqual(works);
  });

  it('twice at once when the tenant has to be asked asks it once', async () => {
    const user = await connect(stack());
    clock.advance('5 h');
    const before = tenantCalls(stack());
    const pairs = await Promise.all([renew(user, undefined, 0), renew(user, undefined, 1)]);
    expect(tenantCalls(stack()) - before).toBe(1);
    for (const pair of pairs) expect(await pair.everywhere()).toEqual(works);
  });

  it('again with the same token is harmless as long as its successor has not been used for ten minutes', async () => {
    const user = await connect(stack());
    await renew(user);
    clock.advance('3 h');
    const successor = await renew(user);
    await renew(successor);
    clock.advance('9 min');
    expect(await (await renew(user)).everywhere()).toEqual(works);
  });

  it('with a token long after its successor was used ends the grant, for whoever holds a token of it', async () => {
    const user = await connect(stack());
    const successor = await renew(user);
    const newest = await renew(successor);
    await stack().functions.idle();
    clock.advance('11 min');
    expect(await refusalOf(await user.refresh())).toEqual([400, 'invalid_grant']);
    clock.advance('61 s');
    for (const each of [user, successor, newest]) {
      expect(await each.everywhere()).toEqual(signedOut);
      expect(await refusalOf(await each.refresh())).toEqual([400, 'invalid_grant']);
    }
  });

  it('every three days works for 90 days, longer than any one token lives', async () => {
    let user = await connect(stack());
    const { scope } = user.tokens;
    for (let day = 0; day < 90; day += 3) {
      clock.advance('3 d');
      user = await renew(user, undefined, (day / 3) % instanceCount);
      expect(user.tokens.scope).toBe(scope);
    }
    expect(await user.everywhere()).toEqual(works);
  });

  it('only when the access token has ended works too, for a client that used it every day', async () => {
    const user = await connect(stack());
    for (let day = 0; day < 31; day++) {
      clock.advance('1 d');
      if (day < 29) expect((await user.call()).status).toBe(200);
    }
    expect(await user.everywhere()).toEqual(signedOut);
    expect(await (await renew(user)).everywhere()).toEqual(works);
  });

  it('after more than 30 days without use is refused: the user has to sign in again', async () => {
    const user = await connect(stack());
    clock.advance('31 d');
    expect(await refusalOf(await user.refresh())).toEqual([400, 'invalid_grant']);
  });
});

describe.each(['access_token', 'refresh_token'] as const)('revoking the %s', (kind) => {
  it('ends both tokens at once on the instance that was told, within a minute on the others, and at the tenant', async () => {
    const user = await connect(stack());
    const renewed = await renew(user);
    expect(await user.everywhere()).toEqual(works);
    expect((await user.revoke(user.tokens[kind] ?? '')).status).toBe(200);
    expect((await user.call('whoami', {}, 0)).status).toBe(401);
    expect(stack().tenant.requests.at(-1)).toMatchObject({ path: '/oauth/revoke', status: 200 });
    clock.advance('61 s');
    expect(await user.everywhere()).toEqual(signedOut);
    expect(await renewed.everywhere()).toEqual(signedOut);
    for (let instance = 0; instance < instanceCount; instance++)
      for (const token of [user.tokens.refresh_token, renewed.tokens.refresh_token])
        expect(await refusalOf(await user.refresh(token, instance))).toEqual([400, 'invalid_grant']);
  });
});

describe('a user who does not let the client stay connected', () => {
  it('gets a token that ends with the tenant’s own, about which the tenant is never asked', async () => {
    const user = await connect(stack(), { untick: ['offline_access'] });
    expect(user.tokens).toMatchObject({ scope: 'mcp:read mcp:write', expires_in: expect.any(Number) });
    expect(user.tokens.refresh_token).toBeUndefined();
    const before = tenantCalls(stack());
    clock.advance('23 h');
    expect(await user.everywhere()).toEqual(works);
    expect(tenantCalls(stack()) - before).toBe(0);
    clock.advance('61 min');
    expect(await user.everywhere()).toEqual(signedOut);
  });
});
