import type { JSONWebKeySet } from 'jose';

/** How a client that registers can prove itself at the token endpoint (RFC 7591 section 2). */
export const registrationAuthMethods = ['none', 'client_secret_post', 'client_secret_basic'] as const;

/** Every method: the client of a metadata document may sign assertions instead (RFC 7523 section 2.2). */
export const clientAuthMethods = [...registrationAuthMethods, 'private_key_jwt'] as const;
export type ClientAuthMethod = (typeof clientAuthMethods)[number];

/** Signature algorithms of client assertions. */
export const assertionAlgorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'];

/** The keys that a client signs with: in its metadata document, or at a URL that the document names. */
export type ClientKeys = { jwks: JSONWebKeySet } | { jwksUri: string };

/** An OAuth client of ours, wherever we know it from. */
export type Client = {
  /** What the client calls itself: the id we registered it under, or the URL of its metadata document. */
  id: string;
  /** What tokens and keys name it by: its id, or a hash of an id that carries a whole registration. */
  shortId: string;
  source: 'registration' | 'document';
  /** Cleaned for display, chosen by the client: never a reason to trust it. */
  name: string;
  redirectUris: string[];
  authMethod: ClientAuthMethod;
  /** Only with `private_key_jwt`. */
  keys?: ClientKeys | undefined;
  /** Whether it uses the refresh token grant. */
  usesRefreshToken: boolean;
};
