import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { type CryptoKey, exportJWK, importJWK, type JWK } from 'jose';
import type { ResourceServer } from './model/resource-servers.ts';

/** The tenant's RS256 keys. The current one signs, the previous ones only verify. */
export type SigningKeys = { current: JWK & { kid: string }; previous: (JWK & { kid: string })[] };

const generate = promisify(generateKeyPair);

async function newKey(): Promise<JWK & { kid: string }> {
  const { privateKey } = await generate('rsa', { modulusLength: 2048 });
  return {
    ...(await exportJWK(privateKey)),
    alg: 'RS256',
    use: 'sig',
    kid: randomBytes(16).toString('base64url'),
  };
}

/** Keys of tenants that were closed. Generating one takes longer than the rest of a tenant's start. */
const unused: SigningKeys['current'][] = [];

/** Returns one RSA key that no other running tenant of this process has. A second would double the start time of a tenant. */
export async function createSigningKeys(): Promise<SigningKeys> {
  return { current: unused.pop() ?? (await newKey()), previous: [] };
}

/** Leaves the current key of a closed tenant to the next one. */
export function releaseSigningKeys({ current }: SigningKeys): void {
  unused.push(current);
}

/** Signs with a new key from now on, and keeps only the previous key in the key set, as Auth0 does. */
export async function rotateSigningKeys(keys: SigningKeys): Promise<void> {
  const next = await newKey();
  keys.previous = [keys.current];
  keys.current = next;
}

/** What signs an API's tokens: the tenant's key, or the secret that the API shares with the tenant (HS256). */
export async function signerOf(
  { current }: SigningKeys,
  { signing_alg: alg, signing_secret: secret }: ResourceServer,
): Promise<{ key: CryptoKey | Uint8Array; alg: string; kid?: string }> {
  if (alg === 'HS256') return { key: new TextEncoder().encode(secret), alg };
  return { key: await importJWK(current, alg), alg, kid: current.kid };
}

/** The public keys, as `/.well-known/jwks.json` serves them. */
export function publicJwks(keys: SigningKeys): { keys: JWK[] } {
  return {
    keys: [keys.current, ...keys.previous].map(({ kty, use, n, e, kid, alg }) => ({
      kty,
      use,
      n,
      e,
      kid,
      alg,
    })),
  } as { keys: JWK[] };
}
