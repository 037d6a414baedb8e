/** How the doctor reaches an Auth0 tenant, and what the server expects of it. */
export type TenantCredentials = {
  /** Origin without a slash. */
  domain: string;
  clientId: string;
  clientSecret: string;
  /** The Management API's identifier. */
  managementAudience: string;
  connections: string[];
  /** The API's identifier, if it is known; else the server's origin. */
  audience: string | undefined;
};
