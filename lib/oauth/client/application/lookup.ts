import type { SignInConfig } from '../../../config.ts';
import { type Copy, forgetCopy, keepCopy, readCopy, readCopyByHash, rememberNoApplication } from './cache.ts';
import { type ClientRecord, recordOf } from './record.ts';

/** Milliseconds for which a copy counts before the tenant is asked whether the application still exists. */
const trustedForMs = 3600_000;
const listTimeoutMs = 5000;

/**
 * The registered client of an Auth0 application, from its copy, else from the tenant. An old copy still counts while the
 * tenant does not answer.
 *
 * @param beforeAsking called before the tenant is asked without a copy: throws if the caller may not.
 * @throws TenantError if there is no copy and the tenant cannot be asked.
 */
export async function findRecord(
  config: SignInConfig,
  application: string,
  beforeAsking?: () => Promise<void> | undefined,
): Promise<ClientRecord | undefined> {
  const copy = await readCopy(config, application);
  if (copy === 'unknown') return undefined;
  if (!copy) await beforeAsking?.();
  const record = copy ? await confirm(config, copy) : await ask(config, application);
  // The client of a document goes by its URL alone.
  return record?.document === undefined ? record : undefined;
}

/**
 * The client of a registration or document, from its copy alone: `unknown` if the tenant was just searched for it,
 * undefined if it would have to be.
 *
 * @param alongside as in `readCopyByHash`.
 */
export async function findRecordByHash(
  config: SignInConfig,
  hash: string,
  alongside?: (application: string) => void,
): Promise<ClientRecord | 'unknown' | undefined> {
  const copy = await readCopyByHash(config, hash, alongside);
  return copy && copy !== 'unknown' ? confirm(config, copy) : copy;
}

/** The same, searching the tenant's applications if there is no copy. Throws TenantError. */
export async function searchRecordByHash(
  config: SignInConfig,
  hash: string,
): Promise<ClientRecord | undefined> {
  const known = await findRecordByHash(config, hash);
  if (known) return known === 'unknown' ? undefined : known;
  const { listOurs } = await import('./list.ts');
  const listed = await listOurs(config, Date.now() + listTimeoutMs);
  const found = listed.find((record) => record.hash === hash);
  await (found ? keepCopy(config, found) : rememberNoApplication(config, hash));
  return found;
}

async function confirm(
  config: SignInConfig,
  { record, checkedAtMs }: Copy,
): Promise<ClientRecord | undefined> {
  if (Date.now() - checkedAtMs < trustedForMs) return record;
  return ask(config, record.application, record).catch(() => record);
}

async function ask(config: SignInConfig, application: string, known?: ClientRecord) {
  // Loaded on first use: there is nearly always a copy.
  const { getApplication } = await import('../../../auth0/applications.ts');
  const found = await getApplication(config, application);
  const record = found && recordOf(config, found);
  if (!record) {
    await forgetCopy(config, application, known?.hash);
    return undefined;
  }
  const confirmed: ClientRecord = { ...record, connections: known?.connections };
  await keepCopy(config, confirmed);
  return confirmed;
}
