import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { CompactEncrypt, compactDecrypt } from 'jose';
import { z } from 'zod';

/** What an opaque access token holds for the tenant alone; `exp` in seconds since 1970. */
const opaqueClaims = z.object({
  sub: z.string(),
  client_id: z.string(),
  scopes: z.array(z.string()),
  exp: z.number(),
});
export type OpaqueClaims = z.infer<typeof opaqueClaims>;

/** The tenant's own key for opaque tokens. */
export function newOpaqueTokenKey(): KeyObject {
  return createSecretKey(randomBytes(32));
}

/** Seals claims into the five-part token with an empty second part that Auth0 hands out without an audience. */
export function sealOpaqueToken(key: KeyObject, issuer: string, claims: OpaqueClaims): Promise<string> {
  return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', iss: issuer })
    .encrypt(key);
}

/** The claims of an opaque token of this tenant; undefined if it is anything else. Expiry is the caller's to check. */
export async function openOpaqueToken(key: KeyObject, token: string): Promise<OpaqueClaims | undefined> {
  try {
    const { plaintext } = await compactDecrypt(token, key);
    return opaqueClaims.parse(JSON.parse(new TextDecoder().decode(plaintext)));
  } catch {
    return undefined;
  }
}
