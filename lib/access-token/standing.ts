import { BoundedMap } from '../bounded-map.ts';
import type { SignInConfig } from '../config.ts';
import { errorFields, log } from '../log.ts';
import { perConfig } from '../per-config.ts';
import { z } from '../schema.ts';
import {
  blockedClientKey,
  blockedClientsPattern,
  endedGrantKey,
  exchangedTokensKey,
  signedOutKey,
  vouchKey,
} from '../store/keys.ts';
import { readRecord, signedRecord } from '../store/record.ts';
import { inBatch, withStore } from '../store/redis.ts';
import { scanKeys } from '../store/scan.ts';
import type { Grant } from './grant.ts';
import { userHash } from './principal.ts';

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
const blockedRecord = z.object({
  blockedAtSeconds: z.number(),
  /** For the operator's list: the key holds only a hash. */
  clientId: z.string().optional(),
});
const signedOutRecord = z.object({ beforeSeconds: z.number() });

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
 * (`inBatch`).
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
  const [stored] = await inBatch<[(string | null)[]]>(config, (pipeline) => pipeline.mget(...keys));
  const [ended, blocked, signedOut, vouched] = stored;
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

/** Seconds for which a sign-out is kept: longer than any token lives that was issued before it. */
const signedOutLifetimeSeconds = 90 * 86_400;

/**
 * Blocks a client until `unblockClient`: its tokens are refused on every instance within a minute, and it cannot get new
 * ones.
 *
 * @param clientId as tokens name the client (`Client.shortId`).
 * @throws StoreUnavailable
 */
export async function blockClient(config: SignInConfig, clientId: string): Promise<void> {
  const key = blockedClientKey(config, clientId);
  const blocked: z.infer<typeof blockedRecord> = {
    blockedAtSeconds: Math.floor(Date.now() / 1000),
    clientId,
  };
  await withStore(config, (redis) => redis.set(key, signedRecord(config, key, blocked)), { retry: true });
}

/** Lifts a client's block. Returns whether there was one. Throws StoreUnavailable. */
export async function unblockClient(config: SignInConfig, clientId: string): Promise<boolean> {
  return (await withStore(config, (redis) => redis.del(blockedClientKey(config, clientId)))) > 0;
}

/** When the client was blocked, in seconds since the epoch; undefined if it is not. One read (`inBatch`). Throws StoreUnavailable. */
export async function blockedAtSeconds(config: SignInConfig, clientId: string): Promise<number | undefined> {
  const key = blockedClientKey(config, clientId);
  const [stored] = await inBatch<[string | null]>(config, (pipeline) => pipeline.get(key));
  return readRecord(config, key, blockedRecord, stored)?.blockedAtSeconds;
}

/** Every blocked client, and since when, in seconds since the epoch. For operators (`scanKeys`). Throws StoreUnavailable. */
export async function blockedClients(config: SignInConfig): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for await (const keys of scanKeys(config, blockedClientsPattern(config))) {
    const stored = await withStore(config, (redis) => redis.mget(...keys), {
      retry: true,
    });
    keys.forEach((key, index) => {
      const { clientId, blockedAtSeconds } = readRecord(config, key, blockedRecord, stored[index]) ?? {};
      if (clientId !== undefined && blockedAtSeconds !== undefined) found.set(clientId, blockedAtSeconds);
    });
  }
  return found;
}

/**
 * Ends every grant that the user has given so far, on every instance within a minute. One given later in the same second
 * ends too.
 *
 * @param user `userHash`.
 * @throws StoreUnavailable
 */
export async function endGrantsOf(config: SignInConfig, user: string): Promise<void> {
  const key = signedOutKey(user);
  const record = signedRecord(config, key, { beforeSeconds: Math.floor(Date.now() / 1000) + 1 });
  await withStore(config, (redis) => redis.set(key, record, { ex: signedOutLifetimeSeconds }), {
    retry: true,
  });
}

/** The moment from before which the user's grants have ended, in seconds since the epoch; 0 without one. Throws StoreUnavailable. */
export async function grantsEndedBeforeSeconds(config: SignInConfig, user: string): Promise<number> {
  const key = signedOutKey(user);
  const [stored] = await inBatch<[string | null]>(config, (pipeline) => pipeline.get(key));
  return readRecord(config, key, signedOutRecord, stored)?.beforeSeconds ?? 0;
}

type HeldBack = { isBlocked: boolean; endedBeforeSeconds: number; checkedAtMs: number };

const heldBack = perConfig(() => new BoundedMap<string, HeldBack>(5_000));

/**
 * Whether an operator has blocked the client, or signed the user out since the token was issued: for the tenant's own
 * tokens, which belong to no grant of ours. The store is read once a minute for each client and user. Without the store the
 * token counts, because the tenant's signature proves it.
 */
export async function isHeldBack(
  config: SignInConfig,
  token: { clientId: string; subject: string; issuedAtSeconds: number },
): Promise<boolean> {
  const { clientId, subject, issuedAtSeconds } = token;
  const name = `${clientId} ${subject}`;
  let known = heldBack(config).get(name);
  if (!known || Date.now() - known.checkedAtMs >= standingLifetimeMs) {
    const user = userHash({ issuer: config.oauth.issuer, subject });
    try {
      const [blocked, endedBeforeSeconds] = await Promise.all([
        blockedAtSeconds(config, clientId),
        grantsEndedBeforeSeconds(config, user),
      ]);
      known = { isBlocked: blocked !== undefined, endedBeforeSeconds, checkedAtMs: Date.now() };
      heldBack(config).set(name, known);
    } catch (error) {
      log('warn', 'sign-out of a user not checked', errorFields(error));
    }
  }
  return known !== undefined && (known.isBlocked || issuedAtSeconds < known.endedBeforeSeconds);
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
