import type { SignInConfig } from '../../../config.ts';
import { ensureApplication, type Making } from './create.ts';
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
