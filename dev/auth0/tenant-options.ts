import type { OrganizationSeed } from './model/organizations.ts';
import type { VaultProvider } from './model/vault.ts';
import type { RequestLine } from './request-log.ts';
import type { Switches } from './switches.ts';

export type TenantOptions = {
  /** 0 takes any free port. */
  port: number;
  /** The Management application of a new tenant. It has a grant for the Management API. */
  managementClient: { id: string; secret: string };
  /** Scopes of that grant. Default: all except those for client secrets. */
  managementScopes?: string[];
  /** Identifier of the API that a new tenant has (`OAUTH_AUDIENCE`). Without it, there is none. */
  apiIdentifier?: string;
  /** Scopes of that API with their descriptions. Default: `mcp:read`, `mcp:write` and `mcp:admin`. */
  apiScopes?: Readonly<Record<string, string>>;
  /** Further permissions of that API with their descriptions, which only the administrator has. */
  apiPermissions?: Readonly<Record<string, string>>;
  /**
   * Another API of the tenant, which the server may call on behalf of its users, and the custom API client as which it
   * does: what `npm run setup -- --downstream` makes.
   */
  downstream?: {
    identifier: string;
    scopes: string[];
    apiClient: { id: string; secret: string };
  };
  /** Customers' organizations of a new tenant, such as `demoOrganizations`. Without them, there are none. */
  organizations?: OrganizationSeed[];
  /**
   * Connections through which users may connect accounts of other companies, with their providers: what
   * `npm run setup -- --accounts` sets up. The My Account API is activated, and `apiClient` may use Token Vault.
   */
  accounts?: {
    providers: Record<string, VaultProvider>;
    apiClient: { id: string; secret: string };
  };
  /** `empty` leaves the API out, to try setting up a tenant. */
  seed?: 'ready' | 'empty';
  /**
   * Users who sign in with a password, instead of the demo users. Without `permissions`, a user has every permission
   * that an API defines.
   */
  users?: { email: string; password: string; name: string; permissions?: string[] }[];
  /** Switches that differ from the default from the start. */
  switches?: Partial<Switches>;
  /** Called after every request, with nothing secret. */
  onRequest?: (line: RequestLine) => void;
};
