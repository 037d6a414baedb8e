import type { SignInConfig } from '../../config.ts';
import type { ExtensionGrant } from './extension-grant.ts';
import * as registered from './registered.ts';

const extensionGrants: readonly ExtensionGrant[] = Object.values(registered);

/** The extensions that are turned on. */
export function enabledGrants(config: SignInConfig): ExtensionGrant[] {
  return extensionGrants.filter((each) => each.isEnabled(config));
}
