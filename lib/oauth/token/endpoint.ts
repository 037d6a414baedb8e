import { noteOrganization } from '../../access-token/organizations.ts';
import type { SignInConfig } from '../../config.ts';
import type { SignInContext } from '../../http/endpoint.ts';
import { OAuthError } from '../../http/errors.ts';
import { bodyParameters, type Parameters } from '../../http/parameters.ts';
import { waitUntil } from '../../invocation.ts';
import { annotate } from '../../log.ts';
import { limit, limited } from '../../store/rate-limit.ts';
import type { FoundClient } from '../client/application/record.ts';
import { authenticateClient } from '../client/authentication.ts';
import type { ExtensionGrant } from '../extensions/extension-grant.ts';
import { enabledGrants } from '../extensions/index.ts';
import { requestedResource } from '../resource-indicator.ts';
import { redeemCode } from './authorization-code-grant.ts';
import { type PresentedToken, readPresentedToken, refresh } from './refresh-token-grant.ts';
import { type TokenResponse, tokenResponse } from './response.ts';

type GrantHandler = (
  context: SignInContext,
  client: FoundClient,
  parameters: Parameters,
  presented: PresentedToken | undefined,
) => Promise<TokenResponse>;

const grantTypes = new Map<string, GrantHandler>([
  ['authorization_code', redeemCode],
  ['refresh_token', refresh],
]);

/** `POST /oauth/token` (RFC 6749 section 3.2). */
export async function token(request: Request, context: SignInContext): Promise<Response> {
  const parameters = await bodyParameters(request);
  const extension = enabledGrants(context.config).find(
    ({ grantType }) => grantType === parameters.get('grant_type'),
  );
  const response = extension
    ? await redeemExtension(extension, request, context, parameters)
    : await redeem(request, context, parameters);
  return Response.json(response, { headers: { 'cache-control': 'no-store', pragma: 'no-cache' } });
}

async function redeemExtension(
  extension: ExtensionGrant,
  request: Request,
  context: SignInContext,
  parameters: Parameters,
): Promise<TokenResponse> {
  const { config } = context;
  annotate({ grant: extension.grantType });
  await limit(context, request, extension.limit);
  const addressed = requestedResource(parameters, context);
  const { redeem } = await extension.load();
  const { grant, scopes } = await redeem(request, context, parameters, addressed);
  noteOrganization(config, grant);
  return tokenResponse(config, grant, scopes, 0);
}

async function redeem(
  request: Request,
  context: SignInContext,
  parameters: Parameters,
): Promise<TokenResponse> {
  // One round trip to the store: the rate limit, the client, and where the grant of a refresh token stands.
  const [client, presented] = await limited(context, request, 'token', () =>
    Promise.all([authenticateClient(request, parameters, context), readPresentedToken(context, parameters)]),
  );
  annotate({ client: client.id });
  // Refuses one that is not ours; whether it is the grant's is checked with the grant.
  requestedResource(parameters, context);

  const grantType = parameters.get('grant_type');
  if (grantType === undefined) throw new OAuthError('invalid_request', 'grant_type is missing.');
  annotate({ grant: grantType.slice(0, 40) });
  const handle = grantTypes.get(grantType);
  if (!handle)
    throw new OAuthError(
      'unsupported_grant_type',
      `Supported are ${[...grantTypes.keys(), ...enabledGrants(context.config).map((each) => each.grantType)].join(', ')}.`,
    );
  const response = await handle(context, client, parameters, presented);
  waitUntil(noteUse(context.config, client));
  return response;
}

/** Loads the code for applications after the response, because nothing else here needs it. */
async function noteUse(config: SignInConfig, client: FoundClient): Promise<void> {
  const { noteClientUse } = await import('../client/application/application.ts');
  await noteClientUse(config, client);
}
