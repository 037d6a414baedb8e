import { waitUntil } from '@vercel/functions';
import type { SignInContext } from '../http/endpoint.ts';
import { OAuthError } from '../http/errors.ts';
import { errorFields, log } from '../log.ts';
import { openAccessToken } from './grant.ts';
import { lastKnownStanding, readStanding, recentStanding, type Standing } from './standing.ts';
import type { Verification } from './verification.ts';
import {
  askTenantAbout,
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

/**
 * Verifies an access token of ours: seal, expiry, origin, and where its grant stands. Costs no network call within a
 * minute of the last one, one read of the store after that, and about once an hour a question to the tenant.
 */
export async function verifyOwnToken(
  token: string,
  { config, origin }: SignInContext,
): Promise<Verification> {
  const opened = openAccessToken(config, token);
  if ('failure' in opened)
    return {
      failure: opened.failure === 'expired' ? 'The token has expired' : 'The token is not valid',
    };
  const { grant, expiresAtSeconds } = opened.value;
  if (grant.origin !== origin) return { failure: 'The token is for another address of this server' };
  const principal = {
    issuer: config.oauth.issuer,
    subject: grant.subject,
    clientId: grant.clientId,
    scopes: grant.scopes,
    expiresAt: expiresAtSeconds,
  };

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
  const confirmed = { value: { ...principal, scopes: currentScopes(grant.scopes, standing?.vouch) } };
  // Without a refresh token the tenant cannot be asked: the token ends when Auth0's does.
  if (grant.upstream === undefined) return confirmed;

  const age = Date.now() / 1000 - vouchedAtSecondsOf(grant, standing);
  if (age < vouchLifetimeSeconds) return confirmed;
  if (storeFailure) return unavailable('This token cannot be checked right now.', storeFailure);
  if (age < vouchLifetimeSeconds + backgroundSeconds) {
    waitUntil(askTenantAbout(config, grant));
    return confirmed;
  }
  const outcome = await askTenantAbout(config, grant);
  if ('value' in outcome)
    return { value: { ...principal, scopes: currentScopes(grant.scopes, outcome.value) } };
  if (outcome.failure === 'refused') return ended;
  return age < outageSeconds ? confirmed : unavailable('The identity provider does not answer.');
}
