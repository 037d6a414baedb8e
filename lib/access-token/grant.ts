import { BoundedMap } from '../bounded-map.ts';
import type { Config, SignInConfig } from '../config.ts';
import { keptOrganization } from '../organizations/organization.ts';
import { perConfig } from '../per-config.ts';
import type { Result } from '../result.ts';
import { z } from '../schema.ts';
import { open, type SealFailure, seal } from '../sealing.ts';
import { sha256 } from '../sha256.ts';
import { realmOf } from '../store/keys.ts';
import { userHash } from './principal.ts';

/**
 * What a user granted a client, and what is needed to ask the tenant whether that still holds. Access and refresh tokens
 * carry it sealed, so no store is needed to issue or to open one, and nothing of Auth0's leaves the server.
 */
export const grant = z.object({
  /** What all tokens of one sign-in share, and what is revoked. */
  id: z.string().min(1),
  /** `realmOf`: a token is no good with another tenant or API, even under the same sealing secret. */
  realm: z.string(),
  /** The user: `sub` at the tenant. */
  subject: z.string().min(1),
  clientId: z.string().min(1),
  /** The Auth0 application through which the user signed in. */
  application: z.string().min(1),
  scopes: z.array(z.string()),
  /** The user's permissions at the tenant beyond our scopes, with role-based access control alone. */
  permissions: z.array(z.string()).optional(),
  /** The customer's organization that the user signed in to; undefined outside any. */
  organization: keptOrganization.optional(),
  /** The name in the path of the endpoint that the grant is for, `/o/<name>/mcp`; undefined for `/mcp`. */
  organizationPath: z.string().optional(),
  /** The origin the grant is for (RFC 8707): a preview's token is refused in production, and the reverse. */
  origin: z.string(),
  signedInAtSeconds: z.number(),
  /** When the tenant last confirmed the grant before the token was issued, in seconds since the epoch. */
  vouchedAtSeconds: z.number(),
  /** Auth0's refresh token. Undefined if the user did not allow the client to stay connected. */
  upstream: z.string().optional(),
  /** When Auth0's access token ends, in seconds since the epoch; the end of a grant without a refresh token. */
  upstreamExpiresAtSeconds: z.number(),
});

export type Grant = z.infer<typeof grant>;

/** The grant's user, as the key of their data: `userHash`. */
export function userOf(
  config: SignInConfig,
  { subject, organization }: Pick<Grant, 'subject' | 'organization'>,
): string {
  return userHash({ issuer: config.oauth.issuer, subject, organization });
}

/** Whose grant it is, as the audit log names them. */
export function auditedGrant(
  config: SignInConfig,
  grant: Pick<Grant, 'id' | 'subject' | 'organization' | 'clientId'>,
): { user: string; organization?: string; client: string; grant: string } {
  const { id, organization, clientId } = grant;
  return {
    user: userOf(config, grant),
    ...(organization && { organization: organization.id }),
    client: clientId,
    grant: id,
  };
}

const accessToken = z.object({ grant, expiresAtSeconds: z.number() });

/** What an access token of ours holds. */
export type AccessToken = z.infer<typeof accessToken>;

/** Seconds that a token issued now for this grant lives: `TOKEN_LIFETIME_DAYS`, or what is left of Auth0's own token. */
export function lifetimeSecondsOf(config: Config, { upstream, upstreamExpiresAtSeconds }: Grant): number {
  if (upstream !== undefined) return config.tokenLifetimeSeconds;
  return Math.max(1, Math.floor(upstreamExpiresAtSeconds - Date.now() / 1000));
}

/** Seals an access token of the given lifetime. */
export function sealAccessToken(config: Config, grant: Grant, lifetimeSeconds: number): string {
  const token: AccessToken = { grant, expiresAtSeconds: Math.floor(Date.now() / 1000) + lifetimeSeconds };
  return seal(config, 'access-token', token, lifetimeSeconds);
}

/** Tokens opened lately by their SHA-256: a client sends the same one with each call. */
const openedTokens = perConfig(() => new BoundedMap<string, AccessToken>(5_000));

/** Opens an access token of ours. No network call; opening the same token again costs a hash. */
export function openAccessToken(config: Config, token: string): Result<AccessToken, SealFailure> {
  const memory = openedTokens(config);
  const hash = sha256(token);
  const known = memory.get(hash);
  if (known) return known.expiresAtSeconds > Date.now() / 1000 ? { value: known } : { failure: 'expired' };
  const opened = open(config, 'access-token', accessToken, token);
  if ('failure' in opened) return opened;
  // Under the same secret, but for another tenant or API.
  if (opened.value.grant.realm !== realmOf(config)) return { failure: 'invalid' };
  memory.set(hash, opened.value);
  return opened;
}
