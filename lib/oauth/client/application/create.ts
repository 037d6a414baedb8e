import { createApplication, deleteApplication } from '../../../auth0/applications.ts';
import { enableConnections } from '../../../auth0/connections.ts';
import { type Deadline, deadlineIn } from '../../../auth0/request.ts';
import type { OAuthConfig, SignInConfig } from '../../../config.ts';
import { errorFields, log } from '../../../log.ts';
import { perConfig } from '../../../per-config.ts';
import { SingleFlight } from '../../../single-flight.ts';
import { applicationsLockKey } from '../../../store/keys.ts';
import { acquire } from '../../../store/lock.ts';
import { forgetCopy, keepCopy, readCopyByHash } from './cache.ts';
import { listOurs, oldest } from './list.ts';
import { makingDeadline, makingTimeoutMs } from './making-deadline.ts';
import { type Claim, NoRoom, withRoom } from './quota.ts';
import {
  applicationName,
  type ClientRecord,
  grantTypesOf,
  metadataOf,
  type Registration,
  registrationHash,
} from './record.ts';

/** How long taking a half-made application back may take, in addition. */
const undoingTimeoutMs = 1500;

/** How long to wait while other clients are being registered. */
const lockTimeoutMs = 4000;

export type Making = {
  claim: Claim;
  /** Our callback URLs that Auth0 shall know. */
  callbacks: string[];
  /** Given by a request that may try twice, so that both attempts together take no longer than one. */
  deadline?: Deadline;
};

const flights = perConfig(() => new SingleFlight<ClientRecord>());

/**
 * The one application of a registration, made if there is none. The same registration at the same moment waits for the
 * same work: in memory within an instance, by a lock in the store across instances. Without the store, instances that
 * race may each make one; they look again afterwards and keep the oldest. Whether the caller may cause this is checked
 * before, so that nobody gets another caller's refusal.
 *
 * @throws TenantError if the tenant refuses or fails, with nothing left behind.
 * @throws NoRoom if there is no room, or too many are waiting.
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
  const deadline = making.deadline ?? makingDeadline();
  const lock = await acquire(config, applicationsLockKey(config), {
    lifetimeMs: makingTimeoutMs + undoingTimeoutMs + 1000,
    deadline: Math.min(deadline, deadlineIn(lockTimeoutMs)),
  });
  if (lock.state === 'busy') throw new NoRoom('many clients are being registered');
  try {
    // Whoever held the lock before us may have made it.
    const copy = await readCopyByHash(config, hash);
    if (copy && copy !== 'unknown') return copy.record;
    const ours = await listOurs(config, deadline);
    const found = oldest(ours.filter((record) => record.hash === hash));
    if (found) return await finish(config, found, deadline);
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
  { claim, callbacks }: Making,
  ours: ClientRecord[],
  deadline: Deadline,
): Promise<ClientRecord> {
  const createdAt = Math.floor(Date.now() / 1000);
  const application = await withRoom(config, claim, ours, deadline, () =>
    createApplication(
      config,
      newApplication(config, { ...registration, hash, createdAt }, callbacks),
      deadline,
    ),
  );
  const record: ClientRecord = {
    ...registration,
    application: application.id,
    hash,
    createdAt,
    callbacks: application.callbacks,
    organizationUsage: application.organizationUsage,
  };
  try {
    return await finish(config, record, deadline);
  } catch (error) {
    await undo(config, record);
    throw error;
  }
}

/** What the application of a registration is made from. */
export function newApplication(
  config: { oauth: Pick<OAuthConfig, 'audiences'> },
  record: Omit<ClientRecord, 'application' | 'callbacks'>,
  callbacks: string[],
) {
  return {
    name: applicationName(record.name),
    description: 'Registered by an MCP client. Removed if it stays unused.',
    callbacks,
    grantTypes: grantTypesOf(record.usesRefreshToken),
    metadata: metadataOf(config, record),
  };
}

/** Enables the connections: the last step, repeated whenever it is not known to have been done. */
async function finish(config: SignInConfig, record: ClientRecord, deadline: Deadline): Promise<ClientRecord> {
  await enableConnections(config, record.application, deadline);
  const finished = { ...record, connections: config.oauth.connections };
  await keepCopy(config, finished);
  return finished;
}

/** Takes a half-made application back. If that fails too, it is finished or pruned later, because nobody uses it. */
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
