import { BoundedMap } from '../bounded-map.ts';
import type { SignInConfig } from '../config.ts';
import { errorFields, log } from '../log.ts';
import { perConfig } from '../per-config.ts';
import { z } from '../schema.ts';
import {
  blockedClientKey,
  endedGrantKey,
  exchangedTokensKey,
  signedOutKey,
  vouchKey,
} from '../store/keys.ts';
import { readRecord, signedRecord } from '../store/record.ts';
import { readInBatch, withStore } from '../store/redis.ts';
import { blockedRecord } from './blocked-client.ts';
import type { Grant } from './grant.ts';
import { userHash } from './principal.ts';
import { signedOutRecord } from './sign-out.ts';

/** Milliseconds for which an instance uses what the store said of a grant: how soon a revocation takes effect everywhere. */
export const standingLifetimeMs = 60_000;

const vouch = z.object({
  vouchedAtSeconds: z.number(),
  /** Whose grant it is. */
  subject: z.string().min(1),
  /** What the tenant grants the user now: permissions may have been taken away. A token carries these or fewer. */
  scopes: z.array(z.string()),
  /** The user's permissions beyond our scopes now. */
  permissions: z.array(z.string()).optional(),
  /** A refresh token that replaces the one in the grant, sealed; only from an application whose tokens rotate. */
  upstream: z.string().optional(),
});

/** What the tenant said when it was last asked about a grant. */
export type Vouch = z.infer<typeof vouch>;

const endedRecord = z.object({ endedAtSeconds: z.number() });
/** Where a grant stands: over, or what the tenant last said of it, if anything is known. */
export type Standing = { ended: boolean; vouch: Vouch | undefined };

type Known = Standing & { checkedAtMs: number };

const memory = perConfig(() => new BoundedMap<string, Known>(10_000));

/** What this instance learned of the grant within the last minute; undefined if the store must be asked. */
export function recentStanding(config: SignInConfig, { id }: Grant): Standing | undefined {
  const known = memory(config).get(id);
  return known && Date.now() - known.checkedAtMs < standingLifetimeMs ? known : undefined;
}

/** What this instance learned of the grant at any time, for when the store does not answer. */
export function lastKnownStanding(config: SignInConfig, { id }: Grant): Standing | undefined {
  return memory(config).get(id);
}

/**
 * Reads where a grant stands: whether it was revoked, its client blocked, its user signed out (of every organization), and
 * what the tenant last said. One command, in the same round trip as the reads that are asked for in the same turn
 * (`readInBatch`).
 *
 * @throws StoreUnavailable
 */
export function readStanding(config: SignInConfig, grant: Grant): Promise<Standing> {
  const user = userHash({ issuer: config.oauth.issuer, subject: grant.subject });
  return readStandingOf(config, { ...grant, user });
}

/** A grant by what is noted of it; `user` is the `userHash` of its user outside organizations. */
type NotedGrant = Pick<Grant, 'id' | 'clientId' | 'signedInAtSeconds'> & { user: string };

/** The same for a grant without the token that carries it. */
export async function readStandingOf(config: SignInConfig, grant: NotedGrant): Promise<Standing> {
  const keys = [
    endedGrantKey(grant.id),
    blockedClientKey(config, grant.clientId),
    signedOutKey(grant.user),
    vouchKey(grant.id),
  ] as const;
  const [ended, blocked, signedOut, vouched] = await readInBatch(config, ...keys);
  const before = readRecord(config, keys[2], signedOutRecord, signedOut)?.beforeSeconds ?? 0;
  const standing: Standing = {
    ended:
      readRecord(config, keys[0], endedRecord, ended) !== undefined ||
      readRecord(config, keys[1], blockedRecord, blocked) !== undefined ||
      grant.signedInAtSeconds < before,
    vouch: readRecord(config, keys[3], vouch, vouched),
  };
  remember(config, grant.id, standing);
  return standing;
}

/** Keeps what the tenant said of a grant, for all instances. Losing it means that the tenant is asked again. */
export async function keepVouch(config: SignInConfig, { id }: Grant, vouched: Vouch): Promise<void> {
  // A revocation that arrived while the tenant was asked stays.
  remember(config, id, { ended: memory(config).get(id)?.ended ?? false, vouch: vouched });
  const key = vouchKey(id);
  const record = signedRecord(config, key, vouched);
  await withStore(config, (redis) => redis.set(key, record, { ex: config.refreshTokenLifetimeSeconds }), {
    retry: true,
  }).catch((error) => log('warn', 'tenant’s word on a grant not kept', errorFields(error)));
}

/**
 * Ends a grant: on this instance at once, on every other one within a minute.
 *
 * @throws StoreUnavailable if the other instances cannot be told.
 */
export async function endGrant(config: SignInConfig, id: string): Promise<void> {
  remember(config, id, { ended: true, vouch: undefined });
  const key = endedGrantKey(id);
  const record = signedRecord(config, key, { endedAtSeconds: Math.floor(Date.now() / 1000) });
  await withStore(
    config,
    (redis) =>
      redis
        .pipeline()
        .set(key, record, { ex: config.refreshTokenLifetimeSeconds + 86_400 })
        .del(exchangedTokensKey(id))
        .exec(),
    {
      retry: true,
    },
  );
}

function remember(config: SignInConfig, id: string, standing: Standing): void {
  memory(config).set(id, { ...standing, checkedAtMs: Date.now() });
}

/**
 * Whose grants these are, as far as the tenant has confirmed them since they were given.
 *
 * @returns grant → subject.
 * @throws StoreUnavailable
 */
export async function subjectsOf(config: SignInConfig, grantIds: string[]): Promise<Map<string, string>> {
  const keys = grantIds.map(vouchKey);
  const stored = await withStore(config, (redis) => redis.mget(...keys), { retry: true });
  const found = grantIds.flatMap((id, index): [string, string][] => {
    const { subject } = readRecord(config, vouchKey(id), vouch, stored[index]) ?? {};
    return subject === undefined ? [] : [[id, subject]];
  });
  return new Map(found);
}
