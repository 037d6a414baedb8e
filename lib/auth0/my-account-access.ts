import type { OAuthConfig } from '../config.ts';

/**
 * The identifier of the My Account API. Its domain must be the one that issued the token (Auth0 docs,
 * `manage-users/my-account-api`).
 */
export function myAccountAudience({ tenant }: Pick<OAuthConfig, 'tenant'>): string {
  return `${tenant}/me/`;
}

/** What the connections page may do with a user's connected accounts. */
export const myAccountScopes = [
  'create:me:connected_accounts',
  'read:me:connected_accounts',
  'delete:me:connected_accounts',
];
