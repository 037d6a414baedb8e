import type { OAuthConfig } from '../config.ts';
import type { Context } from '../http/endpoint.ts';
import { OAuthError } from '../http/errors.ts';

/** The tenant's configuration. Throws a 404 under `OAUTH_ENABLED=false`: then there is no facade to talk to. */
export function oauthConfig({ config }: Context): OAuthConfig {
  if (!config.oauth)
    throw new OAuthError('invalid_request', 'This server runs without sign-in.', { status: 404 });
  return config.oauth;
}
