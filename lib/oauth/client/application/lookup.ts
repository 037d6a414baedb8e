import { getApplication } from '../../../auth0/applications.ts';
import { deadlineIn } from '../../../auth0/request.ts';
import type { Config } from '../../../config.ts';
import { type Copy, forgetCopy, keepCopy, readCopy, readCopyByHash, rememberNoApplication } from './cache.ts';
import { listOurs } from './create.ts';
import { type ClientRecord, recordOf } from './record.ts';

/** Milliseconds for which a copy is believed before the tenant is asked whether the application still exists. */
const fresh = 3600_000;

/**
 * The registered client of an Auth0 application, by its copy, else by the tenant. While the tenant does not
 * answer, an old copy still counts.
 *
 * @param admit called before the tenant is asked without a copy: throws when the caller may not.
 * @throws TenantError when there is no copy and the tenant cannot be asked.
 */
export async function findRecord(
  config: Config,
  application: string,
  admit?: () => Promise<void> | undefined,
): Promise<ClientRecord | undefined> {
  const copy = await readCopy(config, application);
  if (copy === 'unknown') return undefined;
  if (!copy) await admit?.();
  const record = copy ? await confirm(config, copy) : await ask(config, application);
  // A document's client goes by its URL alone.
  return record?.document === undefined ? record : undefined;
}

/**
 * The client of a registration or document, by its copy alone: `unknown` when the tenant was searched for it
 * a moment ago, undefined when it would have to be.
 */
export async function findRecordByHash(
  config: Config,
  hash: string,
): Promise<ClientRecord | 'unknown' | undefined> {
  const copy = await readCopyByHash(config, hash);
  return copy && copy !== 'unknown' ? confirm(config, copy) : copy;
}

/** The same, searching the tenant's applications when there is no copy. Throws TenantError. */
export async function searchRecordByHash(config: Config, hash: string): Promise<ClientRecord | undefined> {
  const known = await findRecordByHash(config, hash);
  if (known) return known === 'unknown' ? undefined : known;
  const found = (await listOurs(config, deadlineIn(5000))).find((record) => record.hash === hash);
  await (found ? keepCopy(config, found) : rememberNoApplication(config, hash));
  return found;
}

async function confirm(config: Config, { record, checkedAt }: Copy): Promise<ClientRecord | undefined> {
  if (Date.now() - checkedAt < fresh) return record;
  return ask(config, record.application, record).catch(() => record);
}

async function ask(config: Config, application: string, known?: ClientRecord) {
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
