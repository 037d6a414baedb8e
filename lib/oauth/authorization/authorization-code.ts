import type { Config } from '../../config.ts';
import { type Opened, open, seal } from '../../sealing.ts';
import type { Transaction } from './upstream-state.ts';

/** Seconds that an authorization code lives: half of Auth0's own (RFC 6749 section 4.1.2: ten minutes at most). */
const lifetime = 300;

/** What an authorization code of ours holds: Auth0's code, and everything that the token request must agree with. */
export type Code = Pick<
  Transaction,
  'signIn' | 'clientId' | 'redirectUri' | 'redirectUriSent' | 'codeChallenge' | 'application' | 'scopes'
> & {
  /** Auth0's code, redeemable once. */
  upstream: string;
  /** The callback that Auth0's code was sent to. */
  callback: string;
};

/** Seals an authorization code for the client. */
export function sealCode(config: Config, code: Code): Promise<string> {
  return seal(config, 'code', code, lifetime);
}

/** Opens an authorization code, or says why not. */
export function openCode(config: Config, code: string): Promise<Opened<Code>> {
  return open<Code>(config, 'code', code);
}
