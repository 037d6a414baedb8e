import { refusedAddress } from '../../access-token/address.ts';
import { keepConnection } from '../../access-token/connections.ts';
import { auditedGrant, type Grant } from '../../access-token/grant.ts';
import { endGrant, lastKnownStanding, readStanding, type Standing } from '../../access-token/standing.ts';
import {
  awaitTenant,
  outageSeconds,
  vouchedAtSecondsOf,
  vouchLifetimeSeconds,
} from '../../access-token/vouch.ts';
import type { SignInConfig } from '../../config.ts';
import type { SignInContext } from '../../http/endpoint.ts';
import { OAuthError } from '../../http/errors.ts';
import type { Parameters } from '../../http/parameters.ts';
import { waitUntil } from '../../invocation.ts';
import { annotate, errorFields, log } from '../../log.ts';
import { audit } from '../../store/audit.ts';
import { StoreUnavailable } from '../../store/redis.ts';
import type { FoundClient } from '../client/application/record.ts';
import { displayHost } from '../client/redirect-uri.ts';
import { requireResourceOf } from '../resource-indicator.ts';
import { redeemEarlier } from './earlier-refresh-token.ts';
import { type Generations, isReplay, noteGeneration, readGenerations } from './generation.ts';
import { narrowedScopes } from './narrowed-scopes.ts';
import { type EarlierRefreshToken, openRefreshToken, type RefreshToken } from './refresh-token.ts';
import { type TokenResponse, tokenResponse } from './response.ts';

/** A refresh token that a client presented, and what the store knows of its grant. */
export type PresentedToken = {
  token: RefreshToken | EarlierRefreshToken;
  /** Without the store, known only if this instance saw the grant end. */
  standing?: Standing | undefined;
  generations?: Generations;
};

/**
 * Opens the presented refresh token and reads what the store knows of its grant. Shares a round trip with the lookup of
 * the client (`inBatch`), and refuses nothing: the client has not authenticated yet, and `invalid_client` comes first.
 *
 * @returns undefined if no valid token is presented. The store is asked only about tokens that were issued here.
 */
export async function readPresentedToken(
  { config, origin }: SignInContext,
  parameters: Parameters,
): Promise<PresentedToken | undefined> {
  if (parameters.get('grant_type') !== 'refresh_token') return undefined;
  const token = openRefreshToken(config, parameters.get('refresh_token') ?? '');
  if (!token) return undefined;
  if (!('grant' in token) || token.grant.origin !== origin) return { token };
  const { grant } = token;
  try {
    const [standing, generations] = await Promise.all([
      readStanding(config, grant),
      readGenerations(config, grant.id),
    ]);
    return { token, standing, generations };
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    log('warn', 'revocation of a refresh token not checked', errorFields(error));
    const last = lastKnownStanding(config, grant);
    return { token, standing: last?.ended ? last : undefined };
  }
}

/**
 * The refresh token grant (RFC 6749 section 6): a new pair, without a call to the tenant unless one is due. Repeated and
 * concurrent refreshes are harmless, because each answer is made of the token alone.
 *
 * @param presented the token, from `readPresentedToken`.
 * @throws OAuthError `invalid_grant` for a dead token; `temporarily_unavailable` if that cannot be known right now.
 */
export async function refresh(
  context: SignInContext,
  client: FoundClient,
  parameters: Parameters,
  presented: PresentedToken | undefined,
): Promise<TokenResponse> {
  const { config, origin } = context;
  if (!parameters.has('refresh_token')) throw new OAuthError('invalid_request', 'refresh_token is missing.');
  if (!presented) throw new OAuthError('invalid_grant', 'The refresh token is not valid. Sign in again.');
  const { token, standing, generations } = presented;
  if (!('grant' in token)) return redeemEarlier(context, client, token, parameters.get('scope'));

  const { grant, generation } = token;
  annotate({ signIn: grant.id });
  if (grant.clientId !== client.shortId)
    throw new OAuthError('invalid_grant', 'The refresh token was issued to another client.');
  if (grant.origin !== origin)
    throw new OAuthError('invalid_grant', 'The refresh token was issued at another address of this server.');
  requireResourceOf(grant, parameters, context);
  const refused = refusedAddress(context, grant, grant.organizationPath);
  if (refused) throw new OAuthError('invalid_grant', `${refused}. Sign in again.`);
  const asked = narrowedScopes(grant.scopes, parameters.get('scope'));

  if (standing?.ended) throw over();
  if (isReplay(generation, generations)) {
    audit(config, {
      action: 'replay',
      actor: 'client',
      ...auditedGrant(config, grant),
      reason: 'refresh token',
    });
    await endGrant(config, grant.id);
    throw over();
  }
  const { scopes, vouchedAtSeconds } = await confirmed(context, grant, standing);
  const renewed: Grant = { ...grant, vouchedAtSeconds };
  waitUntil(noteGeneration(config, grant.id, generation, generations));
  waitUntil(noteConnection(config, client, renewed));
  return tokenResponse(
    config,
    renewed,
    asked.filter((scope) => scopes.includes(scope)),
    generation + 1,
  );
}

/** The user's page must show a connection that could not be noted when it was made, or whose note was lost. */
async function noteConnection(config: SignInConfig, client: FoundClient, grant: Grant): Promise<void> {
  const [redirectUri] = client.redirectUris;
  if (redirectUri === undefined) return;
  const connected = { name: client.name, host: displayHost(redirectUri) };
  await keepConnection(config, grant, connected, { again: true });
}

const over = () => new OAuthError('invalid_grant', 'The connection was ended. Sign in again.');

/** What the tenant grants now: as it last said, or by asking it if that is an hour ago. */
async function confirmed({ config }: SignInContext, grant: Grant, standing: Standing | undefined) {
  const vouchedAtSeconds = vouchedAtSecondsOf(grant, standing);
  const last = { scopes: standing?.vouch?.scopes ?? grant.scopes, vouchedAtSeconds };
  const age = Date.now() / 1000 - vouchedAtSeconds;
  if (age < vouchLifetimeSeconds) return last;
  const unavailable = new OAuthError('temporarily_unavailable', 'This token cannot be checked right now.', {
    retryAfterSeconds: 10,
  });
  // Without the store a revocation could not be seen.
  if (!standing) throw unavailable;
  const outcome = await awaitTenant(config, grant, age);
  if ('value' in outcome) return outcome.value;
  if (outcome.failure === 'refused') throw over();
  if (age < outageSeconds) return last;
  throw unavailable;
}
