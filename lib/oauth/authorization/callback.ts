import { userHash } from '../../access-token/principal.ts';
import { audit } from '../../audit.ts';
import { TenantError } from '../../auth0/errors.ts';
import type { SignInContext } from '../../http/endpoint.ts';
import { OAuthError } from '../../http/errors.ts';
import { type Parameters, queryParameters } from '../../http/parameters.ts';
import { annotate, log } from '../../log.ts';
import { errorPage } from '../../pages/error.ts';
import type { Result } from '../../result.ts';
import { callbackKey } from '../../store/keys.ts';
import { withStore } from '../../store/redis.ts';
import { grantToClient } from './approve.ts';
import { heldSecret, isSameBrowser } from './browser-binding.ts';
import { callbackError } from './callback-error.ts';
import { type CallbackRefusal, callbackRefusals } from './callback-refusal.ts';
import { showConsent } from './consent-form.ts';
import { isRemembered, readConsentMemory } from './consent-memory.ts';
import type { Authorization } from './request.ts';
import { knownClient } from './requesting-client.ts';
import { answeringClient } from './response.ts';
import type { SignedIn } from './signed-in.ts';
import { redeemUpstreamCode } from './upstream-code.ts';
import {
  openUpstreamState,
  signInCookie,
  signInTimeoutSeconds,
  type UpstreamState,
} from './upstream-state.ts';

/**
 * `GET /callback`: the tenant's answer. Verifies it, redeems the tenant's code, and hands the client a code of our own.
 * Refusals before the answer is verified are a page: nothing says where else they should go.
 */
export async function callback(request: Request, context: SignInContext): Promise<Response> {
  const parameters = queryParameters(context.url);
  const verified = await verifyCallback(request, context, parameters);
  if ('failure' in verified) {
    annotate({ outcome: 'refused', reason: verified.failure });
    return errorPage(callbackRefusals[verified.failure], context);
  }
  const { state, browser } = verified.value;
  // The user has approved the client in this browser, or the sign-in would not have started.
  return answeringClient(request, context, state, true, async () => {
    const signedIn = await signedInUser(context, state, parameters);
    const user = userHash({ issuer: context.config.oauth.issuer, subject: signedIn.grant.subject });
    const { clientShortId: client, signIn: grant } = state;
    audit(context.config, {
      action: 'sign-in',
      actor: 'user',
      user,
      client,
      grant,
      scopes: signedIn.grant.scopes.join(' '),
    });

    if (!state.decided && !isRemembered(readConsentMemory(request, context), context.origin, state, user)) {
      annotate({ consent: 'another user' });
      const asking = await knownClient(request, context, state.clientId);
      const authorization: Authorization = { ...state, prompts: [] };
      return showConsent(request, context, asking, authorization, { signedIn });
    }
    return grantToClient(request, context, state, signedIn, browser);
  });
}

/** Who signed in, and what the tenant grants. Throws OAuthError; a refusal by the tenant is noted. */
async function signedInUser(
  context: SignInContext,
  state: UpstreamState,
  parameters: Parameters,
): Promise<SignedIn> {
  try {
    refuseTenantError(parameters);
    const upstreamCode = parameters.get('code');
    if (upstreamCode === undefined)
      throw new OAuthError('server_error', 'The identity provider sent no code.');
    return await redeemUpstreamCode(context, state, upstreamCode);
  } catch (error) {
    if (error instanceof OAuthError && !(error instanceof TenantError))
      audit(context.config, {
        action: 'refusal',
        actor: 'tenant',
        client: state.clientShortId,
        grant: state.signIn,
        reason: error.code,
      });
    throw error;
  }
}

/** The sign-in that the answer belongs to, if it is ours, from this browser, and was not used before. */
async function verifyCallback(
  request: Request,
  context: SignInContext,
  parameters: Parameters,
): Promise<Result<{ state: UpstreamState; browser: string }, CallbackRefusal>> {
  const { config, origin } = context;
  const opened = openUpstreamState(config, parameters.get('state') ?? '');
  if ('failure' in opened) return { failure: opened.failure === 'expired' ? 'expired' : 'forged' };
  const state = opened.value;
  annotate({ client: state.clientId, signIn: state.signIn });
  if (state.origin !== origin) return { failure: 'other-origin' };
  const browser = heldSecret(request, origin, signInCookie);
  if (browser === undefined || !isSameBrowser(browser, state.browser)) return { failure: 'other-browser' };
  // RFC 9207 section 2.4: only tenants that are told to send `iss`.
  const { issuer } = config.oauth;
  if ((parameters.get('iss') ?? issuer) !== issuer) return { failure: 'other-issuer' };
  if (!(await isFirstUse(context, state))) return { failure: 'used' };
  return { value: { state, browser } };
}

/** Whether this sign-in comes back for the first time. Without the store, Auth0's code still works only once. */
async function isFirstUse({ config }: SignInContext, { id }: UpstreamState): Promise<boolean> {
  try {
    const set = await withStore(config, (redis) =>
      redis.set(callbackKey(id), '1', { nx: true, ex: signInTimeoutSeconds }),
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
