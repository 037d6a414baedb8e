import type { Context } from 'koa';
import type { Application } from './model/applications.ts';
import type { TenantState } from './model/state.ts';
import { sameSecret } from './same-secret.ts';

type Credentials = { clientId: string | undefined; secret: string | undefined };

function credentials(ctx: Context, params: Record<string, string>): Credentials {
  const [scheme, encoded] = ctx.get('Authorization').split(' ');
  if (scheme?.toLowerCase() === 'basic' && encoded !== undefined) {
    const [id = '', ...secret] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
    try {
      return { clientId: decodeURIComponent(id), secret: decodeURIComponent(secret.join(':')) };
    } catch {
      return { clientId: undefined, secret: undefined };
    }
  }
  return { clientId: params.client_id, secret: params.client_secret };
}

/**
 * The application that sent this request, authenticated by its secret (Basic or body), or by its id alone if its method
 * is `none`. Undefined if authentication fails. Auth0 then answers 401 `access_denied`, whatever was wrong.
 *
 * Enforces, from the Authentication API reference: no secret without a client id; no secret of an application that
 * authenticates with a key or a certificate (`client_authentication_methods`), which this tenant cannot do. Whether Auth0
 * takes a secret by Basic from an application for `client_secret_post`, and the other way round, is not documented: both are
 * accepted.
 */
export function authenticateClient(
  state: TenantState,
  ctx: Context,
  params: Record<string, string>,
): Application | undefined {
  const { clientId, secret } = credentials(ctx, params);
  const application = state.applications.get(clientId ?? '');
  if (application === undefined) return undefined;
  if (secret === undefined)
    return application.token_endpoint_auth_method === 'none' ? application : undefined;
  if (application.client_authentication_methods) return undefined;
  return sameSecret(secret, application.client_secret) ? application : undefined;
}
