import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { exportJWK, type JWK } from 'jose';

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

/** Creates one RSA key. A second would double the start time of a tenant. */
export async function createSigningKeys(): Promise<SigningKeys> {
  return { current: await newKey(), previous: [] };
}

/** Signs with a new key from now on, and keeps only the previous key in the key set, as Auth0 does. */
export async function rotateSigningKeys(keys: SigningKeys): Promise<void> {
  const next = await newKey();
  keys.previous = [keys.current];
  keys.current = next;
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
