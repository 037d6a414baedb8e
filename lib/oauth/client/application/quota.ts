import { type Application, deleteApplication } from '../../../auth0/applications.ts';
import { TenantError } from '../../../auth0/errors.ts';
import type { Deadline } from '../../../auth0/request.ts';
import type { SignInConfig } from '../../../config.ts';
import { OAuthError } from '../../../http/errors.ts';
import { log } from '../../../log.ts';
import { forgetCopy } from './cache.ts';
import { oldest } from './list.ts';
import type { ClientRecord } from './record.ts';

/** Seconds for which an unused application keeps its place when room is needed. */
const graceSeconds = 3600;

/**
 * Makes an application where there is room for one: under our own ceiling (`MAX_CLIENTS`), which leaves the rest of
 * the tenant's quota to its owner, and under that quota. Where there is none, the application that has waited
 * longest for its first sign-in gives up its place, so that a flood of registrations cannot lock others out.
 *
 * @throws TenantError `quota`, OAuthError `temporarily_unavailable` when every application is used or new.
 */
export async function withRoom(
  config: SignInConfig,
  ours: ClientRecord[],
  deadline: Deadline,
  create: () => Promise<Application>,
): Promise<Application> {
  const atCeiling = ours.length >= config.oauth.maxClients;
  if (atCeiling && !(await makeRoom(config, ours, deadline))) throw full();
  try {
    return await create();
  } catch (error) {
    const atQuota = error instanceof TenantError && error.kind === 'quota';
    if (atQuota && !atCeiling && (await makeRoom(config, ours, deadline))) return create();
    throw error;
  }
}

async function makeRoom(config: SignInConfig, ours: ClientRecord[], deadline: Deadline): Promise<boolean> {
  const before = Date.now() / 1000 - graceSeconds;
  const victim = oldest(ours.filter((record) => !record.lastUsed && record.createdAt < before));
  if (!victim) return false;
  log('warn', 'unused application removed to make room', { application: victim.application });
  await deleteApplication(config, victim.application, deadline);
  await forgetCopy(config, victim.application, victim.hash);
  return true;
}

function full(): OAuthError {
  log('error', 'no more clients: see MAX_CLIENTS and PRUNE_IDLE_DAYS');
  return new OAuthError(
    'temporarily_unavailable',
    'This server takes no more clients at present. Try again later, or ask its owner to remove unused ones.',
    { retryAfterSeconds: 3600 },
  );
}
