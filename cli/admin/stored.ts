import { type Connection, connectionsOf } from '../../lib/access-token/connections.ts';
import { subjectsOf } from '../../lib/access-token/standing.ts';
import type { SignInConfig } from '../../lib/config.ts';
import { connectionsKey, vouchKey } from '../../lib/store/keys.ts';
import { scanKeys } from '../../lib/store/scan.ts';

/** Keys read at once. */
const chunkSize = 50;

/** The distinct names behind a key's prefix, in chunks: each chunk is worth a few round trips. Throws StoreUnavailable. */
export async function* namesBehind(
  config: SignInConfig,
  prefix: string,
): AsyncGenerator<string[], void, void> {
  const names = new Set<string>();
  for await (const keys of scanKeys(config, `${prefix}*`))
    for (const key of keys) names.add(key.slice(prefix.length));
  const all = [...names];
  for (let at = 0; at < all.length; at += chunkSize) yield all.slice(at, at + chunkSize);
}

/** The connections of everybody, by the user's hash. Throws StoreUnavailable. */
export async function allConnections(config: SignInConfig): Promise<Map<string, Connection[]>> {
  const found = new Map<string, Connection[]>();
  for await (const users of namesBehind(config, connectionsKey('')))
    await Promise.all(users.map(async (user) => found.set(user, await connectionsOf(config, user))));
  return found;
}

/** Whose grants the tenant has confirmed lately: grant → subject. Throws StoreUnavailable. */
export async function confirmedGrants(config: SignInConfig): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const ids of namesBehind(config, vouchKey('')))
    for (const [id, subject] of await subjectsOf(config, ids)) found.set(id, subject);
  return found;
}
