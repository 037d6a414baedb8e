import { TenantError } from '../auth0/errors.ts';
import { redeemAtTenant, type UpstreamTokens } from '../auth0/token.ts';
import { BoundedMap } from '../bounded-map.ts';
import type { SignInConfig } from '../config.ts';
import { OAuthError } from '../http/errors.ts';
import { waitUntil } from '../invocation.ts';
import { annotate, errorFields, log } from '../log.ts';
import { perConfig } from '../per-config.ts';
import type { Result } from '../result.ts';
import { z } from '../schema.ts';
import { allScopes, isScope, offlineAccess } from '../scope-rules.ts';
import { open, seal } from '../sealing.ts';
import { SingleFlight } from '../single-flight.ts';
import { audit } from '../store/audit.ts';
import { lockKey, vouchKey } from '../store/keys.ts';
import { acquire } from '../store/lock.ts';
import { confirmTokens } from './confirmed-tokens.ts';
import { auditedGrant, type Grant } from './grant.ts';
import { endGrant, keepVouch, readStanding, type Standing, type Vouch } from './standing.ts';
import type { ClaimedOrganization } from './tenant-jwt.ts';

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
    const left = await leftOrganization(config, grant, confirmed.value.organization);
    if (left) return await refused(config, grant, left);
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

/**
 * Why a grant in an organization is over although the tenant refreshed it: the tokens are not for that organization, or the
 * user is no longer a member. Auth0 does not document that it checks memberships at a refresh, so they are looked up.
 */
async function leftOrganization(
  config: SignInConfig,
  { organization, subject }: Grant,
  claimed: ClaimedOrganization | undefined,
): Promise<string | undefined> {
  if (!organization) return undefined;
  if (config.organizations && claimed?.id !== organization.id)
    return 'The tokens are for another organization';
  const { isMember } = await import('../auth0/organizations.ts');
  try {
    return (await isMember(config, organization.id, subject)) ? undefined : 'The user left the organization';
  } catch (error) {
    // The tenant has just confirmed the grant itself, and it is asked again within the hour.
    log('warn', 'membership in an organization not checked', errorFields(error));
    return undefined;
  }
}

async function refused(config: SignInConfig, grant: Grant, reason: string): Promise<{ failure: 'refused' }> {
  const { user, ...audited } = auditedGrant(config, grant);
  audit(config, {
    ...{ action: 'refusal', actor: 'tenant', ...audited, reason },
    // Unknown for a refresh token that an earlier version of this server issued.
    ...(grant.subject && { user }),
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
