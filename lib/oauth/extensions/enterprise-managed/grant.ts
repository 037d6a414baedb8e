import { randomUUID } from 'node:crypto';
import { auditedGrant, type Grant } from '../../../access-token/grant.ts';
import { keepProfile } from '../../../access-token/profile.ts';
import { namedOrganization } from '../../../access-token/signed-in-organization.ts';
import { readStanding } from '../../../access-token/standing.ts';
import type { SignInContext } from '../../../http/endpoint.ts';
import { OAuthError } from '../../../http/errors.ts';
import type { Parameters } from '../../../http/parameters.ts';
import { subjectPlaceholder } from '../../../identity-providers.ts';
import { annotate, errorFields, log } from '../../../log.ts';
import { type Addressed, organizationOfOrigin } from '../../../organizations/address.ts';
import { type Organization, toKeep } from '../../../organizations/organization.ts';
import { ourResource } from '../../../origin.ts';
import { isScope } from '../../../scope-rules.ts';
import { audit } from '../../../store/audit.ts';
import { realmOf } from '../../../store/keys.ts';
import { authenticateClient } from '../../client/authentication.ts';
import type { Redeemed } from '../extension-grant.ts';
import { type IdJag, verifyIdJag } from './id-jag.ts';
import { useUp } from './replay.ts';

/** Seconds that an access token lives. Then the client brings a new assertion, and the identity provider decides again. */
const lifetimeSeconds = 3600;

/** Scopes of OpenID Connect and OAuth that an identity provider may list in addition to ours; they grant nothing here. */
const ignoredScopes = new Set(['openid', 'profile', 'email', 'offline_access']);

/**
 * The JWT bearer grant with an ID-JAG (Enterprise-Managed Authorization sections 5 and 7,
 * draft-ietf-oauth-identity-assertion-authz-grant section 4.4). Nobody signs in here and nobody is asked: the company has
 * decided. There is no refresh token.
 *
 * @throws OAuthError `invalid_client`, `invalid_grant`, `invalid_scope`, `temporarily_unavailable`
 */
export async function redeem(
  request: Request,
  context: SignInContext,
  parameters: Parameters,
  addressed: Addressed,
): Promise<Redeemed> {
  const { config, origin } = context;
  const client = await authenticateClient(request, parameters, context);
  annotate({ client: client.id });
  const assertion = parameters.get('assertion');
  if (assertion === undefined) throw new OAuthError('invalid_request', 'assertion is missing.');

  const verified = await verifyIdJag(context, assertion);
  if ('failure' in verified) throw new OAuthError('invalid_grant', verified.failure);
  const { provider, claims } = verified.value;
  if (claims.client_id !== client.id)
    throw new OAuthError('invalid_grant', 'The assertion was issued to another client.');
  const organizationPath = assertedPath(context, parameters, verified.value, addressed);
  const organization = await assertedOrganization(request, context, verified.value, organizationPath);
  const scopes = grantedScopes(verified.value, parameters.get('scope'));

  const nowSeconds = Math.floor(Date.now() / 1000);
  const grant: Grant = {
    id: randomUUID(),
    realm: realmOf(config),
    subject: provider.subject.replace(subjectPlaceholder, () => claims.sub),
    clientId: client.shortId,
    application: client.id,
    scopes,
    organization: toKeep(organization),
    organizationPath,
    origin,
    signedInAtSeconds: nowSeconds,
    vouchedAtSeconds: nowSeconds,
    upstreamExpiresAtSeconds: nowSeconds + lifetimeSeconds,
  };
  await requireUnblocked(context, grant);
  // Last, so that nobody but its client can use an assertion up.
  await useUp(config, claims);
  annotate({ signIn: grant.id });
  const { email, name } = claims;
  keepProfile(config, grant, { email, name });
  audit(config, {
    action: 'sign-in',
    actor: 'tenant',
    ...auditedGrant(config, grant),
    scopes: scopes.join(' '),
    reason: 'enterprise',
  });
  return { grant, scopes };
}

/** The name in the path of the endpoint that the assertion is for, else that of the request's `resource`. */
function assertedPath(
  { config, origin }: SignInContext,
  parameters: Parameters,
  { claims }: IdJag,
  { organizationPath }: Addressed,
): string | undefined {
  if (claims.resource === undefined) return organizationPath;
  const resource = ourResource(claims.resource, config);
  if (resource?.origin !== origin)
    throw new OAuthError('invalid_grant', 'The assertion is for another resource.');
  if (parameters.has('resource') && resource.organizationPath !== organizationPath)
    throw new OAuthError('invalid_target', 'The resource is not the one that the assertion is for.');
  return resource.organizationPath;
}

/** The organization of the identity provider's users, by the operator's setting; no assertion reaches another one. */
async function assertedOrganization(
  request: Request,
  context: SignInContext,
  { provider }: IdJag,
  organizationPath: string | undefined,
): Promise<Organization | undefined> {
  const { config, origin } = context;
  const wanted = organizationPath ?? organizationOfOrigin(origin, config);
  if (wanted !== undefined && wanted !== provider.organization)
    throw new OAuthError(
      'invalid_grant',
      'The assertion is from the identity provider of another organization.',
    );
  return config.organizations && namedOrganization(context, request, provider.organization);
}

/** What the request, the assertion and the operator's setting for this identity provider all allow (section 7.2.1). */
function grantedScopes({ provider, claims }: IdJag, requested: string | undefined): string[] {
  const stated = claims.scope?.split(' ').filter(Boolean);
  if (stated?.some((scope) => !isScope(scope) && !ignoredScopes.has(scope)))
    throw new OAuthError('invalid_grant', 'The assertion names a scope that this server does not have.');
  const wanted = requested?.split(' ').filter(Boolean);
  const scopes = provider.scopes.filter(
    (scope) => (stated?.includes(scope) ?? true) && (wanted?.includes(scope) ?? true),
  );
  if (scopes.length === 0)
    throw new OAuthError('invalid_scope', 'Nothing that was asked for may be granted.');
  return scopes;
}

/** A block by the operator counts here too. Without the store it is checked when the token is used. */
async function requireUnblocked({ config }: SignInContext, grant: Grant): Promise<void> {
  const standing = await readStanding(config, grant).catch((error) => {
    log('warn', 'block not checked', errorFields(error));
    return undefined;
  });
  if (standing?.ended)
    throw new OAuthError('invalid_grant', 'The operator of this server has ended this connection.');
}
