import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { userHash } from '../../../lib/access-token/principal.ts';
import {
  endGrant,
  keepVouch,
  lastKnownStanding,
  readStanding,
  recentStanding,
  type Vouch,
} from '../../../lib/access-token/standing.ts';
import type { SignInConfig } from '../../../lib/config.ts';
import { blockedClientKey, endedGrantKey, signedOutKey, vouchKey } from '../../../lib/store/keys.ts';
import { signedRecord } from '../../../lib/store/record.ts';
import { inBatch, StoreUnavailable, withStore } from '../../../lib/store/redis.ts';
import { grantAt } from '../../support/grants.ts';
import { useInstances } from '../../support/instances.ts';

const running = useInstances();
const now = 1_900_000_000;
const later = (seconds: number) => vi.setSystemTime((now + seconds) * 1000);

beforeEach(async () => {
  const { store, emptyStore } = running();
  store.faults.outage = 'none';
  await emptyStore();
  vi.useFakeTimers({ toFake: ['Date'], now: now * 1000 });
});
afterEach(() => {
  vi.useRealTimers();
});

const write = (config: SignInConfig, key: string, text: string) =>
  withStore(config, (redis) => redis.set(key, text));
/** Writes a record as an operator's command does, with the deployment's own key. */
const record = (config: SignInConfig, key: string, value: unknown) =>
  write(config, key, signedRecord(config, key, value));

const vouch: Vouch = { vouchedAtSeconds: now, subject: 'auth0|alice', scopes: ['mcp:read'] };
const open = { ended: false, vouch: undefined };

describe('where a grant stands', () => {
  it('is open, with nothing said of it, until something is written', async () => {
    const context = running().instance();
    expect(await readStanding(context.config, grantAt(context))).toEqual(open);
  });

  it('costs one command, in the same round trip as other reads of the turn', async () => {
    const { instance, store } = running();
    const context = instance();
    store.resetCounts();
    await Promise.all([
      readStanding(context.config, grantAt(context)),
      inBatch(context.config, (pipeline) => pipeline.get('a')),
    ]);
    expect([store.requests, store.commands]).toEqual([1, 2]);
  });

  it('is used for a minute by the instance that read it, and kept beyond for when the store is down', async () => {
    const context = running().instance();
    const grant = grantAt(context);
    expect(recentStanding(context.config, grant)).toBeUndefined();
    await readStanding(context.config, grant);
    later(59);
    expect(recentStanding(context.config, grant)).toMatchObject(open);
    later(60);
    expect(recentStanding(context.config, grant)).toBeUndefined();
    later(86_400);
    expect(lastKnownStanding(context.config, grant)).toMatchObject(open);
    expect(lastKnownStanding(running().instance().config, grant)).toBeUndefined();
  });

  it('cannot be read while the store is down', async () => {
    const { instance, store } = running();
    const context = instance();
    store.faults.outage = 'unavailable';
    await expect(readStanding(context.config, grantAt(context))).rejects.toBeInstanceOf(StoreUnavailable);
  });
});

describe('a grant that is ended', () => {
  it('has ended here at once, and at every other instance as soon as it reads', async () => {
    const { instance } = running();
    const [here, there] = [instance(), instance()];
    const grant = grantAt(here);
    await readStanding(there.config, grant);
    await endGrant(here.config, grant.id);
    expect(recentStanding(here.config, grant)).toMatchObject({ ended: true });
    expect(recentStanding(there.config, grant)).toMatchObject({ ended: false });
    later(60);
    expect(recentStanding(there.config, grant)).toBeUndefined();
    for (const { config } of [there, instance()])
      expect(await readStanding(config, grant)).toMatchObject({ ended: true });
  });

  it('takes no other grant with it', async () => {
    const context = running().instance();
    const [one, other] = [grantAt(context), grantAt(context)];
    await endGrant(context.config, one.id);
    expect(await readStanding(context.config, other)).toEqual(open);
  });

  it('stays ended when the tenant’s word arrives afterwards', async () => {
    const { instance } = running();
    const context = instance();
    const grant = grantAt(context);
    await endGrant(context.config, grant.id);
    await keepVouch(context.config, grant, vouch);
    expect(recentStanding(context.config, grant)).toMatchObject({ ended: true });
    for (const { config } of [context, instance()])
      expect(await readStanding(config, grant)).toMatchObject({ ended: true });
  });

  it('is told of as long as any token of it can live', async () => {
    const { instance } = running();
    const context = instance();
    const grant = grantAt(context);
    await endGrant(context.config, grant.id);
    const lifetime = await withStore(context.config, (redis) => redis.ttl(endedGrantKey(grant.id)));
    expect(lifetime).toBeGreaterThan(context.config.tokenLifetimeSeconds);
  });

  it('while the store is down has ended here, and whoever ended it is told that others do not know', async () => {
    const { instance, store } = running();
    const context = instance();
    const grant = grantAt(context);
    store.faults.outage = 'unavailable';
    await expect(endGrant(context.config, grant.id)).rejects.toBeInstanceOf(StoreUnavailable);
    expect(recentStanding(context.config, grant)).toMatchObject({ ended: true });
    later(86_400);
    expect(lastKnownStanding(context.config, grant)).toMatchObject({ ended: true });
  });
});

