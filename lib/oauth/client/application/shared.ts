import type { SignInConfig } from '../../../config.ts';
import { ensureApplication } from './create.ts';
import { findRecordByHash } from './lookup.ts';
import { type ClientRecord, type Registration, registrationHash } from './record.ts';

/** Nobody can register this: a client has at least one redirect URI. */
const registration: Registration = {
  name: 'Clients without an application of their own',
  redirectUris: [],
  authMethod: 'none',
  usesRefreshToken: true,
};
const hash = registrationHash(registration);

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
  callbacks: string[],
  beforeMaking?: () => Promise<void>,
): Promise<ClientRecord> {
  const known = await findRecordByHash(config, hash);
  if (known && known !== 'unknown') return known;
  await beforeMaking?.();
  return ensureApplication(config, registration, { claim: 'shared', callbacks });
}

/** Whether this is the shared application, which is never pruned. */
export function isShared(record: ClientRecord): boolean {
  return record.hash === hash;
}
