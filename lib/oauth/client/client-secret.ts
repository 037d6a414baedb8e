import { randomBytes } from 'node:crypto';
import type { SignInConfig } from '../../config.ts';
import { isSameText, macs } from '../../sealing.ts';

/** Characters of the random part: 128 bits. */
const nonceLength = 22;

/**
 * A new client secret, unique to a registration: a random part, and a code over it and the client's id. Nothing needs to
 * be stored, and every instance can check it. Equal registrations share an id but no secret.
 */
export function newClientSecret(config: SignInConfig, clientId: string): string {
  const nonce = randomBytes(16).toString('base64url');
  return nonce + macs(config, 'client-secret', `${clientId} ${nonce}`)[0];
}

/** Whether a secret was issued to this client, also before a rotation of the sealing secret. */
export function isSecretOf(config: SignInConfig, clientId: string, secret: string): boolean {
  const [nonce, code] = [secret.slice(0, nonceLength), secret.slice(nonceLength)];
  const issued = macs(config, 'client-secret', `${clientId} ${nonce}`).map((mac) => isSameText(code, mac));
  // Earlier versions derived one secret from the id alone, and clients keep theirs.
  const earlier = macs(config, 'client-secret', clientId).map((mac) => isSameText(secret, mac));
  return [...issued, ...earlier].includes(true);
}
