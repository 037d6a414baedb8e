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
  organizationsKey,
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
import { hashesOf, type User } from './user.ts';

/** What keys of a user are found by, beyond the user. */
export type Traces = {
  /** Ids of clients that the user may have used: keys of sessions are made of both. */
  clientIds: Iterable<string>;
  grantIds: Iterable<string>;
};

/**
 * The names of the keys that belong to a user, in every organization and outside: connections, profile, collections,
 * changes, sessions with what belongs to them, tasks, and what is known of grants. Not among them are the marks that refuse
 * the user's tokens: without those the tokens would work again.
 *
 * @throws StoreUnavailable
 */
export async function keysOf(
  config: SignInConfig,
  user: User,
  { clientIds, grantIds }: Traces,
): Promise<string[]> {
  const { issuer } = config.oauth;
  const { subject } = user;
  const hashes = hashesOf(config, user);
  const principals =
    subject === undefined
      ? []
      : [undefined, ...user.organizations].flatMap((organization) =>
          [...clientIds].flatMap((clientId) =>
            principalHashes(config, { issuer, subject, organization, clientId }),
          ),
        );
  const names = new Set([
    ...hashes.flatMap((hash) => [
      connectionsKey(hash),
      profileKey(hash),
      changesKey(hash),
      accountsGenerationKey(hash),
    ]),
    organizationsKey(user.hash),
    ...principals.flatMap((principal) => [sessionsKey(principal), tasksKey(principal)]),
    ...[...grantIds].flatMap((id) => [vouchKey(id), generationKey(id), exchangedTokensKey(id)]),
  ]);
  const prefixes = new Set([
    ...hashes.map((hash) => userDataKey(hash, '')),
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
