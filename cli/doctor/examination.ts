import type { Loopback } from './loopback.ts';
import type { Management, TenantCredentials } from './management.ts';
import type { Answer, NoAnswer } from './probe.ts';
import type { TestUser } from './test-user.ts';

export type Options = {
  /** The URL as a person would paste it into a client. */
  url: string;
  /** Whether to sign in and run the checks that need a token. */
  signIn: boolean;
  /** Whether to check what Claude’s connector directory requires too. */
  directory: boolean;
  /** Signs in instead of a person, if given. */
  testUser: TestUser | undefined;
  /** Milliseconds to wait for any one answer. Undefined: as long as Claude waits. */
  timeoutMs: number | undefined;
  /** Milliseconds that a person has to sign in. */
  signInTimeoutMs: number;
  /** Vercel's “Protection Bypass for Automation” secret. Only the origin of the URL receives it. */
  bypassSecret: string | undefined;
  tenant: TenantCredentials | undefined;
  /** Shows the sign-in URL to a person, and opens it unless told not to. */
  presentSignIn: (url: string) => void;
  /** Receives every request of the examination with its answer, which may contain secrets. */
  onExchange?: (exchange: Exchange) => void;
};

/** A request as it was sent, and what came back. */
export type Exchange = { method: string; url: string; body: unknown; answer: Answer | NoAnswer };

/** Authorization server metadata (RFC 8414) that clients read. Undefined: the document does not have it. */
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

/** A client that the doctor registered, or Claude's own client document. */
export type ExaminedClient = {
  id: string;
  secret: string | undefined;
  authMethod: 'none' | 'client_secret_post';
  redirectUri: string;
  /** The client configuration endpoint (RFC 7592), if the server offers one. */
  management: { url: string; token: string } | undefined;
};

export type Tokens = { access: string; refresh: string | undefined };

/** What is known so far. Each check adds what it learned. Undefined: not found. */
export type Examination = {
  options: Options;
  url: URL;
  /** The resource identifier that clients use: the typed URL without a trailing slash. */
  resource: string;
  /** Values that must never be shown. */
  secrets: Set<string>;
  /** Why it is pointless to connect. Undefined: nothing known against it. */
  lost?: string;
  /** The answer to the first request without a token, if it came from an MCP server. */
  contact?: Answer;
  /** Whether the server answered that request or asked for a sign-in. */
  access?: 'public' | 'bearer';
  /** Parameters of the Bearer challenge, by lower-case name. */
  challenge?: Map<string, string>;
  resourceMetadataUrl?: string;
  /** Origin of the `resource` in the metadata. */
  resourceOrigin?: string | undefined;
  /** `scopes_supported` of the resource metadata. */
  resourceScopes?: string[];
  /** Links in the resource's or the server's metadata. */
  links?: { privacy?: string | undefined; documentation?: string | undefined };
  issuer?: string;
  server?: ServerMetadata;
  /** Registered with the method `none`, as Claude and most clients do. */
  publicClient?: ExaminedClient;
  /** Registered with `client_secret_post`. */
  confidentialClient?: ExaminedClient;
  loopback?: Loopback;
  /** The client that signed in, and its tokens. */
  signedIn?: { client: ExaminedClient; tokens: Tokens };
  /** Whether the MCP server accepted the access token. */
  tokenAccepted?: boolean;
  management?: Management;
};

/** Marks values that must not be shown. */
export function keepSecret({ secrets }: Examination, ...values: (string | undefined)[]): void {
  for (const value of values) if (value) secrets.add(value);
}
