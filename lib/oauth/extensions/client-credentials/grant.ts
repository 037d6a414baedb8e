import { randomUUID } from 'node:crypto';
import { auditedGrant, type Grant } from '../../../access-token/grant.ts';
import { machineSubject } from '../../../access-token/principal.ts';
import { namedOrganization, signedInOrganization } from '../../../access-token/signed-in-organization.ts';
import { readStanding } from '../../../access-token/standing.ts';
import { TenantError } from '../../../auth0/errors.ts';
import type { SignInContext } from '../../../http/endpoint.ts';
import { OAuthError } from '../../../http/errors.ts';
import type { Parameters } from '../../../http/parameters.ts';
import { annotate, errorFields, log } from '../../../log.ts';
import type { Addressed } from '../../../organizations/address.ts';
import { type Organization, toKeep } from '../../../organizations/organization.ts';
import { furtherPermissions, isScope } from '../../../scope-rules.ts';
import { audit } from '../../../store/audit.ts';
import { realmOf } from '../../../store/keys.ts';
import { type Credentials, invalidClient, readCredentials } from '../../client/credentials.ts';
import type { Redeemed } from '../extension-grant.ts';
import { byAssertion } from './by-assertion.ts';
import { bySecret } from './by-secret.ts';
import type { Proven } from './proven.ts';

const notForOrganization = 'This client may not act for this organization, or must act for one.';

/**
 * The client credentials grant (RFC 6749 section 4.4). The client authenticates with its secret, which the tenant checks,
 * or with an assertion (RFC 7523), which this server checks. There is no refresh token: the client asks again (section
 * 4.4.3). The organization that it acts for is the resource's; the tenant decides whether it may.
 *
 * @throws OAuthError `invalid_client`, `unauthorized_client`, `invalid_scope`, `temporarily_unavailable`
 */
export async function redeem(
  request: Request,
  context: SignInContext,
  parameters: Parameters,
  addressed: Addressed,
): Promise<Redeemed> {
  const { config, origin } = context;
  const credentials = readCredentials(request, parameters);
  const { clientId } = credentials;
  if (clientId === undefined) throw invalidClient('The client_id is missing.', credentials.basic);
  annotate({ client: clientId.slice(0, 64) });
  const wanted = parameters.get('scope')?.split(' ').filter(Boolean);
  const asked = await namedOrganization(context, request, addressed.organization);
  const proven = await prove(request, context, clientId, credentials, asked);
  const organization = await signedInOrganization(config, asked, proven.claimed).catch((error) => {
    throw error instanceof TenantError ? error : new OAuthError('unauthorized_client', notForOrganization);
  });
  const allowed = proven.scopes.filter(isScope);
  // Fewer than it asks for (RFC 6749 section 3.3): the SDKs ask for every scope that the metadata lists.
  const scopes = wanted?.length ? allowed.filter((scope) => wanted.includes(scope)) : allowed;
  if (scopes.length === 0)
    throw new OAuthError('invalid_scope', 'This client has been granted none of these scopes.');

  const nowSeconds = Math.floor(Date.now() / 1000);
  const grant: Grant = {
    id: randomUUID(),
    realm: realmOf(config),
    subject: machineSubject(clientId),
    clientId,
    application: clientId,
    scopes,
    permissions: furtherPermissions(proven.scopes),
    organization: toKeep(organization),
    organizationPath: addressed.organizationPath,
    origin,
    signedInAtSeconds: nowSeconds,
    vouchedAtSeconds: nowSeconds,
    upstreamExpiresAtSeconds: proven.expiresAtSeconds,
  };
  await requireUnblocked(context, grant);
  annotate({ signIn: grant.id });
  audit(config, {
    action: 'sign-in',
    actor: 'client',
    ...auditedGrant(config, grant),
    scopes: scopes.join(' '),
  });
  return { grant, scopes };
}

function prove(
  request: Request,
  context: SignInContext,
  clientId: string,
  { secret, assertion, basic }: Credentials,
  organization: Organization | undefined,
): Promise<Proven> {
  // What a client that signs may do, its registration here says, and that knows no organizations.
  if (assertion !== undefined && organization)
    throw new OAuthError('unauthorized_client', notForOrganization);
  if (assertion !== undefined) return byAssertion(request, context, clientId, assertion);
  if (secret !== undefined) return bySecret(context, clientId, { secret, basic }, organization);
  throw invalidClient('A machine client must authenticate with its secret or an assertion.', basic);
}

/** An operator's block counts for new tokens too. Without the store it is checked when the token is used. */
async function requireUnblocked({ config }: SignInContext, grant: Grant): Promise<void> {
  const standing = await readStanding(config, grant).catch((error) => {
    log('warn', 'block of a machine client not checked', errorFields(error));
    return undefined;
  });
  if (standing?.ended)
    throw new OAuthError('unauthorized_client', 'The operator of this server has blocked this client.');
}
