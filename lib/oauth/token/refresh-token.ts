import type { Config } from '../../config.ts';
import type { GrantableScope } from '../../scope-rules.ts';
import { type Opened, open, seal } from '../../sealing.ts';

/** Seconds after which a refresh token of ours ends at the latest; Auth0's own rules usually end it sooner. */
const longestLife = 366 * 86_400;

/**
 * What a refresh token of ours holds: Auth0's, and whom it was given to for what. So it works for its client
 * alone, its scopes cannot grow, and a token of some other application of the tenant is no use here, all
 * without a record on the server.
 */
export type RefreshGrant = {
  /** Auth0's refresh token. */
  upstream: string;
  /** The sign-in that it came of: what all tokens of its family share. */
  signIn: string;
  clientId: string;
  /** The Auth0 application that it was issued to. */
  application: string;
  /** Every scope of the grant (RFC 6749 section 6: a refresh may ask for fewer, never for more). */
  scopes: GrantableScope[];
};

/** Seals a refresh token for the client. */
export function sealRefreshToken(config: Config, grant: RefreshGrant): Promise<string> {
  return seal(config, 'refresh-token', grant, longestLife);
}

/** Opens a refresh token, or says why not. */
export function openRefreshToken(config: Config, token: string): Promise<Opened<RefreshGrant>> {
  return open<RefreshGrant>(config, 'refresh-token', token);
}
