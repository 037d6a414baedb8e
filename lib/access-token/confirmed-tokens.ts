import { subjectByUserInfo, type UpstreamTokens } from '../auth0/token.ts';
import type { SignInConfig } from '../config.ts';
import type { Result } from '../result.ts';
import { z } from '../schema.ts';
import { furtherPermissions, withoutUnassigned } from '../scope-rules.ts';
import { claimsOf, rememberProfile } from './profile.ts';
import type { ClaimedOrganization } from './tenant-jwt.ts';
import { isJwt } from './verification.ts';

/** What tokens of the tenant say. */
export type ConfirmedTokens = {
  subject: string;
  scopes: string[];
  permissions: string[] | undefined;
  /** The organization that the tokens are for, as they claim it; undefined if the server knows no organizations. */
  organization: ClaimedOrganization | undefined;
  name: string | undefined;
};

/**
 * Verifies tokens that the tenant has just handed to us: by its keys for a JWT, by `/userinfo` for an opaque one. Keeps
 * the user's profile if there is an ID token.
 *
 * @param expected the application that they must be issued to, the scopes that were asked for, and the API that they must be
 * for, if it is not ours.
 * @returns user and granted scopes, or why the tokens are not accepted.
 * @throws TenantError
 */
export async function confirmTokens(
  config: SignInConfig,
  tokens: UpstreamTokens,
  expected: { application: string; scopes: string[]; audience?: string | undefined },
): Promise<Result<ConfirmedTokens, string>> {
  const { access_token: accessToken } = tokens;
  // RFC 6749 section 5.1: `scope` may be left out if it is what was asked for.
  let scopes = tokens.scope?.split(' ') ?? expected.scopes;
  let subject: string | undefined;
  let permissions: string[] | undefined;
  const { id_token: idToken } = tokens;
  let organization = config.organizations && idToken ? organizationIn(idToken) : undefined;
  if (isJwt(accessToken)) {
    // Loaded on first use: `jose` is needed for nothing else, and most calls never get here.
    const { verifyTenantJwt } = await import('./tenant-jwt.ts');
    const { audience } = expected;
    const oauth =
      audience === undefined ? config.oauth : { ...config.oauth, audiences: [audience] as [string] };
    const verified = await verifyTenantJwt(accessToken, oauth);
    if ('failure' in verified) return verified;
    if (verified.value.application !== expected.application)
      return { failure: 'The token was issued to another application' };
    subject = verified.value.subject;
    permissions = verified.value.permissions;
    if (config.organizations && idToken && organization?.id !== verified.value.organization?.id)
      return { failure: 'The tokens are for different organizations' };
    if (config.organizations) organization = verified.value.organization;
    if (tokens.scope === undefined && verified.value.scopes.length) scopes = verified.value.scopes;
  } else subject = await subjectByUserInfo(config.oauth, accessToken);
  if (subject === undefined) return { failure: 'The token is not valid' };
  const profile = idToken ? rememberProfile(config, idToken, { subject, organization }) : undefined;
  return {
    value: {
      subject,
      scopes: withoutUnassigned(scopes, permissions),
      permissions: furtherPermissions(permissions),
      organization,
      name: profile?.email ?? profile?.name,
    },
  };
}

const organizationClaims = z.object({ org_id: z.string().min(1), org_name: z.string().min(1).optional() });

/** The organization that an ID token is for. It comes straight from the tenant over TLS: see `rememberProfile`. */
function organizationIn(idToken: string): ClaimedOrganization | undefined {
  const claims = organizationClaims.safeParse(claimsOf(idToken)).data;
  return claims && { id: claims.org_id, name: claims.org_name };
}
