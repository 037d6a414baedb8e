import { setTimeout as sleep } from 'node:timers/promises';
import { grantsEndedBeforeSeconds } from '../../lib/access-token/sign-out.ts';
import { standingLifetimeMs } from '../../lib/access-token/standing.ts';
import { storeAuditEntry } from '../../lib/store/audit.ts';
import { withStore } from '../../lib/store/redis.ts';
import { countOf } from './block.ts';
import { listClients } from './client-list.ts';
import type { Admin, Command, Report } from './command.ts';
import { signOutUser } from './sign-out.ts';
import { confirmedGrants } from './stored.ts';
import { connectionsOfUser, findUser, type User } from './user.ts';
import { keysOf, type Traces } from './user-keys.ts';

/** Added to the minute for which an instance may not know of a sign-out: requests that were let in just before its end. */
const marginMs = 5_000;
/** Keys deleted in one round trip. */
const chunkSize = 500;

/** `forget`: signs a user out, then deletes everything that the store holds about them. */
export const forget: Command = async (admin) => {
  const user = await findUser(admin);
  const traces = await tracesOf(admin, user);
  const keys = await keysOf(admin.config, user, traces);
  const json = { user: user.hash, keys: countByKind(keys) };
  return {
    lines: [
      `Sign ${user.title} out, then delete ${countOf(keys.length, 'key')} from the store:`,
      ...Object.entries(json.keys).map(([kind, count]) => `  ${kind} ${count}`),
      'This cannot be undone. The user at Auth0 stays.',
    ],
    json,
    question: 'Delete everything that is stored about this user?',
    perform: () => forgetUser(admin, user, traces),
  };
};

async function forgetUser(
  admin: Admin,
  user: User,
  traces: Traces & { tenantFailure: string | undefined },
): Promise<Report> {
  const { config } = admin;
  const signedOut = await signOutIfNeeded(admin, user);
  await untilKnownEverywhere(admin, user);
  const keys = await keysOf(config, user, traces);
  for (let at = 0; at < keys.length; at += chunkSize)
    await withStore(config, (redis) => redis.del(...keys.slice(at, at + chunkSize)), { retry: true });
  await storeAuditEntry(config, { action: 'user-forgotten', actor: 'operator', user: user.hash });
  const unknown = user.subject === undefined ? 'The user id is not known.' : traces.tenantFailure;
  const missed = unknown ? [`Not all sessions could be found; they end within 24 hours. ${unknown}`] : [];
  return {
    lines: [
      ...(signedOut?.lines ?? []),
      `Deleted ${countOf(keys.length, 'key')}. What remains refuses the user’s tokens until they have expired, and holds no personal data.`,
    ],
    json: { user: user.hash, deleted: countByKind(keys) },
    incomplete: [...(signedOut?.incomplete ?? []), ...missed],
  };
}

/** Signs the user out, unless that was done and nothing has been let in since. */
async function signOutIfNeeded(admin: Admin, user: User): Promise<Report | undefined> {
  const { config } = admin;
  const connections = await connectionsOfUser(config, user);
  const isDone =
    connections.every(({ ended }) => ended) && (await grantsEndedBeforeSeconds(config, user.hash)) > 0;
  return isDone ? undefined : signOutUser(admin, user, connections);
}

/** Until then, an instance that does not know of the sign-out may store something again. */
async function untilKnownEverywhere({ config, say }: Admin, { hash }: User): Promise<void> {
  const knownAtMs = (await grantsEndedBeforeSeconds(config, hash)) * 1000 + standingLifetimeMs + marginMs;
  const waitMs = knownAtMs - Date.now();
  if (waitMs <= 0) return;
  say(`Waiting ${Math.ceil(waitMs / 1000)} s until every instance knows of the sign-out.\n`);
  await sleep(waitMs);
}

/** Everything by which keys of the user can be found. Collected before the sign-out, which removes the connections. */
async function tracesOf(
  { config }: Admin,
  user: User,
): Promise<Traces & { tenantFailure: string | undefined }> {
  const connections = await connectionsOfUser(config, user);
  const { clients, tenantFailure } = await listClients(config);
  const confirmed = await confirmedGrants(config);
  return {
    clientIds: new Set([
      ...config.oauth.allowedApplications,
      ...clients.flatMap(({ client, application }) => [client, application ?? client]),
    ]),
    grantIds: new Set([
      ...connections.map(({ id }) => id),
      ...[...confirmed].filter(([, subject]) => subject === user.subject).map(([id]) => id),
    ]),
    tenantFailure,
  };
}

const kinds: Record<string, string> = {
  grants: 'connections',
  orgs: 'organizations',
  profile: 'profile',
  u: 'collections',
  chg: 'changes',
  s: 'sessions',
  p: 'lists of sessions',
  sub: 'subscriptions',
  pend: 'running calls',
  mb: 'mailboxes of calls',
  ev: 'events of calls',
  run: 'leases of calls',
  task: 'tasks',
  'task-run': 'leases of tasks',
  tasks: 'lists of tasks',
  grant: 'grants',
  'grant-refresh': 'uses of refresh tokens',
};

function countByKind(keys: string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const key of keys) {
    const prefix = key.split(':')[0] ?? '';
    const kind = kinds[prefix] ?? prefix;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}
