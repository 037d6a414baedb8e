import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { connectionsOf, keepConnection } from '../../../lib/access-token/connections.ts';
import type { Grant } from '../../../lib/access-token/grant.ts';
import { userHash } from '../../../lib/access-token/principal.ts';
import { endGrant, keepVouch } from '../../../lib/access-token/standing.ts';
import { hasSignIn, type SignInConfig } from '../../../lib/config.ts';
import { blockedClientKey, connectionsKey, signedOutKey } from '../../../lib/store/keys.ts';
import { signedRecord } from '../../../lib/store/record.ts';
import { withStore } from '../../../lib/store/redis.ts';
import { useStore } from '../../support/store.ts';

const running = useStore();

function config(): SignInConfig {
  const { config } = running();
  if (!hasSignIn(config)) throw new Error('sign-in is off');
  return config;
}

const nowSeconds = () => Math.floor(Date.now() / 1000);
const app = { name: 'App', host: 'app.example.com' };

/** A grant of a new user. */
function newGrant(changes: Partial<Grant> = {}): Grant {
  return {
    id: randomUUID(),
    realm: 'realm',
    subject: randomUUID(),
    clientId: 'client',
    application: 'application',
    scopes: ['mcp:read', 'mcp:write', 'offline_access'],
    origin: 'https://mcp.example.com',
    signedInAtSeconds: nowSeconds(),
    vouchedAtSeconds: nowSeconds(),
    upstream: 'refresh token',
    upstreamExpiresAtSeconds: nowSeconds() + 86_400,
    ...changes,
  };
}

const userOf = ({ subject }: Grant) => userHash({ issuer: config().oauth.issuer, subject });
const idsOf = async (grant: Grant) => (await connectionsOf(config(), userOf(grant))).map(({ id }) => id);

describe('the connections of a user', () => {
  it('newest first, as they were noted', async () => {
    const first = newGrant({ signedInAtSeconds: 1 });
    const second = newGrant({ subject: first.subject });
    for (const grant of [first, second]) await keepConnection(config(), grant, app);
    const { id, scopes, origin } = second;
    const [newest, oldest] = await connectionsOf(config(), userOf(first));
    expect(newest).toMatchObject({ id, scopes, origin, clientName: 'App', host: 'app.example.com' });
    expect(oldest?.id).toBe(first.id);
  });

  it('with the scopes and the last use that the tenant last confirmed', async () => {
    const grant = newGrant();
    await keepConnection(config(), grant, app);
    const vouchedAtSeconds = nowSeconds() + 500;
    await keepVouch(config(), grant, { vouchedAtSeconds, subject: grant.subject, scopes: ['mcp:read'] });
    expect(await connectionsOf(config(), userOf(grant))).toMatchObject([
      { lastUsedAtSeconds: vouchedAtSeconds, scopes: ['mcp:read'] },
    ]);
  });

  it.each<[string, (grant: Grant) => Promise<unknown>]>([
    ['whose grant has ended', (grant) => endGrant(config(), grant.id)],
    [
      'whose client is blocked',
      ({ clientId }) => {
        const key = blockedClientKey(config(), clientId);
        const record = signedRecord(config(), key, { blockedAtSeconds: nowSeconds() });
        return withStore(config(), (redis) => redis.set(key, record));
      },
    ],
    [
      'whose user was signed out everywhere',
      (grant) => {
        const key = signedOutKey(userOf(grant));
        const record = signedRecord(config(), key, { beforeSeconds: nowSeconds() + 1 });
        return withStore(config(), (redis) => redis.set(key, record));
      },
    ],
  ])('as ended if it is one %s', async (_, end) => {
    const grant = newGrant({ clientId: randomUUID() });
    await keepConnection(config(), grant, app);
    expect(await connectionsOf(config(), userOf(grant))).toMatchObject([{ ended: false }]);
    await end(grant);
    expect(await connectionsOf(config(), userOf(grant))).toMatchObject([{ ended: true }]);
  });

  it('without one that has no refresh token and whose access token has ended', async () => {
    const grant = newGrant({ upstream: undefined, upstreamExpiresAtSeconds: nowSeconds() - 1 });
    await keepConnection(config(), grant, app);
    expect(await idsOf(grant)).toEqual([]);
  });

  it('without a note that somebody else wrote into the store, or moved there', async () => {
    const [victim, attacker] = [newGrant(), newGrant()];
    await keepConnection(config(), attacker, app);
    const from = connectionsKey(userOf(attacker));
    const note = await withStore(config(), (redis) => redis.hget(from, attacker.id));
    const to = connectionsKey(userOf(victim));
    await withStore(config(), (redis) =>
      redis.hset(to, { [attacker.id]: note ?? '', forged: '{"clientId":"x"}' }),
    );
    expect(await idsOf(victim)).toEqual([]);
  });
});

describe('noting a connection', () => {
  it('again, for a grant that is noted, leaves what was noted first', async () => {
    const grant = newGrant();
    await keepConnection(config(), grant, app);
    await keepConnection(config(), grant, { name: 'Renamed', host: 'other' }, { again: true });
    expect(await connectionsOf(config(), userOf(grant))).toMatchObject([{ clientName: 'App' }]);
  });

  it('makes room by forgetting those that are over', async () => {
    const { subject } = newGrant();
    const over = { subject, upstream: undefined, upstreamExpiresAtSeconds: nowSeconds() - 1 };
    const staying = newGrant({ subject });
    await keepConnection(config(), staying, app);
    for (let count = 0; count < 50; count++) await keepConnection(config(), newGrant(over), app);
    const key = connectionsKey(userOf(staying));
    expect(await withStore(config(), (redis) => redis.hlen(key))).toBe(1);
    expect(await idsOf(staying)).toEqual([staying.id]);
  });
});
