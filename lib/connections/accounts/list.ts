import { dropAccountTokens } from '../../access-token/account-link.ts';
import { type ConnectedAccount, disconnectAccount, listConnectedAccounts } from '../../auth0/my-account.ts';
import type { SignInContext } from '../../http/endpoint.ts';
import { OAuthError } from '../../http/errors.ts';
import { errorFields, log } from '../../log.ts';
import { audit } from '../../store/audit.ts';
import { type Session, userOf } from '../session.ts';
import { accountTokenOf } from './token.ts';

/** The user's connected accounts; `sign-in` if the user must sign in again to see them, `unavailable` if nobody can say. */
export type Accounts = ConnectedAccount[] | 'sign-in' | 'unavailable';

/** Never rejects: the rest of the page does not depend on it. */
export async function accountsFor({ config }: SignInContext, session: Session): Promise<Accounts> {
  if (session.withoutAccounts) return 'unavailable';
  try {
    const token = await accountTokenOf(config, session);
    return token === undefined ? 'sign-in' : await listConnectedAccounts(config.oauth, token);
  } catch (error) {
    if (error instanceof OAuthError && error.code === 'access_denied') return 'sign-in';
    log('warn', 'connected accounts not listed', errorFields(error));
    return 'unavailable';
  }
}

/**
 * Disconnects an account of the session's user. What tools hold for the user's accounts is dropped first, on all instances
 * at once, and again afterwards, for a call that was obtaining a token meanwhile.
 *
 * @throws StoreUnavailable, TenantError: try again.
 * @throws OAuthError `access_denied` if the user must sign in again.
 */
export async function endAccount({ config }: SignInContext, session: Session, id: string): Promise<void> {
  const user = userOf(session);
  const token = await accountTokenOf(config, session);
  if (token === undefined)
    throw new OAuthError('access_denied', 'Your sign-in to this page has expired. Sign in again.');
  await dropAccountTokens(config, user);
  await disconnectAccount(config.oauth, token, id);
  await dropAccountTokens(config, user);
  audit(config, { action: 'account-disconnected', actor: 'user', user, reason: id.slice(0, 60) });
}
