import { randomBytes } from 'node:crypto';
import type { SignInConfig } from '../../config.ts';
import type { SignInContext } from '../../http/endpoint.ts';
import { callbackUrl } from '../../origin.ts';
import { upstreamScope } from '../../scope-rules.ts';
import { sha256 } from '../../sha256.ts';

type TenantAuthorization = {
  /** The Auth0 application through which the user signs in. */
  application: string;
  /** Scopes of ours, or of `audience`; OpenID's are added. */
  scopes: readonly string[];
  /** Another API than ours. */
  audience?: string | undefined;
  /** Our sealed state. */
  state: string;
  /** Our PKCE verifier. */
  verifier: string;
  /** The organization to sign in to. Without one, the tenant asks the user if the application is set up for that. */
  organization?: { id: string } | undefined;
  /** The ticket of an invitation to that organization. */
  invitation?: string | undefined;
  prompt?: string | undefined;
  loginHint?: string | undefined;
};

/** A PKCE verifier of 256 bits (RFC 7636 section 4.1). */
export function newVerifier(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * Where a browser is sent to sign in: the tenant's authorization endpoint (RFC 6749 section 4.1.1). Towards the tenant we
 * are the client, with our own callback and a PKCE pair of our own.
 */
export function tenantAuthorizationUrl(
  { config: { oauth }, origin }: SignInContext,
  {
    application,
    scopes,
    audience,
    state,
    verifier,
    organization,
    invitation,
    prompt,
    loginHint,
  }: TenantAuthorization,
): string {
  const url = new URL(`${oauth.tenant}/authorize`);
  url.search = new URLSearchParams({
    client_id: application,
    redirect_uri: callbackUrl(origin),
    response_type: 'code',
    // Never `resource`: the tenant would forward it to the user's identity provider.
    audience: audience ?? oauth.audiences[0],
    scope: upstreamScope(scopes),
    code_challenge: sha256(verifier),
    code_challenge_method: 'S256',
    state,
    // The id, which every tenant takes, and which another organization never gets.
    ...(organization && { organization: organization.id }),
    ...(invitation && { invitation }),
    ...(prompt && { prompt }),
    ...(loginHint && { login_hint: loginHint }),
  }).toString();
  return url.href;
}

/**
 * Where a form of ours that leads to the tenant may go, as CSP sources: Chromium applies `form-action` to every redirect
 * that follows the submission, and the tenant may send the user on to any identity provider, hence all of https.
 */
export function tenantFormAction({ oauth }: SignInConfig): string[] {
  return ["'self'", 'https:', new URL(oauth.tenant).origin];
}
