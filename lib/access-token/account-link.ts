import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SignInConfig } from '../config.ts';
import { keptOrganization } from '../organizations/organization.ts';
import { z } from '../schema.ts';
import { accountLinkKey, accountOutcomeKey, accountsGenerationKey } from '../store/keys.ts';
import { readRecord, signedRecord } from '../store/record.ts';
import { readInBatch, withStore } from '../store/redis.ts';

/** Seconds in which a user must follow a link. */
export const linkLifetimeSeconds = 600;
/** Longer than a token for an account is kept. */
const generationKeptSeconds = 2 * 86_400;
const outcomeKeptSeconds = 15 * 60;
const pollMs = 1_000;

/** The stored shape of a link. */
export const accountLink = z.object({
  /** `userHash` of the user for whom it was made. Nobody else can use it. */
  user: z.string(),
  /** The organization in which the user is connected, to sign in to. */
  organization: keptOrganization.optional(),
  grantId: z.string(),
  clientId: z.string(),
  signedInAtSeconds: z.number(),
  connection: z.string(),
  scopes: z.array(z.string()),
  /** Our origin where the client is connected. */
  origin: z.string(),
});

/** What a link is for: an account of this connection, for this user, at the request of this grant's client. */
export type AccountLink = z.infer<typeof accountLink>;

/** How connecting ended: `declined` by the user, here or at the provider. */
export type AccountOutcome = 'connected' | 'declined';
const outcome = z.enum(['connected', 'declined']);

/**
 * Makes a link with which its user can connect an account: it works once and for ten minutes. What it is for stays in the
 * store, so it holds no secret but its own name.
 *
 * @returns its URL.
 * @throws StoreUnavailable
 */
export async function newAccountLink(config: SignInConfig, link: AccountLink): Promise<string> {
  const id = randomBytes(24).toString('base64url');
  const key = accountLinkKey(id);
  const record = signedRecord(config, key, link);
  await withStore(config, (redis) =>
    redis
      .pipeline()
      .set(key, record, { ex: linkLifetimeSeconds })
      .del(accountOutcomeKey(link.grantId, link.connection))
      .exec(),
  );
  return `${link.origin}/connections/accounts?link=${id}`;
}

/** What a link is for; undefined if it was used or has expired. Throws StoreUnavailable. */
export async function readAccountLink(config: SignInConfig, id: string): Promise<AccountLink | undefined> {
  const key = accountLinkKey(id);
  const [stored] = await readInBatch(config, key);
  return readRecord(config, key, accountLink, stored);
}

/** The same, and uses it up: of requests at the same time, one gets it. Throws StoreUnavailable. */
export async function takeAccountLink(config: SignInConfig, id: string): Promise<AccountLink | undefined> {
  const key = accountLinkKey(id);
  const stored = await withStore(config, (redis) => redis.getdel(key));
  return readRecord(config, key, accountLink, stored);
}

/** Notes how connecting ended, for the call that waits for it. Throws StoreUnavailable. */
export async function noteOutcome(
  config: SignInConfig,
  { grantId, connection }: Pick<AccountLink, 'grantId' | 'connection'>,
  ended: AccountOutcome,
): Promise<void> {
  const key = accountOutcomeKey(grantId, connection);
  const record = signedRecord(config, key, ended);
  await withStore(config, (redis) => redis.set(key, record, { ex: outcomeKeptSeconds }), { retry: true });
}

/**
 * Waits until the user has connected the account or declined.
 *
 * @param options.onWait called about once a second.
 * @returns how it ended; undefined if the time is over.
 * @throws StoreUnavailable; the signal's reason if it aborts.
 */
export async function awaitOutcome(
  config: SignInConfig,
  { grantId, connection }: Pick<AccountLink, 'grantId' | 'connection'>,
  options: { untilMs: number; signal: AbortSignal; onWait(): Promise<void> },
): Promise<AccountOutcome | undefined> {
  const key = accountOutcomeKey(grantId, connection);
  for (;;) {
    const stored = await withStore(config, (redis) => redis.get(key), { retry: true });
    const ended = readRecord(config, key, outcome, stored);
    if (ended || Date.now() >= options.untilMs) return ended;
    await options.onWait();
    await sleep(pollMs, undefined, { signal: options.signal });
  }
}

/**
 * Which generation of the user's connected accounts this is: a token that was obtained in another no longer counts. One read
 * (`readInBatch`).
 *
 * @param user `userHash`.
 * @throws StoreUnavailable
 */
export async function accountsGeneration(config: SignInConfig, user: string): Promise<string> {
  const key = accountsGenerationKey(user);
  const [stored] = await readInBatch(config, key);
  return readRecord(config, key, z.string(), stored) ?? '';
}

/** Drops what is kept for the user's connected accounts, on all instances at once. Throws StoreUnavailable. */
export async function dropAccountTokens(config: SignInConfig, user: string): Promise<void> {
  const key = accountsGenerationKey(user);
  const record = signedRecord(config, key, randomBytes(9).toString('base64url'));
  await withStore(config, (redis) => redis.set(key, record, { ex: generationKeptSeconds }), { retry: true });
}
