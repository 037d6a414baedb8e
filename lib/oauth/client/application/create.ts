import { createApplication, deleteApplication } from '../../../auth0/applications.ts';
import { enableConnections } from '../../../auth0/connections.ts';
import { type Deadline, deadlineIn } from '../../../auth0/request.ts';
import type { SignInConfig } from '../../../config.ts';
import { OAuthError } from '../../../http/errors.ts';
import { errorFields, log } from '../../../log.ts';
import { perConfig } from '../../../per-config.ts';
import { SingleFlight } from '../../../single-flight.ts';
import { applicationsLockKey } from '../../../store/keys.ts';
import { acquire } from '../../../store/lock.ts';
import { forgetCopy, keepCopy, readCopyByHash } from './cache.ts';
import { listOurs, oldest } from './list.ts';
import { withRoom } from './quota.ts';
import {
  applicationName,
  type ClientRecord,
  grantTypesOf,
  metadataOf,
  type Registration,
  registrationHash,
} from './record.ts';

/** Milliseconds in which an application is made; Claude gives registration ten seconds. */
const makingTimeoutMs = 7500;
/** Milliseconds for taking a half-made application back, beside those. */
const undoingTimeoutMs = 1500;

export type Making = {
  /** Our callback URLs that Auth0 shall know. */
  callbacks: string[];
  /** Called before an application is made, and not when there is one: throws when the caller may not. */
  beforeCreate: () => Promise<void>;
};

const flights = perConfig(() => new SingleFlight<ClientRecord>());

/**
 * The one application of a registration, made when there is none. The same registration at the same moment
 * waits for the same work: in memory within an instance, by a lock in the store across instances. Without
 * the store, instances that race may each make one; they look again afterwards and keep the oldest.
 *
 * @throws TenantError when the tenant refuses or fails, with nothing left behind.
 * @throws OAuthError `temporarily_unavailable` when there is no room or no time.
 */
export function ensureApplication(
  config: SignInConfig,
  registration: Registration,
  making: Making,
): Promise<ClientRecord> {
  const hash = registrationHash(registration);
  return flights(config).run(hash, () => findOrMake(config, registration, hash, making));
}

async function findOrMake(
  config: SignInConfig,
  registration: Registration,
  hash: string,
  making: Making,
): Promise<ClientRecord> {
  const deadline = deadlineIn(makingTimeoutMs);
  const lock = await acquire(config, applicationsLockKey(config), {
    lifetimeMs: makingTimeoutMs + undoingTimeoutMs + 1000,
    deadline,
  });
  if (lock.state === 'busy')
    throw new OAuthError(
      'temporarily_unavailable',
      'Many clients are being registered. Try again in a moment.',
      {
        retryAfterSeconds: 3,
      },
    );
  try {
    // Whoever held the lock before us may have made it.
    const copy = await readCopyByHash(config, hash);
    if (copy && copy !== 'unknown') return copy.record;
    const ours = await listOurs(config, deadline);
    const found = oldest(ours.filter((record) => record.hash === hash));
    if (found) return await finish(config, found, deadline);
    await making.beforeCreate();
    const made = await make(config, registration, hash, making, ours, deadline);
    return lock.state === 'held' ? made : await settle(config, made, deadline);
  } finally {
    if (lock.state === 'held') await lock.free();
  }
}

async function make(
  config: SignInConfig,
  registration: Registration,
  hash: string,
  { callbacks }: Making,
  ours: ClientRecord[],
  deadline: Deadline,
): Promise<ClientRecord> {
  const createdAt = Math.floor(Date.now() / 1000);
  const application = await withRoom(config, ours, deadline, () =>
    createApplication(
      config,
      {
        name: applicationName(registration.name),
        description: 'Registered by an MCP client. Removed when it stays unused.',
        callbacks,
        grantTypes: grantTypesOf(registration.usesRefreshToken),
        metadata: metadataOf(config, { ...registration, hash, createdAt }),
      },
      deadline,
    ),
  );
  const record: ClientRecord = {
    ...registration,
    application: application.id,
    hash,
    createdAt,
    callbacks: application.callbacks,
  };
  try {
    return await finish(config, record, deadline);
  } catch (error) {
    await undo(config, record);
    throw error;
  }
}

/** Enables the connections: the last step, repeated whenever it is not known to have been done. */
async function finish(config: SignInConfig, record: ClientRecord, deadline: Deadline): Promise<ClientRecord> {
  await enableConnections(config, record.application, deadline);
  const finished = { ...record, connections: config.oauth.connections };
  await keepCopy(config, finished);
  return finished;
}

/** A half-made application is taken back. Should that fail too, it is finished or pruned later, as it is unused. */
async function undo(config: SignInConfig, { application, hash }: ClientRecord): Promise<void> {
  try {
    await deleteApplication(config, application, deadlineIn(undoingTimeoutMs));
    await forgetCopy(config, application, hash);
  } catch (error) {
    log('error', 'half-made application not deleted', { application, ...errorFields(error) });
  }
}

/** Without a lock another instance may have made the same: all keep the oldest, so one remains. */
async function settle(config: SignInConfig, made: ClientRecord, deadline: Deadline): Promise<ClientRecord> {
  const ours = await listOurs(config, deadline);
  const kept = oldest(ours.filter((record) => record.hash === made.hash));
  if (!kept || kept.application === made.application) return made;
  await undo(config, made);
  return finish(config, kept, deadline);
}
