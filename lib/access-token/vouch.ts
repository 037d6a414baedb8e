import { TenantError } from '../auth0/errors.ts';
import { redeemAtTenant, subjectByUserInfo, type UpstreamTokens } from '../auth0/token.ts';
import { BoundedMap } from '../bounded-map.ts';
import type { SignInConfig } from '../config.ts';
import { OAuthError } from '../http/errors.ts';
import { waitUntil } from '../invocation.ts';
import { annotate, errorFields, log } from '../log.ts';
import { perConfig } from '../per-config.ts';
import type { Result } from '../result.ts';
import { z } from '../schema.ts';
import { allScopes, furtherPermissions, isScope, offlineAccess, withoutUnassigned } from '../scope-rules.ts';
import { open, seal } from '../sealing.ts';
import { SingleFlight } from '../single-flight.ts';
import { audit } from '../store/audit.ts';
import { lockKey, vouchKey } from '../store/keys.ts';
import { acquire } from '../store/lock.ts';
import type { Grant } from './grant.ts';
import { userHash } from './principal.ts';
import { rememberProfile } from './profile.ts';
import { endGrant, keepVouch, readStanding, type Standing, type Vouch } from './standing.ts';
import { isJwt } from './verification.ts';

/** Seconds for which the tenant's word on a grant counts before the tenant is asked again. */
export const vouchLifetimeSeconds = 3600;
/** Seconds after that during which a connection in use is served while the tenant is asked in the background. */
export const backgroundSeconds = 900;
/** Seconds for which the tenant's last word counts while the tenant does not answer. */
export const outageSeconds = 24 * 3600;

/** Milliseconds that a request waits for the tenant while its last word still counts, and once that no longer does. */
const waitMs = { lastWordCounts: 2_500, lastWordExpired: 8_000 };
/** Milliseconds before a tenant that did not answer is asked about the same grant again. */
const pauseAfterFailureMs = 60_000;
const lockLifetimeMs = 12_000;
const lockTimeoutMs = 5_000;

type Outcome = Result<Vouch, 'refused' | 'unavailable'>;

const flights = perConfig(() => new SingleFlight<Outcome>());
const pausedUntilMs = perConfig(() => new BoundedMap<string, number>(5_000));

/** What a token of the grant may do: what it carries, so far as the tenant still grants it. */
export function currentScopes(scopes: string[], last: Vouch | undefined): string[] {
  return last ? scopes.filter((scope) => last.scopes.includes(scope)) : scopes;
}

/** When the tenant last confirmed the grant, in seconds since the epoch. */
export function vouchedAtSecondsOf(grant: Grant, standing: Standing | undefined): number {
  return Math.max(grant.vouchedAtSeconds, standing?.vouch?.vouchedAtSeconds ?? 0);
}

/**
 * Asks the tenant whether the grant still holds, with its refresh token: a blocked user, a revoked grant, permissions
 * taken away show in the answer. Once at a time per grant, on all instances.
 *
 * @returns what the tenant grants now; `refused` if the grant is over, which is then recorded; `unavailable` if the
 * tenant does not answer, or did not a minute ago.
 */
export function askTenantAbout(config: SignInConfig, grant: Grant): Promise<Outcome> {
  if ((pausedUntilMs(config).get(grant.id) ?? 0) > Date.now())
    return Promise.resolve({ failure: 'unavailable' });
  return flights(config).run(grant.id, async () => {
    const lock = await acquire(config, lockKey(vouchKey(grant.id)), {
      lifetimeMs: lockLifetimeMs,
      deadline: Date.now() + lockTimeoutMs,
    });
    try {
      // Another instance may have asked while this one waited for the lock.
      const standing = await readStanding(config, grant).catch(() => undefined);
      if (standing?.ended) return { failure: 'refused' };
      const age = Date.now() / 1000 - vouchedAtSecondsOf(grant, standing);
      if (standing?.vouch && age < vouchLifetimeSeconds) return { value: standing.vouch };
      const outcome = await ask(config, grant, standing?.vouch);
      return 'value' in outcome ? { value: outcome.value.vouched } : outcome;
    } catch (error) {
      pausedUntilMs(config).set(grant.id, Date.now() + pauseAfterFailureMs);
      log('warn', 'tenant could not be asked about a grant', errorFields(error));
      return { failure: 'unavailable' };
    } finally {
      if (lock.state === 'held') await lock.free();
    }
  });
}

/**
 * Like `askTenantAbout`, for a request that must not wait for a silent tenant: after some seconds the outcome is
 * `unavailable`, and the tenant is asked on in the background.
 *
 * @param ageSeconds since the tenant last confirmed the grant.
 */
export function awaitTenant(config: SignInConfig, grant: Grant, ageSeconds: number): Promise<Outcome> {
  const asked = askTenantAbout(config, grant);
  waitUntil(asked);
  const timeoutMs = ageSeconds < outageSeconds ? waitMs.lastWordCounts : waitMs.lastWordExpired;
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve({ failure: 'unavailable' }), timeoutMs);
    asked.then((outcome) => {
      clearTimeout(timer);
      resolve(outcome);
    });
  });
}

/**
 * A new access token of the tenant for a grant, which must not leave the server. Asks the tenant each time, and notes what
 * it says of the grant.
 *
 * @returns the token; `refused` if the grant is over or has no refresh token.
 * @throws OAuthError, TenantError if the tenant does not answer.
 */
