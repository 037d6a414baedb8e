import { waitUntil } from '@vercel/functions';
import { getApplication, updateApplication } from '../auth0/applications.ts';
import { enableConnections } from '../auth0/connections.ts';
import { deadlineIn } from '../auth0/request.ts';
import type { Config } from '../config.ts';
import { errorFields, log } from '../log.ts';
import { applicationsLockKey } from '../store/keys.ts';
import { acquire } from '../store/lock.ts';
import { forgetCopy, keepCopy } from './client-copies.ts';
import { type ClientRecord, metadataOf } from './client-record.ts';

/** Milliseconds for bringing an application up to date while a user waits. */
const readyingTime = 6000;
/** Days between two notes that a client is in use: each is a call to the tenant. */
const noteEvery = 7;

/**
 * Brings a client's application up to date before a sign-in: the configured connections, this origin's
 * callback, the note that it is in use. Usually all is well and nothing is called.
 *
 * @returns the record as it is now, or undefined when the application is gone.
 * @throws TenantError
 */
export async function makeReady(
  config: Config,
  record: ClientRecord,
  callback: string,
): Promise<ClientRecord | undefined> {
  const connections = config.oauth?.connections;
  let current = record;
  if (JSON.stringify(record.connections) !== JSON.stringify(connections)) {
    await enableConnections(config, record.application, deadlineIn(readyingTime));
    current = { ...record, connections };
    await keepCopy(config, current);
  }
  if (!current.callbacks.includes(callback)) return addCallback(config, current, callback);
  if (!isNoteDue(current)) return current;
  // A failure costs nothing yet: the token request that follows notes it again.
  return update(config, current).catch((error) => {
    log('warn', 'use of a client not noted', errorFields(error));
    return current;
  });
}

/** Notes in the background that a client is in use, if the last note is old. */
export function noteUse(config: Config, record: ClientRecord): void {
  if (!isNoteDue(record)) return;
  waitUntil(
    update(config, record).catch((error) => log('warn', 'use of a client not noted', errorFields(error))),
  );
}

/** Adds a callback to those the tenant has now, under the lock, since a list can only be replaced as a whole. */
async function addCallback(config: Config, record: ClientRecord, callback: string) {
  const deadline = deadlineIn(readyingTime);
  const lock = await acquire(config, applicationsLockKey(config), {
    life: readyingTime + 1000,
    deadline: deadlineIn(readyingTime / 2),
  });
  try {
    const now = await getApplication(config, record.application, deadline);
    const callbacks = [...new Set([...(now?.callbacks ?? []), callback])];
    return await update(config, record, callbacks);
  } finally {
    if (lock.state === 'held') await lock.free();
  }
}

/** Writes to the tenant and keeps what it answers; forgets the client when its application is gone. */
async function update(
  config: Config,
  record: ClientRecord,
  callbacks?: string[],
): Promise<ClientRecord | undefined> {
  const used = { ...record, lastUsed: new Date().toISOString().slice(0, 10) };
  const metadata = metadataOf(config, used);
  const answer = await updateApplication(config, record.application, { callbacks, metadata });
  if (!answer) {
    await forgetCopy(config, record.application, record.hash);
    return undefined;
  }
  const updated = { ...used, callbacks: answer.callbacks };
  await keepCopy(config, updated);
  return updated;
}

function isNoteDue({ lastUsed }: ClientRecord): boolean {
  return !lastUsed || Date.now() - Date.parse(lastUsed) > noteEvery * 86_400_000;
}
