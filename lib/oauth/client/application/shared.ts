import type { SignInConfig } from '../../../config.ts';
import { ensureApplication } from './create.ts';
import { findRecordByHash } from './lookup.ts';
import { type ClientRecord, sharedHash, sharedRegistration } from './record.ts';

/**
 * The application that clients share if there is no room for one each. That is no weaker: which client signs in is in
 * the sealed state, and the tenant sends every answer to our own callback.
 *
 * @throws NoRoom, TenantError
 */
export async function sharedApplication(config: SignInConfig, callbacks: string[]): Promise<ClientRecord> {
  const known = await findRecordByHash(config, sharedHash);
  if (known && known !== 'unknown') return known;
  return ensureApplication(config, sharedRegistration, { claim: 'shared', callbacks });
}
