import type { SignInConfig } from '../config.ts';
import type { SignInContext } from '../http/endpoint.ts';
import { OAuthError } from '../http/errors.ts';
import { waitUntil } from '../invocation.ts';
import { errorFields, log } from '../log.ts';
import { organizationInPath } from '../organizations/address.ts';
import type { Result } from '../result.ts';
import { refusedAddress } from './address.ts';
import { type Grant, openAccessToken } from './grant.ts';
import type { Principal } from './principal.ts';
import { lastKnownStanding, readStanding, recentStanding, type Standing, type Vouch } from './standing.ts';
import type { Verification } from './verification.ts';
import {
  askTenantAbout,
  awaitTenant,
  backgroundSeconds,
  currentScopes,
  outageSeconds,
  vouchedAtSecondsOf,
  vouchLifetimeSeconds,
} from './vouch.ts';

const ended = { failure: 'The connection was ended. Sign in again.' };

const unavailable = (description: string, cause?: unknown) => ({
  failure: new OAuthError('temporarily_unavailable', description, { retryAfterSeconds: 10, cause }),
});

/** A token that opened: its holder so far, and the check of where its grant stands. */
export type OpenedToken = { principal: Principal; grant: Grant; confirm(): Promise<Verification> };

/** Opens an access token of ours: seal, expiry, origin and organization. No network call. */
export function openOwnToken(token: string, context: SignInContext): Result<OpenedToken, string> {
  const { config } = context;
  const opened = openAccessToken(config, token);
  if ('failure' in opened)
    return { failure: opened.failure === 'expired' ? 'The token has expired' : 'The token is not valid' };
  const { grant, expiresAtSeconds } = opened.value;
  const refused = refusedAddress(context, grant, organizationInPath(context.url.pathname));
  if (refused) return { failure: refused };
  const principal: Principal = {
    issuer: config.oauth.issuer,
    subject: grant.subject,
    organization: grant.organization,
    clientId: grant.clientId,
    scopes: grant.scopes,
    permissions: grant.permissions,
    expiresAt: expiresAtSeconds,
  };
  return { value: { principal, grant, confirm: () => confirmGrant(config, grant, principal) } };
}

/**
 * Whether the grant still holds. Costs no network call within a minute of the last one, one read of the store after that
 * (in the same round trip as other reads of the turn, `inBatch`), and about once an hour a question to the tenant.
 */
async function confirmGrant(config: SignInConfig, grant: Grant, principal: Principal): Promise<Verification> {
  let standing: Standing | undefined = recentStanding(config, grant);
  let storeFailure: unknown;
  if (!standing) {
    try {
      standing = await readStanding(config, grant);
    } catch (error) {
      storeFailure = error;
      standing = lastKnownStanding(config, grant);
      log('warn', 'revocation of a token not checked', errorFields(error));
    }
  }
  if (standing?.ended) return ended;
  const confirmed = { value: asVouched(grant, principal, standing?.vouch) };
  // Without a refresh token the tenant cannot be asked: the token ends when Auth0's does.
  if (grant.upstream === undefined) return confirmed;

  const age = Date.now() / 1000 - vouchedAtSecondsOf(grant, standing);
  if (age < vouchLifetimeSeconds) return confirmed;
  if (storeFailure) return unavailable('This token cannot be checked right now.', storeFailure);
  if (age < vouchLifetimeSeconds + backgroundSeconds) {
    waitUntil(askTenantAbout(config, grant));
    return confirmed;
  }
  const outcome = await awaitTenant(config, grant, age);
  if ('value' in outcome) return { value: asVouched(grant, principal, outcome.value) };
  if (outcome.failure === 'refused') return ended;
  return age < outageSeconds ? confirmed : unavailable('The identity provider does not answer.');
}

/** The principal with what the tenant last said that the user may do. */
function asVouched(grant: Grant, principal: Principal, last: Vouch | undefined): Principal {
  if (!last) return principal;
  return { ...principal, scopes: currentScopes(grant.scopes, last), permissions: last.permissions };
}
