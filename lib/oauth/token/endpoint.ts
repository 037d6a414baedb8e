import { waitUntil } from '@vercel/functions';
import type { Context } from '../../http/endpoint.ts';
import { OAuthError } from '../../http/errors.ts';
import { bodyParameters } from '../../http/parameters.ts';
import { annotate } from '../../log.ts';
import { limit } from '../../store/rate-limit.ts';
import { knownApplication } from '../client/application/application.ts';
import { authenticateClient } from '../client/authentication.ts';
import { oauthConfig } from '../enabled.ts';
import { requireOurResource } from '../resource-indicator.ts';
import { redeemCode } from './authorization-code-grant.ts';
import { refresh } from './refresh-token-grant.ts';

const grants = { authorization_code: redeemCode, refresh_token: refresh };

/** `POST /oauth/token` (RFC 6749 section 3.2). */
export async function token(request: Request, context: Context): Promise<Response> {
  oauthConfig(context);
  await limit(context, request, 'token');
  const parameters = await bodyParameters(request);
  const client = await authenticateClient(request, parameters, context);
  annotate({ client: client.id });
  requireOurResource(parameters, context.config);

  const grantType = parameters.get('grant_type');
  if (grantType === undefined) throw new OAuthError('invalid_request', 'grant_type is missing.');
  annotate({ grant: grantType.slice(0, 40) });
  if (!isGrant(grantType))
    throw new OAuthError(
      'unsupported_grant_type',
      'Only authorization_code and refresh_token are supported.',
    );
  const response = await grants[grantType](context, client, parameters);
  // Looking the application up notes, now and then, that the client is in use.
  waitUntil(knownApplication(context, client).catch(() => undefined));
  return Response.json(response, { headers: { 'cache-control': 'no-store', pragma: 'no-cache' } });
}

function isGrant(grantType: string): grantType is keyof typeof grants {
  return Object.hasOwn(grants, grantType);
}
