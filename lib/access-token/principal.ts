import type { Config } from '../config.ts';
import { macs } from '../sealing.ts';

/** Who is calling, as proven by a verified access token. */
export type Principal = {
  issuer: string;
  /** The user: the token's `sub`. */
  subject: string;
  /** The Auth0 application that the token was issued to. */
  clientId: string;
  scopes: string[];
  /** The token's audiences; empty when the token is opaque and names none. */
  audience: string[];
  /** Seconds since the epoch. */
  expiresAt: number;
  email?: string;
  name?: string;
};

/**
 * The principal's key in the store: an HMAC of issuer, subject and client, so that no user id stands in a key
 * and a session id guessed or stolen by someone else simply misses.
 */
export function principalHash(config: Config, principal: Principal): string {
  const identity = JSON.stringify([principal.issuer, principal.subject, principal.clientId]);
  return macs(config, 'principal', identity)[0].slice(0, 22);
}
