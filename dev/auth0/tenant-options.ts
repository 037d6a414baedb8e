import type { RequestLine } from './request-log.ts';

export type TenantOptions = {
  /** 0 takes any free port. */
  port: number;
  /** The Management application that exists from the start, with a grant on the Management API. */
  managementClient: { id: string; secret: string };
  /** Scopes of that grant; all but those for client secrets by default. */
  managementScopes?: string[];
  /** Identifier of the API that exists from the start (= `OAUTH_AUDIENCE`); omitted: none does. */
  apiIdentifier?: string;
  /** `empty` leaves the API out, so that setting up a tenant can be tried. */
  seed?: 'ready' | 'empty';
  /** Who can sign in with a password; `permissions` absent means all that an API defines. */
  users?: { email: string; password: string; name: string; permissions?: string[] }[];
  /** Called after every request; carries nothing secret. */
  onRequest?: (line: RequestLine) => void;
};
