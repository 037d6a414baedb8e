import type { Application } from '../application.ts';

/** What planning needs to know. */
export type AccountsInput = {
  /** The connections. */
  names: string[];
  /** Origin of the tenant. */
  tenant: string;
  /** The identifier of the server's API. */
  identifier: string;
  serverUrl: string;
  applications: Application[];
  /** The secret of an existing application, if it can be found. */
  secretOf: (clientId: string) => Promise<string | undefined>;
};

/** The applications that use the connections: known once they are found or made. */
export type AccountsApplications = { apiClient?: string; shared?: string };