describe('a client that an operator has blocked', () => {
  it('has all of its grants ended, of every user, and no other client has', async () => {
    const context = running().instance();
    const { config } = context;
    const url = 'https://app.example.com/client.json';
    await record(config, blockedClientKey(config, url), { blockedAtSeconds: now });
    for (const subject of ['auth0|alice', 'auth0|bob'])
      expect(await readStanding(config, grantAt(context, { clientId: url, subject }))).toMatchObject({
        ended: true,
      });
    expect(await readStanding(config, grantAt(context, { clientId: `${url}2` }))).toEqual(open);
  });
});

describe('a user who was signed out everywhere', () => {
  it('has every grant of before ended, and none of after', async () => {
    const context = running().instance();
    const { config } = context;
    const key = signedOutKey(userHash({ issuer: config.oauth.issuer, subject: 'auth0|alice' }));
    await record(config, key, { beforeSeconds: now });
    const endedFor = async (changes: object) => (await readStanding(config, grantAt(context, changes))).ended;
    expect(await endedFor({ signedInAtSeconds: now - 1 })).toBe(true);
    expect(await endedFor({ signedInAtSeconds: now })).toBe(false);
    expect(await endedFor({ signedInAtSeconds: now - 1, subject: 'auth0|bob' })).toBe(false);
  });
});

describe('what the tenant said of a grant', () => {
  it('is known here at once, and at every other instance as soon as it reads', async () => {
    const { instance } = running();
    const context = instance();
    const grant = grantAt(context);
    await keepVouch(context.config, grant, vouch);
    expect(recentStanding(context.config, grant)).toMatchObject({ ended: false, vouch });
    expect(await readStanding(instance().config, grant)).toEqual({ ended: false, vouch });
  });

  it('may be lost while the store is down; the instance that heard it goes on', async () => {
    const { instance, store } = running();
    const context = instance();
    const grant = grantAt(context);
    store.faults.outage = 'unavailable';
    await keepVouch(context.config, grant, vouch);
    expect(recentStanding(context.config, grant)).toMatchObject({ vouch });
  });
});

describe('whoever can write to the store', () => {
  it('cannot put words into the tenant’s mouth', async () => {
    const context = running().instance();
    const { config } = context;
    const [grant, other] = [grantAt(context), grantAt(context)];
    const lie = { vouchedAtSeconds: now + 999_999, subject: 'auth0|admin', scopes: ['mcp:admin'] };
    const copied = signedRecord(config, vouchKey(other.id), lie);
    const changed = signedRecord(config, vouchKey(grant.id), vouch).replace('mcp:read', 'mcp:admin');
    for (const forged of [JSON.stringify(lie), `${'A'.repeat(22)}.${JSON.stringify(lie)}`, copied, changed]) {
      await write(config, vouchKey(grant.id), forged);
      expect(await readStanding(config, grant)).toEqual(open);
    }
  });

  it('cannot end grants, block clients or sign users out by records of its own making', async () => {
    const context = running().instance();
    const { config } = context;
    const grant = grantAt(context);
    const user = userHash({ issuer: config.oauth.issuer, subject: grant.subject });
    await write(config, endedGrantKey(grant.id), '{"endedAtSeconds":1}');
    await write(config, blockedClientKey(config, grant.clientId), '{"blockedAtSeconds":1}');
    await write(
      config,
      signedOutKey(user),
      signedRecord(config, signedOutKey('x'), { beforeSeconds: now * 2 }),
    );
    expect(await readStanding(config, grant)).toEqual(open);
  });

  it('gets nothing for a record of another shape, though it is authentic', async () => {
    const context = running().instance();
    const grant = grantAt(context, { id: randomUUID() });
    await record(context.config, vouchKey(grant.id), { ...vouch, scopes: 'mcp:admin' });
    expect(await readStanding(context.config, grant)).toEqual(open);
  });
});
