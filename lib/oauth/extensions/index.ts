import type { SignInConfig } from '../../config.ts';
import { clientCredentials } from './client-credentials/index.ts';
import { enterpriseManaged } from './enterprise-managed/index.ts';
import type { ExtensionGrant } from './extension-grant.ts';

/** The extensions of the token endpoint. Remove a line to remove an extension. */
const extensionGrants: ExtensionGrant[] = [clientCredentials, enterpriseManaged];

/** The extensions that are turned on. */
export function enabledGrants(config: SignInConfig): ExtensionGrant[] {
  return extensionGrants.filter((each) => each.isEnabled(config));
}
