import type { Grant } from '../access-token/grant.ts';
import type { SignInContext } from '../http/endpoint.ts';
import { OAuthError } from '../http/errors.ts';
import type { Parameters } from '../http/parameters.ts';
import { type Addressed, organizationOfOrigin } from '../organizations/address.ts';
import { ourResource } from '../origin.ts';

/**
 * What a request is for, by its `resource` (RFC 8707 section 2); clients may leave it out. Used at the authorization and
 * the token endpoint. Nothing else in a request selects an organization. At the origin of an organization it is that one.
 *
 * @throws OAuthError `invalid_target` if the resource is not this server, or is another organization's.
 */
export function requestedResource(
  parameters: Parameters,
  { config, origin }: Pick<SignInContext, 'config' | 'origin'>,
): Addressed {
  const own = organizationOfOrigin(origin, config);
  const value = parameters.get('resource');
  if (value === undefined) return { organization: own, organizationPath: undefined };
  const resource = ourResource(value, config);
  if (!resource) throw new OAuthError('invalid_target', 'The resource is not one of this server.');
  const { organizationPath } = resource;
  if (organizationOfOrigin(resource.origin, config) !== own)
    throw new OAuthError('invalid_target', 'The resource belongs to another organization.');
  return { organization: organizationPath ?? own, organizationPath };
}

/**
 * Refuses a `resource` in a token request that is another organization's than the grant's, or none's.
 *
 * @throws OAuthError `invalid_target`
 */
export function requireResourceOf(
  grant: Pick<Grant, 'organizationPath'>,
  parameters: Parameters,
  context: SignInContext,
): void {
  if (!parameters.has('resource')) return;
  if (requestedResource(parameters, context).organizationPath !== grant.organizationPath)
    throw new OAuthError('invalid_target', 'The resource is not the one that was granted.');
}
