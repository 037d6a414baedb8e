import type { Config } from '../config.ts';
import { OAuthError } from '../http/errors.ts';
import type { Parameters } from '../http/parameters.ts';
import { isOurResource } from '../origin.ts';

/**
 * Refuses a `resource` that is not this server (RFC 8707 section 2); clients may leave it out. Used at the
 * authorization and the token endpoint.
 *
 * @throws OAuthError `invalid_target`
 */
export function requireOurResource(parameters: Parameters, config: Config): void {
  const resource = parameters.get('resource');
  if (resource !== undefined && !isOurResource(resource, config))
    throw new OAuthError('invalid_target', 'The resource is not one of this server.');
}
