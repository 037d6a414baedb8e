import type { Loopback } from './loopback.ts';
import type { Answer } from './probe.ts';
import type { TenantCredentials } from './tenant/credentials.ts';
import type { Management } from './tenant/management.ts';

export type Options = {
  /** The URL as a person would paste it into a client. */
  url: string;
  signIn: boolean;
  /** Milliseconds to wait for any one answer; undefined waits as long as Claude does. */
  timeout: number | undefined;
  /** Milliseconds for the person to sign in. */
  signInTimeout: number;
  tenant: TenantCredentials | undefined;
  /** Shows the sign-in URL to the person, and opens it unless told not to. */
  presentSignIn: (url: string) => void;
};

/** Milliseconds after which Claude gives up. */
export const claudeLimits = { discovery: 10_000, registration: 10_000, token: 10_000, refresh: 30_000 };

/** Authorization-server metadata (RFC 8414), as far as clients read it; absent members are undefined. */
export type ServerMetadata = {
  issuer: string;
  authorizationEndpoint: string | undefined;
  tokenEndpoint: string | undefined;
  registrationEndpoint: string | undefined;
  revocationEndpoint: string | undefined;
  scopes: string[];
  authMethods: string[];
  acceptsClientDocuments: boolean;
  promisesIss: boolean;
};

/** A client that the doctor registered, or Claude's own document. */
export type ExaminedClient = {
  id: string;
  secret: string | undefined;
  authMethod: 'none' | 'client_secret_post';
  redirectUri: string;
  /** RFC 7592, where the server offers it. */
  management: { url: string; token: string } | undefined;
};

export type Tokens = { access: string; refresh: string | undefined };

/** All that is known so far. Each check adds what it learned; what is undefined was not found. */
export type Examination = {
  options: Options;
  url: URL;
  /** The resource identifier clients will use: the typed URL without a trailing slash. */
  resource: string;
  /** Values that must never be shown. */
  secrets: Set<string>;
  /** Why there is no point in connecting; undefined when nothing speaks against it. */
  lost?: string;
  /** The answer to a first request without a token, if it came from an MCP server. */
  contact?: Answer;
  /** Whether that request was let in or sent to sign in. */
  access?: 'public' | 'bearer';
  /** Parameters of the Bearer challenge, by lower-case name. */
  challenge?: Map<string, string>;
  resourceMetadataUrl?: string;
  /** Origin of the `resource` that the metadata names. */
  resourceOrigin?: string | undefined;
  /** `scopes_supported` of the resource metadata. */
  resourceScopes?: string[];
  issuer?: string;
  server?: ServerMetadata;
  /** Registered with method `none`, as Claude and most clients do. */
  publicClient?: ExaminedClient;
  /** Registered with `client_secret_post`. */
  confidentialClient?: ExaminedClient;
  loopback?: Loopback;
  /** The client that signed in, and what it got. */
  signedIn?: { client: ExaminedClient; tokens: Tokens };
  /** Whether the MCP server took the access token. */
  tokenAccepted?: boolean;
  management?: Management;
};

/** The time to wait for an answer of a kind, in milliseconds. */
export function patience(examination: Examination, kind: keyof typeof claudeLimits = 'discovery'): number {
  return examination.options.timeout ?? claudeLimits[kind];
}

/** Marks values as not to be shown. */
export function keepSecret({ secrets }: Examination, ...values: (string | undefined)[]): void {
  for (const value of values) if (value) secrets.add(value);
}
