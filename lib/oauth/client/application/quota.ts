import { type Application, deleteApplication } from '../../../auth0/applications.ts';
import { TenantError } from '../../../auth0/errors.ts';
import type { Deadline } from '../../../auth0/request.ts';
import type { SignInConfig } from '../../../config.ts';
import { OAuthError } from '../../../http/errors.ts';
import { log } from '../../../log.ts';
import { audit } from '../../../store/audit.ts';
import { wellKnownClients } from '../document/well-known.ts';
import { forgetCopy } from './cache.ts';
import { type ClientRecord, isShared } from './record.ts';
import { noteScarceRoom } from './room.ts';

/** Seconds for which an unused application keeps its place while others need room. */
const graceSeconds = 3600;

/**
 * Who wants an application: a registration nobody has approved yet, an approved client, a client that many people use,
 * or the application that clients share if there is no room for one each.
 */
export type Claim = 'registration' | 'approved' | 'well-known' | 'shared';

/** No application can be made now. The client goes on without one of its own. */
export class NoRoom extends OAuthError {
  override readonly name = 'NoRoom';

  constructor(cause: string) {
    const description = 'This server accepts no more clients right now. Try again later.';
    super('temporarily_unavailable', description, { retryAfterSeconds: 3600, cause: new Error(cause) });
  }
}

/** Applications that may exist before this claim finds no room: what is left is kept for the claims that matter more. */
export function ceilingOf({ oauth: { maxClients } }: SignInConfig, claim: Claim): number {
  const reserved = Math.min(wellKnownClients.size, Math.floor(maxClients / 4));
  if (claim === 'registration') return Math.max(1, Math.floor((maxClients * 3) / 4));
  return claim === 'approved' ? Math.max(1, maxClients - reserved) : maxClients;
}

/**
 * Makes an application if there is room: under our own ceiling (`MAX_CLIENTS`), which leaves the rest of the tenant's
 * quota to its owner, and under that quota. Otherwise an application that nobody uses gives up its place: one that has
 * waited an hour for its first sign-in, then the one idle longest (`PRUNE_IDLE_DAYS`).
 *
 * @throws NoRoom
 * @throws TenantError
 */
export async function withRoom(
  config: SignInConfig,
  claim: Claim,
  ours: ClientRecord[],
  deadline: Deadline,
  create: () => Promise<Application>,
): Promise<Application> {
  const full = claim !== 'shared' && ours.length >= ceilingOf(config, claim);
  if (full && !(await makeRoom(config, claim, ours, deadline))) throw await noRoom(config, 'MAX_CLIENTS');
  const createInQuota = () =>
    create().catch((error) => {
      if (error instanceof TenantError && error.kind === 'quota') return undefined;
      throw error;
    });
  let made = await createInQuota();
  if (!made && !full && (await makeRoom(config, claim, ours, deadline))) made = await createInQuota();
  if (!made) throw await noRoom(config, 'tenant quota');
  return made;
}

async function makeRoom(
  config: SignInConfig,
  claim: Claim,
  ours: ClientRecord[],
  deadline: Deadline,
): Promise<boolean> {
  const victim = leastUseful(config, claim, ours);
  if (!victim) return false;
  const { application, hash, document, lastUsed } = victim;
  log('warn', 'application removed to make room', { application, lastUsed: lastUsed ?? 'never' });
  await deleteApplication(config, application, deadline);
  await forgetCopy(config, application, hash);
  audit(config, {
    action: 'client-deleted',
    actor: 'server',
    client: document ?? application,
    reason: 'made room',
  });
  return true;
}

/**
 * The application whose loss hurts least, never the shared one: it keeps everybody's door open, so it may also take any
 * place.
 */
function leastUseful(config: SignInConfig, claim: Claim, ours: ClientRecord[]): ClientRecord | undefined {
  const now = Date.now();
  const byAge = ours.filter((record) => !isShared(record)).toSorted((a, b) => a.createdAt - b.createdAt);
  const unused = byAge.filter(({ lastUsed }) => !lastUsed);
  const abandoned = unused.find(({ createdAt }) => createdAt * 1000 < now - graceSeconds * 1000);
  const byUse = byAge
    .filter(({ lastUsed }) => lastUsed)
    .toSorted((a, b) => String(a.lastUsed).localeCompare(String(b.lastUsed)));
  const idle = byUse.find(
    ({ lastUsed }) => now - Date.parse(lastUsed ?? '') > config.oauth.pruneIdleDays * 86_400_000,
  );
  if (claim !== 'shared') return abandoned ?? idle;
  return abandoned ?? idle ?? unused.at(-1) ?? byUse[0];
}

async function noRoom(config: SignInConfig, limit: string): Promise<NoRoom> {
  log('warn', 'no room for another application: see MAX_CLIENTS and PRUNE_IDLE_DAYS', { limit });
  await noteScarceRoom(config);
  return new NoRoom(limit);
}
