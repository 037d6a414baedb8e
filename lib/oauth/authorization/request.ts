import type { Config } from '../../config.ts';
import { OAuthError } from '../../http/errors.ts';
import type { Parameters } from '../../http/parameters.ts';
import { type GrantableScope, requestedScopes } from '../../scope-rules.ts';
import { requireChallenge } from '../pkce.ts';
import { requireOurResource } from '../resource-indicator.ts';
import type { ResponseTarget } from './response.ts';

/** Longest `state` carried for a client, in characters; it travels inside ours, in Auth0's URL. */
const longestState = 1024;
const longestLoginHint = 256;

/** What a checked authorization request asks for, beside where its answer goes. */
export type AuthorizationRequest = {
  codeChallenge: string;
  scopes: GrantableScope[];
  prompts: string[];
  loginHint: string | undefined;
};

/** An authorization request that passed every check, as the consent form carries it. */
export type Authorization = ResponseTarget &
  AuthorizationRequest & {
    /** Follows one sign-in through the log lines of all its functions. */
    signIn: string;
    clientId: string;
    redirectUriSent: boolean;
  };

/**
 * Checks an authorization request whose client and redirect URI are known already (OAuth 2.1, RFC 7636,
 * RFC 8707). Throws the OAuthError that goes back to the client.
 */
export function readAuthorizationRequest(parameters: Parameters, config: Config): AuthorizationRequest {
  refuseRequestObjects(parameters);
  requireCode(parameters);
  requireOurResource(parameters, config);
  requireShortState(parameters);
  return {
    codeChallenge: requireChallenge(parameters),
    scopes: requestedScopes(parameters.get('scope')),
    prompts: readPrompts(parameters),
    loginHint: parameters.get('login_hint')?.slice(0, longestLoginHint),
  };
}

/** A longer one would not fit into the URL that takes it through the tenant. */
function requireShortState(parameters: Parameters): void {
  if ((parameters.get('state') ?? '').length > longestState)
    throw new OAuthError('invalid_request', `The state is longer than ${longestState} characters.`);
}

/** RFC 9101: what stands in a request object would escape the checks here. */
function refuseRequestObjects(parameters: Parameters): void {
  if (parameters.has('request') || parameters.has('request_uri'))
    throw new OAuthError('invalid_request', 'Request objects are not supported.');
}

function requireCode(parameters: Parameters): void {
  const responseType = parameters.get('response_type');
  if (responseType === undefined) throw new OAuthError('invalid_request', 'response_type is missing.');
  if (responseType !== 'code')
    throw new OAuthError('unsupported_response_type', 'Only response_type code is supported.');
  if ((parameters.get('response_mode') ?? 'query') !== 'query')
    throw new OAuthError('invalid_request', 'Only response_mode query is supported.');
}

/** OpenID Connect Core section 3.1.2.1: `none` stands alone. */
function readPrompts(parameters: Parameters): string[] {
  const prompts = parameters.get('prompt')?.split(' ').filter(Boolean) ?? [];
  if (prompts.includes('none') && prompts.length > 1)
    throw new OAuthError('invalid_request', 'prompt none stands alone.');
  return prompts;
}
