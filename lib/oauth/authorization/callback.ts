import type { Context } from '../../http/endpoint.ts';
import { OAuthError } from '../../http/errors.ts';
import { type Parameters, queryParameters } from '../../http/parameters.ts';
import { annotate, log } from '../../log.ts';
import { callbackUrl } from '../../origin.ts';
import { errorPage } from '../../pages/error.ts';
import { transactionKey } from '../../store/keys.ts';
import { withStore } from '../../store/redis.ts';
import { oauthConfig } from '../enabled.ts';
import { sealCode } from './authorization-code.ts';
import { heldSecret, isSameBrowser } from './browser-binding.ts';
import { callbackError } from './callback-error.ts';
import { type CallbackRefusal, callbackRefusals } from './callback-refusal.ts';
import { rememberApproval } from './consent-memory.ts';
import { answeringClient, authorizationResponse } from './response.ts';
import { openTransaction, signInCookie, type Transaction, transactionLifetime } from './upstream-state.ts';

/**
 * `GET /callback`: the tenant's answer, handed on to the client as ours. Refusals before the transaction is
 * believed are a page: nothing says where else they should go.
 */
export async function callback(request: Request, context: Context): Promise<Response> {
  const oauth = oauthConfig(context);
  const parameters = queryParameters(context.url);
  const believed = await believe(request, context, parameters, oauth.issuer);
  if ('refusal' in believed) {
    annotate({ outcome: 'refused', reason: believed.refusal });
    return errorPage(callbackRefusals[believed.refusal], context);
  }
  const { transaction } = believed;
  return answeringClient(request, context, transaction, async () => {
    refuseTenantError(parameters);
    const code = await sealedCode(context, parameters, transaction);
    const cookies = transaction.decided
      ? [await rememberApproval(request, context, transaction, believed.browser)]
      : [];
    return authorizationResponse(request, context, transaction, { code }, cookies);
  });
}

/** The transaction that the answer belongs to, if it is ours, from this browser, and not used before. */
async function believe(
  request: Request,
  context: Context,
  parameters: Parameters,
  issuer: string,
): Promise<{ transaction: Transaction; browser: string } | { refusal: CallbackRefusal }> {
  const { config, origin } = context;
  const opened = await openTransaction(config, parameters.get('state') ?? '');
  if ('failure' in opened) return { refusal: opened.failure === 'expired' ? 'expired' : 'forged' };
  const transaction = opened.value;
  annotate({ client: transaction.clientId, signIn: transaction.signIn });
  if (transaction.origin !== origin) return { refusal: 'other-origin' };
  const browser = heldSecret(request, origin, signInCookie);
  if (browser === undefined || !isSameBrowser(browser, transaction.browser))
    return { refusal: 'other-browser' };
  // RFC 9207 section 2.4: only tenants that are told to send `iss`.
  if ((parameters.get('iss') ?? issuer) !== issuer) return { refusal: 'other-issuer' };
  if (!(await isFirstUse(context, transaction))) return { refusal: 'used' };
  return { transaction, browser };
}

/** Whether this transaction comes back for the first time. Without the store, Auth0's code still works only once. */
async function isFirstUse({ config }: Context, { id }: Transaction): Promise<boolean> {
  try {
    const set = await withStore(config, (redis) =>
      redis.set(transactionKey(id), '1', { nx: true, ex: transactionLifetime }),
    );
    return set !== null;
  } catch {
    log('warn', 'single use of a sign-in not checked');
    return true;
  }
}

function refuseTenantError(parameters: Parameters): void {
  const error = parameters.get('error');
  if (error !== undefined) throw callbackError(error, parameters.get('error_description') ?? '');
}

async function sealedCode(
  { config, origin }: Context,
  parameters: Parameters,
  transaction: Transaction,
): Promise<string> {
  const upstream = parameters.get('code');
  if (upstream === undefined) throw new OAuthError('server_error', 'The identity provider sent no code.');
  const { signIn, clientId, redirectUri, redirectUriSent, codeChallenge, application, scopes } = transaction;
  return sealCode(config, {
    ...{ signIn, clientId, redirectUri, redirectUriSent, codeChallenge, application, scopes },
    upstream,
    callback: callbackUrl(origin),
  });
}