export async function tenantAccessToken(
  config: SignInConfig,
  grant: Grant,
): Promise<Result<string, 'refused'>> {
  const standing = await readStanding(config, grant);
  if (standing.ended) return { failure: 'refused' };
  const outcome = await ask(config, grant, standing.vouch);
  return 'value' in outcome ? { value: outcome.value.tokens.access_token } : outcome;
}

async function ask(
  config: SignInConfig,
  grant: Grant,
  last: Vouch | undefined,
): Promise<Result<{ vouched: Vouch; tokens: UpstreamTokens }, 'refused'>> {
  const refreshToken = currentUpstream(config, grant, last);
  if (refreshToken === undefined) return { failure: 'refused' };
  try {
    const form = { grant_type: 'refresh_token', client_id: grant.application, refresh_token: refreshToken };
    const tokens = await redeemAtTenant(config.oauth, form, { repeatable: true });
    // Narrowed tokens share the grant: what is noted must not depend on which of them asked.
    const confirmed = await confirmTokens(config, tokens, { ...grant, scopes: allScopes });
    // A wrong setting, or signing keys that are not known yet: no reason to sign the user out.
    if ('failure' in confirmed) throw new TenantError('invalid', `refreshed: ${confirmed.failure}`);
    const { subject } = confirmed.value;
    // After accounts were linked, for example.
    if (grant.subject && subject !== grant.subject)
      return await refused(config, grant, 'The tokens belong to another user');
    const vouched: Vouch = {
      vouchedAtSeconds: Math.floor(Date.now() / 1000),
      subject,
      // That the user lets the client stay connected shows in there being a refresh token.
      scopes: [...confirmed.value.scopes.filter(isScope), offlineAccess],
      permissions: confirmed.value.permissions,
    };
    const replacement = tokens.refresh_token;
    if (replacement !== undefined && replacement !== grant.upstream)
      vouched.upstream = seal(config, 'upstream-token', replacement, config.refreshTokenLifetimeSeconds);
    await keepVouch(config, grant, vouched);
    annotate({ vouched: true });
    return { value: { vouched, tokens } };
  } catch (error) {
    const over =
      error instanceof OAuthError && (error.code === 'invalid_grant' || error.code === 'invalid_client');
    if (over) return await refused(config, grant, error.code);
    throw error;
  }
}

async function refused(config: SignInConfig, grant: Grant, reason: string): Promise<{ failure: 'refused' }> {
  // Unknown for a refresh token that an earlier version of this server issued.
  const user = grant.subject && userHash({ issuer: config.oauth.issuer, subject: grant.subject });
  audit(config, {
    action: 'refusal',
    actor: 'tenant',
    ...(user && { user }),
    ...{ client: grant.clientId, grant: grant.id, reason },
  });
  await endGrant(config, grant.id).catch((error) =>
    log('warn', 'end of a grant not kept', errorFields(error)),
  );
  return { failure: 'refused' };
}

/** Auth0's refresh token of the grant: its own, unless the tenant has replaced it. */
export function currentUpstream(
  config: SignInConfig,
  grant: Grant,
  last: Vouch | undefined,
): string | undefined {
  const opened = open(config, 'upstream-token', z.string(), last?.upstream ?? '');
  return 'value' in opened ? opened.value : grant.upstream;
}

/** What tokens of the tenant say. */
export type ConfirmedTokens = {
  subject: string;
  scopes: string[];
  permissions: string[] | undefined;
  name: string | undefined;
};

/**
 * Verifies tokens that the tenant has just handed to us: by its keys for a JWT, by `/userinfo` for an opaque one. Keeps
 * the user's profile if there is an ID token.
 *
 * @param expected the application that they must be issued to, the scopes that were asked for, and the API that they must be
 * for, if it is not ours.
 * @returns user and granted scopes, or why the tokens are not accepted.
 * @throws TenantError
 */
export async function confirmTokens(
  config: SignInConfig,
  tokens: UpstreamTokens,
  expected: { application: string; scopes: string[]; audience?: string | undefined },
): Promise<Result<ConfirmedTokens, string>> {
  const { access_token: accessToken } = tokens;
  // RFC 6749 section 5.1: `scope` may be left out if it is what was asked for.
  let scopes = tokens.scope?.split(' ') ?? expected.scopes;
  let subject: string | undefined;
  let permissions: string[] | undefined;
  if (isJwt(accessToken)) {
    // Loaded on first use: `jose` is needed for nothing else, and most calls never get here.
    const { verifyTenantJwt } = await import('./tenant-jwt.ts');
    const { audience } = expected;
    const oauth =
      audience === undefined ? config.oauth : { ...config.oauth, audiences: [audience] as [string] };
    const verified = await verifyTenantJwt(accessToken, oauth);
    if ('failure' in verified) return verified;
    if (verified.value.application !== expected.application)
      return { failure: 'The token was issued to another application' };
    subject = verified.value.subject;
    permissions = verified.value.permissions;
    if (tokens.scope === undefined && verified.value.scopes.length) scopes = verified.value.scopes;
  } else subject = await subjectByUserInfo(config.oauth, accessToken);
  if (subject === undefined) return { failure: 'The token is not valid' };
  const profile = tokens.id_token ? rememberProfile(config, tokens.id_token, subject) : undefined;
  return {
    value: {
      subject,
      scopes: withoutUnassigned(scopes, permissions),
      permissions: furtherPermissions(permissions),
      name: profile?.email ?? profile?.name,
    },
  };
}
