/** How a client proves itself at the token endpoint (RFC 7591 section 2). */
export const clientAuthMethods = ['none', 'client_secret_post', 'client_secret_basic'] as const;
export type ClientAuthMethod = (typeof clientAuthMethods)[number];

/** An OAuth client of ours, wherever we know it from. */
export type Client = {
  /** What the client calls itself: the id we registered it under, or the URL of its metadata document. */
  id: string;
  source: 'registration' | 'document';
  /** Cleaned for display, chosen by the client: never a reason to trust it. */
  name: string;
  redirectUris: string[];
  authMethod: ClientAuthMethod;
  /** Whether it uses the refresh token grant. */
  usesRefreshToken: boolean;
};
