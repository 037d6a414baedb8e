/**
 * Longest lifetime of the API's access tokens that setup keeps and the doctor accepts, in seconds: Auth0's default.
 * They cannot be revoked. Auth0 allows up to 30 days.
 */
export const longestTokenLifetimeSeconds = 86_400;
