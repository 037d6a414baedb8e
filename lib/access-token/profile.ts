import { decodeJwt } from 'jose';
import { z } from 'zod';
import type { Config, OAuthConfig } from '../config.ts';
import { profileKey } from '../store/keys.ts';
import { withStore } from '../store/redis.ts';
import { parseStored } from '../store/stored.ts';
import type { Principal } from './principal.ts';

/** Seconds that a profile is kept; every sign-in and refresh renews it. */
const lifetime = 30 * 24 * 3600;

const profileClaims = z.object({
  sub: z.string().min(1),
  email: z.string().optional(),
  name: z.string().optional(),
});

export type Profile = { email?: string | undefined; name?: string | undefined };

/**
 * Keeps the email and name of the user who signed in, because Auth0's JWT access tokens name neither.
 * The ID token comes straight from the tenant's token endpoint over TLS, so it needs no signature check
 * (OpenID Connect Core section 3.1.3.7); it goes no further than this. Losing the copy loses a courtesy.
 */
export async function rememberProfile(config: Config, oauth: OAuthConfig, idToken: string): Promise<void> {
  const claims = profileClaims.safeParse(decodeJwt(idToken));
  if (!claims.success) return;
  const { sub, email, name } = claims.data;
  await withStore(config, (redis) =>
    redis.set(profileKey(oauth.issuer, sub), JSON.stringify({ sub, email, name }), { ex: lifetime }),
  );
}

/** The user's email and name as far as they are known: from the token, else from the last sign-in. */
export async function profileOf(config: Config, principal: Principal): Promise<Profile> {
  const { issuer, subject, email, name } = principal;
  if (email || name) return { email, name };
  const stored = await withStore(config, (redis) => redis.get<string>(profileKey(issuer, subject)), {
    retry: true,
  }).catch(() => null);
  const profile = parseStored(profileClaims, stored);
  return { email: profile?.email, name: profile?.name };
}
