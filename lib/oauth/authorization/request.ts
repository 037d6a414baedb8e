import type { SignInContext } from '../../http/endpoint.ts';
import { OAuthError } from '../../http/errors.ts';
import type { Parameters } from '../../http/parameters.ts';
import type { Addressed } from '../../organizations/address.ts';
import { organization } from '../../organizations/organization.ts';
import { z } from '../../schema.ts';
import { type GrantableScope, isGrantable, requestedScopes } from '../../scope-rules.ts';
import { requireChallenge } from '../pkce.ts';
import { requestedResource } from '../resource-indicator.ts';

/** Longest `state` carried for a client, in characters; it travels inside ours, in Auth0's URL. */
const maxStateLength = 1024;
const maxLoginHintLength = 256;

/** An authorization request that passed every check, as the consent form carries it. */
export const authorization = z.object({
  /** Follows one sign-in through the log lines of all its functions, and identifies the grant it leads to. */
  signIn: z.string(),
  clientId: z.string(),
  /** What the grant names the client by: see `Client.shortId`. */
  clientShortId: z.string(),
  redirectUri: z.string(),
  /** Whether the request named the redirect URI, which the token request must then repeat. */
  redirectUriSent: z.boolean(),
  /** The client's state, to be returned unchanged. */
  state: z.string().optional(),
  codeChallenge: z.string(),
  scopes: z.array(z.custom<GrantableScope>((value) => typeof value === 'string' && isGrantable(value))),
  /** The organization that the resource or the origin names; undefined if neither does. */
  organization: organization.optional(),
  /** The name in the path of the endpoint that is asked for. */
  organizationPath: z.string().optional(),
  prompts: z.array(z.string()),
  loginHint: z.string().optional(),
});

export type Authorization = z.infer<typeof authorization>;

/**
 * Checks an authorization request whose client and redirect URI are known already (OAuth 2.1, RFC 7636, RFC 8707).
 * Throws the OAuthError for the client.
 */
export function readAuthorizationRequest(
  parameters: Parameters,
  context: SignInContext,
): Pick<Authorization, 'codeChallenge' | 'scopes' | 'prompts' | 'loginHint'> & { addressed: Addressed } {
  refuseRequestObjects(parameters);
  requireCode(parameters);
  const addressed = requestedResource(parameters, context);
  requireShortState(parameters);
  return {
    addressed,
    codeChallenge: requireChallenge(parameters),
    scopes: requestedScopes(parameters.get('scope')),
    prompts: readPrompts(parameters),
    loginHint: parameters.get('login_hint')?.slice(0, maxLoginHintLength),
  };
}

/** A longer one would not fit into the URL that takes it through the tenant. */
function requireShortState(parameters: Parameters): void {
  if ((parameters.get('state') ?? '').length > maxStateLength)
    throw new OAuthError('invalid_request', `The state is longer than ${maxStateLength} characters.`);
}

/** RFC 9101: what a request object says would escape the checks here. */
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
