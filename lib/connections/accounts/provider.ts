import { randomUUID } from 'node:crypto';
import {
  type AccountLink,
  accountLink,
  dropAccountTokens,
  noteOutcome,
} from '../../access-token/account-link.ts';
import { completeConnecting, startConnecting } from '../../auth0/my-account.ts';
import type { SignInConfig } from '../../config.ts';
import type { SignInContext } from '../../http/endpoint.ts';
import { OAuthError, refusalOf } from '../../http/errors.ts';
import { type Parameters, queryParameters } from '../../http/parameters.ts';
import { redirect } from '../../http/redirect.ts';
import { annotate, log } from '../../log.ts';
import { fingerprint } from '../../oauth/authorization/browser-binding.ts';
import { callbackRefusals } from '../../oauth/authorization/callback-refusal.ts';
import { verifyCallback } from '../../oauth/authorization/callback-verification.ts';
import { readConsentMemory } from '../../oauth/authorization/consent-memory.ts';
import {
  signInBinding,
  signInSecret,
  signInTimeoutSeconds,
} from '../../oauth/authorization/sign-in-cookie.ts';
import { newVerifier } from '../../oauth/authorization/tenant-authorization.ts';
import { callbackUrl } from '../../origin.ts';
import {
  connectedPage,
  connectingFailedPage,
  connectingRefusedPage,
  notConnectedPage,
} from '../../pages/accounts.ts';
import { providerName } from '../../provider-names.ts';
import { z } from '../../schema.ts';
import { open, seal } from '../../sealing.ts';
import { sha256 } from '../../sha256.ts';
import { audit } from '../../store/audit.ts';
import { accountAttemptKey } from '../../store/keys.ts';
import { withStore } from '../../store/redis.ts';
import { readSession, type Session, userOf } from '../session.ts';
import { openLink } from './link.ts';
import { type AccountState, openAccountState } from './state.ts';
import { accountTokenOf } from './token.ts';

/** What stays here meanwhile, sealed: the session at Auth0, and whose attempt it is. */
const attempt = z.object({
  id: z.string(),
  session: z.string(),
  authSession: z.string(),
  link: accountLink,
});

/**
 * Sends the user to the provider through the tenant. The account will belong to the user whose token this is: the one who is
 * signed in to the page, in this browser.
 *
 * @throws OAuthError, TenantError, StoreUnavailable
 */
export async function goToProvider(
  request: Request,
  context: SignInContext,
  { session, link, token }: { session: Session; link: AccountLink; token: string },
): Promise<Response> {
  const { config, origin } = context;
  const browser = signInSecret(request, origin, readConsentMemory(request, context));
  const verifier = newVerifier();
  const id = randomUUID();
  const state: AccountState = { id, origin, browser: fingerprint(browser), verifier };
  const { authSession, url } = await startConnecting(config.oauth, token, {
    connection: link.connection,
    scopes: link.scopes,
    redirectUri: callbackUrl(origin),
    state: seal(config, 'account-state', state, signInTimeoutSeconds),
    codeChallenge: sha256(verifier),
  });
  const kept: z.infer<typeof attempt> = { id, session: session.id, authSession, link };
  const sealed = seal(config, 'account-session', kept, signInTimeoutSeconds);
  await withStore(config, (redis) => redis.set(accountAttemptKey(id), sealed, { ex: signInTimeoutSeconds }));
  return redirect(request, url, [signInBinding(origin, browser)]);
}

/**
 * `GET /callback`: the way back from the provider. The account is attached only if it is the same browser, the same sign-in to
 * the page and the same attempt, and the client's connection still exists.
 */
export async function comeBack(request: Request, context: SignInContext): Promise<Response> {
  try {
    return await attach(request, context);
  } catch (error) {
    return connectingRefusedPage(refusalOf(error, context.requestId), context);
  }
}

async function attach(request: Request, context: SignInContext): Promise<Response> {
  const { config } = context;
  const parameters = queryParameters(context.url);
  const opened = openAccountState(config, parameters.get('state') ?? '');
  const verified = await verifyCallback(request, context, parameters, opened);
  if ('failure' in verified) {
    annotate({ outcome: 'refused', reason: verified.failure });
    return connectingFailedPage(callbackRefusals[verified.failure].message, context);
  }
  const { state } = verified.value;
  const session = readSession(request, context);
  const begun = await takeAttempt(config, state.id);
  if (!begun || !session || begun.session !== session.id || begun.link.user !== userOf(session)) {
    annotate({ outcome: 'refused', reason: 'other-session' });
    return connectingFailedPage('It did not start in the sign-in to this page that you have now.', context);
  }
  const { link, authSession } = begun;
  const [stillOpen, token] = await Promise.all([
    openLink(context, session, '', link),
    accountTokenOf(config, session),
  ]);
  if ('failure' in stillOpen || token === undefined) {
    annotate({ outcome: 'refused', reason: 'failure' in stillOpen ? stillOpen.failure : 'expired' });
    return connectingFailedPage('Your sign-in, or the connection of the app, has ended meanwhile.', context);
  }
  const { clientName } = stillOpen.value;
  const provider = providerName(link.connection);
  const connectCode = connectCodeIn(parameters, link.connection);
  if (connectCode === undefined) {
    await noteOutcome(config, link, 'declined');
    return notConnectedPage({ provider, clientName }, context);
  }
  const answer = {
    authSession,
    connectCode,
    redirectUri: callbackUrl(context.origin),
    verifier: state.verifier,
  };
  const account = await completeConnecting(config.oauth, token, answer);
  if (account.connection !== link.connection)
    throw new OAuthError('server_error', 'The identity provider connected an account at another company.');
  await dropAccountTokens(config, link.user);
  await noteOutcome(config, link, 'connected');
  audit(config, {
    action: 'account-connected',
    actor: 'user',
    ...{ user: link.user, client: link.clientId, grant: link.grantId },
    scopes: account.scopes.join(' ').slice(0, 500),
    reason: link.connection,
  });
  return connectedPage({ provider, clientName }, context);
}

async function takeAttempt(config: SignInConfig, id: string): Promise<z.infer<typeof attempt> | undefined> {
  const key = accountAttemptKey(id);
  const stored = await withStore(config, (redis) => redis.getdel(key));
  const opened = open(config, 'account-session', attempt, stored ?? '');
  return 'value' in opened && opened.value.id === id ? opened.value : undefined;
}

/** The tenant's code; undefined if the provider, or the user there, refused. */
function connectCodeIn(parameters: Parameters, connection: string): string | undefined {
  const code = parameters.get('connect_code');
  if (code === undefined)
    log('warn', 'account not connected', { connection, error: parameters.get('error')?.slice(0, 60) });
  return code;
}
