import { creationOf } from '../../../auth0/applications.ts';
import type { SignInConfig } from '../../../config.ts';
import { ensureApplication, type Making, newApplication } from './create.ts';
import { findRecordByHash } from './lookup.ts';
import { type ClientRecord, sharedHash, sharedRegistration } from './record.ts';

/**
 * The application that clients share if there is no room for one each. That is no weaker: which client signs in is in
 * the sealed state, and the tenant sends every answer to our own callback. Users sign in to their connections page through
 * it too.
 *
 * @param beforeMaking called before the application is made: throws if the caller may not cause that.
 * @throws NoRoom, TenantError
 */
export async function sharedApplication(
  config: SignInConfig,
  making: Omit<Making, 'claim'>,
  beforeMaking?: () => Promise<void>,
): Promise<ClientRecord> {
  const known = await findRecordByHash(config, sharedHash);
  if (known && known !== 'unknown') return known;
  await beforeMaking?.();
  return ensureApplication(config, sharedRegistration, { ...making, claim: 'shared' });
}

/**
 * The body of `POST /api/v2/clients` that makes it, for setup: it may be needed before the first client comes. The server
 * changes how it is used with organizations when it first needs it, if the configuration says so.
 */
export function sharedApplicationCreation(audience: string, callbacks: string[]) {
  const createdAt = Math.floor(Date.now() / 1000);
  const record = { ...sharedRegistration, hash: sharedHash, createdAt };
  return creationOf(
    { organizations: undefined, serverUrl: '' },
    newApplication({ oauth: { audiences: [audience] } }, record, callbacks),
  );
}
