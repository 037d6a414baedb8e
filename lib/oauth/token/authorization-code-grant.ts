import { keepConnection } from '../../access-token/connections.ts';
import { auditedGrant } from '../../access-token/grant.ts';
import { noteOrganization } from '../../access-token/organizations.ts';
import { endGrant } from '../../access-token/standing.ts';
import type { SignInConfig } from '../../config.ts';
import type { SignInContext } from '../../http/endpoint.ts';
import { OAuthError } from '../../http/errors.ts';
import type { Parameters } from '../../http/parameters.ts';
import { waitUntil } from '../../invocation.ts';
import { annotate, errorFields, log } from '../../log.ts';
import { audit } from '../../store/audit.ts';
import { usedCodeKey } from '../../store/keys.ts';
import { withStore } from '../../store/redis.ts';
import {
  type AuthorizationCode,
  codeLifetimeSeconds,
  openCode,
} from '../authorization/authorization-code.ts';
import type { Client } from '../client/client.ts';
import { displayHost } from '../client/redirect-uri.ts';
import { requireVerifier } from '../pkce.ts';
import { requireResourceOf } from '../resource-indicator.ts';
import { type TokenResponse, tokenResponse } from './response.ts';

/** Seconds within which a second redemption counts as the client's own repetition, not as a stolen code. */
const repetitionSeconds = 10;

/**
 * The authorization code grant (RFC 6749 section 4.1.3, RFC 7636). Everything else is checked before the code is used up,
 * so that whoever has stolen a code cannot even spoil it for its owner. Asks neither the tenant nor, but for that one
 * mark, the store.
 *
 * @throws OAuthError
 */
export async function redeemCode(
  context: SignInContext,
  client: Client,
  parameters: Parameters,
): Promise<TokenResponse> {
  const { config, origin } = context;
  const presented = parameters.get('code');
  const verifier = parameters.get('code_verifier');
  if (presented === undefined) throw new OAuthError('invalid_request', 'code is missing.');
  if (verifier === undefined) throw new OAuthError('invalid_request', 'code_verifier is missing.');

  const opened = openCode(config, presented);
  if ('failure' in opened)
    throw new OAuthError(
      'invalid_grant',
      opened.failure === 'expired' ? 'The code has expired.' : 'The code is not valid.',
    );
  const code = opened.value;
  const { grant } = code;
  annotate({ signIn: grant.id });
  if (grant.clientId !== client.shortId)
    throw new OAuthError('invalid_grant', 'The code was issued to another client.');
  if (grant.origin !== origin)
    throw new OAuthError('invalid_grant', 'The code was issued at another address of this server.');
  requireResourceOf(grant, parameters, context);
  requireRedirectUri(code, parameters.get('redirect_uri'));
  requireVerifier(code.codeChallenge, verifier);
  await useUp(config, code);
  noteOrganization(config, grant);
  waitUntil(keepConnection(config, grant, { name: client.name, host: displayHost(code.redirectUri) }));
  return tokenResponse(config, grant, grant.scopes, 0);
}

/** RFC 6749 section 4.1.3: required, and identical, if the authorization request named it. */
function requireRedirectUri(
  { redirectUri, redirectUriSent }: AuthorizationCode,
  presented: string | undefined,
): void {
  if (presented === undefined ? redirectUriSent : presented !== redirectUri)
    throw new OAuthError('invalid_grant', 'redirect_uri differs from the authorization request.');
}

/**
 * Marks the code as used. If it was used before, whoever holds the grant by now may have stolen it, so it ends (RFC 6749
 * section 10.5); but not for a client that repeats its request at once. Without the store, single use is not checked:
 * the code still needs its client and verifier.
 */
async function useUp(config: SignInConfig, { id, grant }: AuthorizationCode): Promise<void> {
  const nowSeconds = Math.floor(Date.now() / 1000);
  let usedAtSeconds: number;
  try {
    const key = usedCodeKey(id);
    const first = await withStore(config, (redis) =>
      redis.set(key, String(nowSeconds), { nx: true, ex: codeLifetimeSeconds }),
    );
    if (first !== null) return;
    usedAtSeconds = Number(await withStore(config, (redis) => redis.get(key), { retry: true }));
  } catch (error) {
    log('warn', 'single use of a code not checked', errorFields(error));
    return;
  }
  if (nowSeconds - usedAtSeconds > repetitionSeconds) {
    audit(config, {
      action: 'replay',
      actor: 'client',
      ...auditedGrant(config, grant),
      reason: 'code',
    });
    await endGrant(config, grant.id).catch((error) => log('warn', 'grant not ended', errorFields(error)));
  }
  throw new OAuthError('invalid_grant', 'The code was already used.');
}
