import { principalHashes } from '../../lib/access-token/principal.ts';
import type { SignInConfig } from '../../lib/config.ts';
import {
  accountsGenerationKey,
  callsKey,
  changesKey,
  connectionsKey,
  eventsKey,
  exchangedTokensKey,
  generationKey,
  leaseKey,
  mailboxKey,
  profileKey,
  sessionKey,
  sessionsKey,
  subscriptionsKey,
  taskKey,
  taskLeaseKey,
  tasksKey,
  userDataKey,
  vouchKey,
} from '../../lib/store/keys.ts';
import { scanKeys } from '../../lib/store/scan.ts';
import type { User } from './user.ts';

/** What keys of a user are found by, beyond the user. */
export type Traces = {
  /** Ids of clients that the user may have used: keys of sessions are made of both. */
  clientIds: Iterable<string>;
  grantIds: Iterable<string>;
};

/**
 * The names of the keys that belong to a user: connections, profile, collections, changes, sessions with what belongs to
 * them, tasks, and what is known of grants. Not among them are the marks that refuse the user's tokens: without those the tokens
 * would work again.
 *
 * @throws StoreUnavailable
 */
export async function keysOf(
  config: SignInConfig,
  { hash, subject }: User,
  { clientIds, grantIds }: Traces,
): Promise<string[]> {
  const { issuer } = config.oauth;
  const principals =
    subject === undefined
      ? []
      : [...clientIds].flatMap((clientId) => principalHashes(config, { issuer, subject, clientId }));
  const names = new Set([
    ...[connectionsKey(hash), profileKey(hash), changesKey(hash), accountsGenerationKey(hash)],
    ...principals.flatMap((principal) => [sessionsKey(principal), tasksKey(principal)]),
    ...[...grantIds].flatMap((id) => [vouchKey(id), generationKey(id), exchangedTokensKey(id)]),
  ]);
  const prefixes = new Set([
    userDataKey(hash, ''),
    ...principals.flatMap((principal) =>
      [
        ...[sessionKey, subscriptionsKey, callsKey, mailboxKey, eventsKey, leaseKey],
        ...[taskKey, taskLeaseKey],
      ].map((key) => key(principal, '')),
    ),
  ]);
  const found = new Set<string>();
  for await (const keys of scanKeys(config))
    for (const key of keys) if (names.has(key) || prefixes.has(ownerOf(key))) found.add(key);
  return [...found].sort();
}

/** A key up to its second colon: what it is, and whose. */
function ownerOf(key: string): string {
  return /^[^:]*:[^:]*:/.exec(key)?.[0] ?? '';
}
