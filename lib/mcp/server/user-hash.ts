import type { Principal } from '../../access-token/principal.ts';
import { sha256 } from '../../sha256.ts';

/**
 * The user in the store's keys: issuer and subject without the client, so that all clients of a user share the data.
 * A plain hash without the sealing secret, because rotating the secret must not lose what users have stored.
 */
export function userHash({ issuer, subject }: Pick<Principal, 'issuer' | 'subject'>): string {
  return sha256(JSON.stringify([issuer, subject])).slice(0, 22);
}
