import type { SignInConfig } from '../../config.ts';
import type { SignInContext } from '../../http/endpoint.ts';
import { queryParameter } from '../../http/parameters.ts';
import { roundTrip } from '../../oauth/authorization/callback-verification.ts';
import type { Result } from '../../result.ts';
import type { z } from '../../schema.ts';
import { open, type SealFailure } from '../../sealing.ts';

/** What travels through the provider, sealed in the `state`. Its own key tells it from the states of sign-ins. */
const accountState = roundTrip.omit({ application: true });
export type AccountState = z.infer<typeof accountState>;

/** Opens the state of somebody who comes back from the provider, or says why not. */
export function openAccountState(config: SignInConfig, state: string): Result<AccountState, SealFailure> {
  return open(config, 'account-state', accountState, state);
}

/** Whether the tenant sends somebody back who was to connect an account. */
export function isAccountReturn({ config, url }: SignInContext): boolean {
  const opened = openAccountState(config, queryParameter(url, 'state') ?? '');
  return 'value' in opened || opened.failure === 'expired';
}
