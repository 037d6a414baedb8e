import { BoundedMap } from '../bounded-map.ts';
import type { Config, SignInConfig } from '../config.ts';
import { waitUntil } from '../invocation.ts';
import { errorFields, log } from '../log.ts';
import { perConfig } from '../per-config.ts';
import { z } from '../schema.ts';
import { open, seal } from '../sealing.ts';
import { profileKey } from '../store/keys.ts';
import { withStore } from '../store/redis.ts';
import { type Principal, userHash } from './principal.ts';

/** Seconds that a profile is kept; each time the tenant confirms a grant renews it. */
const lifetimeSeconds = 30 * 86_400;

/** What the tenant says of a user. Sealed in the store, with whose it is. */
const profileClaims = z.object({ email: z.string().optional(), name: z.string().optional() });

const storedProfile = z.object({ user: z.string(), claims: profileClaims });

/** Milliseconds during which an instance does not write the same profile again. */
const writtenForMs = 3600_000;

/** What this instance wrote last of each user, and until when it does not write the same again. */
const written = perConfig(() => new BoundedMap<string, { text: string; untilMs: number }>(2_000));

/** What a user is called, as far as the tenant says. */
export type Profile = z.infer<typeof profileClaims>;

/**
 * Keeps the email and name of a user in the background, because Auth0's access tokens name neither. The ID token comes
 * straight from the tenant's token endpoint over TLS, so it needs no signature check (OpenID Connect Core section
 * 3.1.3.7). Losing the copy loses a courtesy.
 */
export function rememberProfile(config: SignInConfig, idToken: string, person: Person): Profile | undefined {
  const claims = profileClaims.safeParse(claimsOf(idToken)).data;
  if (claims) keepProfile(config, person, claims);
  return claims;
}

/** Whose profile it is: in each organization, a user has another one. */
type Person = { subject: string; organization?: { id: string } | undefined };

/** Keeps what a verified source says of a user, in the background. */
export function keepProfile(config: SignInConfig, { subject, organization }: Person, claims: Profile): void {
  if (claims.email === undefined && claims.name === undefined) return;
  const user = userHash({ issuer: config.oauth.issuer, subject, organization });
  const text = JSON.stringify(claims);
  const last = written(config).get(user);
  if (last?.text === text && last.untilMs > Date.now()) return;
  written(config).set(user, { text, untilMs: Date.now() + writtenForMs });
  const sealed = seal(config, 'profile', { user, claims }, lifetimeSeconds);
  waitUntil(
    withStore(config, (redis) => redis.set(profileKey(user), sealed, { ex: lifetimeSeconds })).catch(
      (error) => {
        written(config).delete(user);
        log('warn', 'profile not kept', errorFields(error));
      },
    ),
  );
}

/** The claims of a token, unverified. */
export function claimsOf(jwt: string): unknown {
  try {
    return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

/** The user's email and name as of the last time the tenant named them. Empty if unknown or the store is down. */
export function profileOf(config: Config, principal: Principal): Promise<Profile> {
  return profileOfUser(config, userHash(principal));
}

/** The same, by the user's `userHash`. */
export async function profileOfUser(config: Config, user: string): Promise<Profile> {
  const stored = await withStore(config, (redis) => redis.get(profileKey(user)), {
    retry: true,
  }).catch(() => null);
  const opened = open(config, 'profile', storedProfile, stored ?? '');
  return 'value' in opened && opened.value.user === user ? opened.value.claims : {};
}
