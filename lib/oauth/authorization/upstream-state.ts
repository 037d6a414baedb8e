import type { Config } from '../../config.ts';
import type { GrantableScope } from '../../scope-rules.ts';
import { type Opened, open, seal } from '../../sealing.ts';
import type { Authorization } from './request.ts';

/** The cookie that binds a sign-in to the browser in which it was approved. */
export const signInCookie = 'sign-in';

/** Seconds that a user may take to sign in at the tenant. */
export const transactionLifetime = 600;

/** What must survive the way through the tenant; it travels sealed in the `state` that we send there. */
export type Transaction = Pick<
  Authorization,
  'signIn' | 'clientId' | 'redirectUri' | 'redirectUriSent' | 'state' | 'codeChallenge'
> & {
  /** Unique to one approval, so that a second use can be noticed. */
  id: string;
  /** The client's Auth0 application. */
  application: string;
  /** What the user approved. */
  scopes: GrantableScope[];
  /** Our origin where the sign-in began, and whose callback the tenant was given. */
  origin: string;
  /** Whether the user decided on our page in this sign-in, not in an earlier one. */
  decided: boolean;
  /** Fingerprint of the browser that approved. */
  browser: string;
};

/** Seals a transaction into an upstream `state`. */
export function sealTransaction(config: Config, transaction: Transaction): Promise<string> {
  return seal(config, 'state', transaction, transactionLifetime);
}

/** Opens an upstream `state`, or says why not. */
export function openTransaction(config: Config, state: string): Promise<Opened<Transaction>> {
  return open<Transaction>(config, 'state', state);
}
