import { z } from 'zod';
import type { Principal } from '../../access-token/principal.ts';
import { userHash } from '../../access-token/principal.ts';
import type { Config } from '../../config.ts';
import { errorFields, log } from '../../log.ts';
import { append, type Feed, follow, newestId, readAfter } from '../../store/feed.ts';
import { changesKey } from '../../store/keys.ts';
import { parseStored } from '../../store/stored.ts';

const change = z.object({ uris: z.array(z.string()) });

/** The URIs of the resources that changed. The user's list of resources counts as changed each time. */
export type Change = z.infer<typeof change>;

/** A user's changes, kept for 10 minutes: long enough for a listener that lost its connection. */
const changes = (principal: Principal): Feed => ({
  key: changesKey(userHash(principal)),
  lifetimeSeconds: 600,
  maxEntries: 100,
});

/** Tells every instance that a user's resources changed. If the store is down, only the notification is lost. */
export async function publishChange(config: Config, principal: Principal, uris: string[]): Promise<void> {
  const entry = { id: '*', text: JSON.stringify({ uris } satisfies Change) };
  await append(config, changes(principal), [entry]).catch((error) =>
    log('warn', 'change not published', errorFields(error)),
  );
}

/**
 * The id of a user's newest change, to follow the changes from there. One round trip.
 *
 * @throws StoreUnavailable
 */
export function newestChange(config: Config, principal: Principal): Promise<string> {
  return newestId(config, changes(principal).key);
}

/**
 * Calls back with each change, made on any instance, until the signal aborts.
 *
 * @param from the id of the last change that is already known.
 */
export async function followChanges(
  config: Config,
  principal: Principal,
  onChange: (change: Change, id: string) => void | Promise<void>,
  signal: AbortSignal,
  from: string,
): Promise<void> {
  const { key } = changes(principal);
  let last = from;
  for await (const { entries } of follow(config, key, () => readAfter(config, key, last), signal))
    for (const { id, text } of entries) {
      last = id;
      const parsed = parseStored(change, text);
      if (parsed) await onChange(parsed, id);
    }
}
