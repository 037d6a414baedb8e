import { getApplication, organizationUsage, updateApplication } from '../../../auth0/applications.ts';
import { enableConnections } from '../../../auth0/connections.ts';
import { type Deadline, deadlineIn } from '../../../auth0/request.ts';
import type { SignInConfig } from '../../../config.ts';
import { waitUntil } from '../../../invocation.ts';
import { errorFields, log } from '../../../log.ts';
import { applicationsLockKey } from '../../../store/keys.ts';
import { acquire } from '../../../store/lock.ts';
import { forgetCopy, keepCopy } from './cache.ts';
import { type ClientRecord, metadataOf } from './record.ts';

/** Milliseconds for bringing an application up to date while a user waits. */
const readyingTimeoutMs = 6000;
/** Days between two notes that a client is in use: each is a call to the tenant. */
export const noteEveryDays = 7;

/**
 * Brings a client's application up to date before a sign-in: the configured connections, this origin's
 * callback, its use of organizations. Usually all is well and nothing is called. Use is not noted yet: anyone can approve
 * their own client, and one that counts as used keeps its place.
 *
 * @returns the record as it is now, or undefined when the application is gone.
 * @throws TenantError
 */
export async function makeReady(
  config: SignInConfig,
  record: ClientRecord,
  callback: string,
): Promise<ClientRecord | undefined> {
  const connections = config.oauth.connections;
  let current = record;
  if (JSON.stringify(record.connections) !== JSON.stringify(connections)) {
    await enableConnections(config, record.application, deadlineIn(readyingTimeoutMs));
    current = { ...record, connections };
    await keepCopy(config, current);
  }
  if (!current.callbacks.includes(callback)) return addCallback(config, current, callback);
  const isOutdated = current.rotates || (current.organizationUsage ?? 'deny') !== organizationUsage(config);
  return isOutdated ? update(config, current, {}) : current;
}

/** Notes in the background that a client is in use, if the last note is old; only once it has got tokens. */
export function noteUse(config: SignInConfig, record: ClientRecord): void {
  if (!isNoteDue(record)) return;
  waitUntil(
    update(config, record, { lastUsed: today() }).catch((error) =>
      log('warn', 'use of a client not noted', errorFields(error)),
    ),
  );
}

function addCallback(config: SignInConfig, record: ClientRecord, callback: string) {
  const deadline = deadlineIn(readyingTimeoutMs);
  return withCallbacks(config, record, deadline, (callbacks) => {
    const all = [...new Set([...callbacks, callback])];
    return update(config, record, { callbacks: all }, deadline);
  });
}

/** Hands over the callbacks that the tenant has now, under the lock: a list can only be replaced as a whole. */
async function withCallbacks<T>(
  config: SignInConfig,
  record: ClientRecord,
  deadline: Deadline,
  change: (callbacks: string[]) => Promise<T>,
): Promise<T> {
  const lock = await acquire(config, applicationsLockKey(config), {
    lifetimeMs: readyingTimeoutMs + 1000,
    deadline: deadlineIn(readyingTimeoutMs / 2),
  });
  try {
    const now = await getApplication(config, record.application, deadline);
    return await change(now?.callbacks ?? []);
  } finally {
    if (lock.state === 'held') await lock.free();
  }
}

/** Takes callbacks of ours off an application that has outlived the origins they belong to. */
export async function removeCallbacks(
  config: SignInConfig,
  record: ClientRecord,
  gone: string[],
  deadline: Deadline,
): Promise<void> {
  await withCallbacks(config, record, deadline, (callbacks) =>
    update(config, record, { callbacks: callbacks.filter((callback) => !gone.includes(callback)) }, deadline),
  );
}

/**
 * Writes to the tenant and keeps what it answers; forgets the client if its application is gone. Also stops rotation and
 * sets its use of organizations.
 */
export async function update(
  config: SignInConfig,
  record: ClientRecord,
  { callbacks, lastUsed = record.lastUsed }: { callbacks?: string[]; lastUsed?: string | undefined },
  deadline?: Deadline,
): Promise<ClientRecord | undefined> {
  const metadata = metadataOf(config, { ...record, lastUsed });
  const answer = await updateApplication(config, record.application, { callbacks, metadata }, deadline);
  if (!answer) {
    await forgetCopy(config, record.application, record.hash);
    return undefined;
  }
  const { rotates, organizationUsage } = answer;
  const updated = { ...record, lastUsed, callbacks: answer.callbacks, rotates, organizationUsage };
  await keepCopy(config, updated);
  return updated;
}

function isNoteDue({ lastUsed }: ClientRecord): boolean {
  return !lastUsed || Date.now() - Date.parse(lastUsed) > noteEveryDays * 86_400_000;
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}
