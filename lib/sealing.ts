import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import type { Config } from './config.ts';
import { perConfig } from './per-config.ts';
import type { Result } from './result.ts';
import type { Output, Schema } from './schema.ts';

/** What a key is for. Each purpose has its own, so that one kind of sealed value never opens as another. */
export type Purpose =
  | 'access-token'
  | 'account-form'
  | 'account-session'
  | 'account-state'
  | 'account-token'
  | 'client-id'
  | 'client-secret'
  | 'code'
  | 'connections-form'
  | 'connections-session'
  | 'connections-state'
  | 'consent-form'
  | 'consent-memory'
  | 'exchanged-token'
  | 'management-token'
  | 'principal'
  | 'profile'
  | 'record'
  | 'refresh-token'
  | 'registration-token'
  | 'request-state'
  | 'state'
  | 'task'
  | 'task-handle'
  | 'upstream-token';

/** Why a sealed value did not open. */
export type SealFailure = 'expired' | 'invalid';

/** Key objects, because bytes would be checked and copied for each use. */
type Keys = [KeyObject, ...KeyObject[]];

const derivedKeys = perConfig(() => new Map<Purpose, Keys>());

/** The purpose's 256-bit keys, the current secret's first; HKDF-SHA-256 (RFC 5869) from the sealing secrets. */
export function keysFor(config: Config, purpose: Purpose): Keys {
  const derived = derivedKeys(config);
  let keys = derived.get(purpose);
  if (!keys) {
    const derive = (secret: string) =>
      createSecretKey(new Uint8Array(hkdfSync('sha256', secret, '', `mcp-auth0-vercel ${purpose} 1`, 32)));
    const [current, ...previous] = config.sealingSecrets;
    keys = [derive(current), ...previous.map(derive)];
    derived.set(purpose, keys);
  }
  return keys;
}

/** The one protected header of our JWEs: a symmetric key used directly, AES-256-GCM (RFC 7518 sections 4.5 and 5.3). */
const header = Buffer.from('{"alg":"dir","enc":"A256GCM"}').toString('base64url');

/**
 * Encrypts and authenticates a value as a compact JWE (RFC 7516 section 7.1), URL-safe. By `node:crypto` and not by
 * `jose`, whose WebCrypto round trips take twenty times as long: a bearer token is opened on each call.
 *
 * @param lifetimeSeconds until it no longer opens.
 */
export function seal(config: Config, purpose: Purpose, value: unknown, lifetimeSeconds: number): string {
  const [key] = keysFor(config, purpose);
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(header));
  const payload = JSON.stringify({ v: value, exp: Math.floor(Date.now() / 1000) + lifetimeSeconds });
  const ciphertext = Buffer.concat([cipher.update(payload, 'utf8'), cipher.final()]);
  const parts = [iv, ciphertext, cipher.getAuthTag()].map((part) => part.toString('base64url'));
  return `${header}..${parts.join('.')}`;
}

/**
 * Opens what `seal` made for the same purpose, also under the previous sealing secret. Never throws on bad input.
 *
 * @param schema what the value must look like; a value of an older shape is `invalid`.
 */
export function open<S extends Schema>(
  config: Config,
  purpose: Purpose,
  schema: S,
  sealed: string,
): Result<Output<S>, SealFailure> {
  for (const key of keysFor(config, purpose)) {
    const payload = decrypt(key, sealed);
    if (!payload || typeof payload.exp !== 'number') continue;
    if (payload.exp <= Date.now() / 1000) return { failure: 'expired' };
    const parsed = schema.safeParse(payload.v);
    return parsed.success ? { value: parsed.data } : { failure: 'invalid' };
  }
  return { failure: 'invalid' };
}

const compactJwe = /^([\w-]+)\.\.([\w-]{16})\.([\w-]+)\.([\w-]{22})$/;

function decrypt(key: KeyObject, sealed: string): { v?: unknown; exp?: unknown } | undefined {
  const [, protectedHeader, iv = '', ciphertext = '', tag = ''] = compactJwe.exec(sealed) ?? [];
  if (protectedHeader !== header) return undefined;
  const [ivBytes, bytes, tagBytes] = [iv, ciphertext, tag].map((part) => Buffer.from(part, 'base64url'));
  if (!ivBytes || !bytes || !tagBytes) return undefined;
  // One value, one spelling: unused bits of a part's last character must be zero.
  if (bytes.toString('base64url') !== ciphertext || tagBytes.toString('base64url') !== tag) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, ivBytes)
      .setAAD(Buffer.from(header))
      .setAuthTag(tagBytes);
    return JSON.parse(Buffer.concat([decipher.update(bytes), decipher.final()]).toString('utf8'));
  } catch {
    return undefined;
  }
}

/** A keyed SHA-256 (RFC 2104) of some text under a purpose's key, base64url; one per accepted sealing secret. */
export function macs(config: Config, purpose: Purpose, text: string): [string, ...string[]] {
  const sign = (key: KeyObject) => createHmac('sha256', key).update(text).digest('base64url');
  const [current, ...previous] = keysFor(config, purpose);
  return [sign(current), ...previous.map(sign)];
}

/** Whether two texts are the same, in a time that does not tell how far they agree. */
export function isSameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
