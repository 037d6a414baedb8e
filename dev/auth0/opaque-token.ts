import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { CompactEncrypt, compactDecrypt } from 'jose';
import { z } from 'zod';

/** The content of an opaque access token, which only the tenant can read. `exp` in seconds since 1970. */
const opaqueClaims = z.object({
  sub: z.string(),
  client_id: z.string(),
  scopes: z.array(z.string()),
  exp: z.number(),
});
export type OpaqueClaims = z.infer<typeof opaqueClaims>;

/** A new key for opaque tokens. */
export function newOpaqueTokenKey(): KeyObject {
  return createSecretKey(randomBytes(32));
}

/** Encrypts claims into Auth0's opaque token format: five parts, of which the second is empty. */
export function sealOpaqueToken(key: KeyObject, issuer: string, claims: OpaqueClaims): Promise<string> {
  return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', iss: issuer })
    .encrypt(key);
}

/** The claims of an opaque token of this tenant, or undefined. Does not check whether it has expired. */
export async function openOpaqueToken(key: KeyObject, token: string): Promise<OpaqueClaims | undefined> {
  try {
    const { plaintext } = await compactDecrypt(token, key);
    return opaqueClaims.parse(JSON.parse(new TextDecoder().decode(plaintext)));
  } catch {
    return undefined;
  }
}
