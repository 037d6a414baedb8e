import { createHmac, hkdfSync } from 'node:crypto';
import { EncryptJWT, errors, jwtDecrypt } from 'jose';
import type { Config } from './config.ts';

/** What a seal is for. Each purpose has its own key, so that one kind of sealed value never opens as another. */
export type Purpose =
  | 'state'
  | 'code'
  | 'consent-form'
  | 'consent-memory'
  | 'management-token'
  | 'refresh-answer'
  | 'refresh-token'
  | 'client-secret'
  | 'principal'
  | 'request-state';

/** Why a sealed value did not open. */
export type SealFailure = 'expired' | 'invalid';

export type Opened<T> = { value: T } | { failure: SealFailure };

const keys = new WeakMap<Config, Map<string, Uint8Array>>();

/**
 * The purpose's 256-bit keys, the current secret's first; HKDF-SHA-256 (RFC 5869) from the sealing secrets.
 */
export function keysFor(config: Config, purpose: Purpose): [Uint8Array, ...Uint8Array[]] {
  let derived = keys.get(config);
  if (!derived) {
    derived = new Map();
    keys.set(config, derived);
  }
  const known = derived;
  const derive = (secret: string, index: number): Uint8Array => {
    const slot = `${index} ${purpose}`;
    let key = known.get(slot);
    if (!key) {
      key = new Uint8Array(hkdfSync('sha256', secret, '', `mcp-auth0-vercel ${purpose} 1`, 32));
      known.set(slot, key);
    }
    return key;
  };
  const [current, ...previous] = config.sealingSecrets;
  return [derive(current, 0), ...previous.map((secret, index) => derive(secret, index + 1))];
}

/**
 * Encrypts and authenticates a value as a compact JWE (RFC 7516), URL-safe.
 *
 * @param lifetime seconds until it no longer opens.
 */
export async function seal(
  config: Config,
  purpose: Purpose,
  value: unknown,
  lifetime: number,
): Promise<string> {
  const [key] = keysFor(config, purpose);
  return new EncryptJWT({ v: value })
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
    .setExpirationTime(Math.floor(Date.now() / 1000) + lifetime)
    .encrypt(key);
}

/** Opens what `seal` made for the same purpose, also under the previous sealing secret. Never throws on bad input. */
export async function open<T>(config: Config, purpose: Purpose, sealed: string): Promise<Opened<T>> {
  let failure: SealFailure = 'invalid';
  for (const key of keysFor(config, purpose)) {
    try {
      const { payload } = await jwtDecrypt(sealed, key, {
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
        requiredClaims: ['exp'],
      });
      return { value: payload.v as T };
    } catch (error) {
      if (error instanceof errors.JWTExpired) failure = 'expired';
    }
  }
  return { failure };
}

/** A keyed SHA-256 (RFC 2104) of some text under a purpose's key, base64url; one per accepted sealing secret. */
export function macs(config: Config, purpose: Purpose, text: string): [string, ...string[]] {
  const sign = (key: Uint8Array) => createHmac('sha256', key).update(text).digest('base64url');
  const [current, ...previous] = keysFor(config, purpose);
  return [sign(current), ...previous.map(sign)];
}
