import { auditedGrant } from '../../access-token/grant.ts';
import { TenantError } from '../../auth0/errors.ts';
import type { SignInContext } from '../../http/endpoint.ts';
import { OAuthError } from '../../http/errors.ts';
import { type Parameters, queryParameters } from '../../http/parameters.ts';
import { annotate } from '../../log.ts';
import { errorPage } from '../../pages/error.ts';
import { audit } from '../../store/audit.ts';
import { grantToClient } from './approve.ts';
import { callbackRefusals } from './callback-refusal.ts';
import { tenantCode, verifyCallback } from './callback-verification.ts';
import { showConsent } from './consent-form.ts';
import { isRemembered, readConsentMemory } from './consent-memory.ts';
import type { Authorization } from './request.ts';
import { knownClient } from './requesting-client.ts';
import { answeringClient } from './response.ts';
import type { SignedIn } from './signed-in.ts';
import { redeemUpstreamCode } from './upstream-code.ts';
import { openUpstreamState, type UpstreamState } from './upstream-state.ts';

/**
 * `GET /callback`: the tenant's answer to a client's sign-in. Verifies it, redeems the tenant's code, and hands the client
 * a code of our own. Refusals before the answer is verified are a page: nothing says where else they should go.
 */
export async function callback(request: Request, context: SignInContext): Promise<Response> {
  const parameters = queryParameters(context.url);
  const opened = openUpstreamState(context.config, parameters.get('state') ?? '');
  if ('value' in opened) annotate({ client: opened.value.clientId, signIn: opened.value.signIn });
  const verified = await verifyCallback(request, context, parameters, opened);
  if ('failure' in verified) {
    annotate({ outcome: 'refused', reason: verified.failure });
    return errorPage(callbackRefusals[verified.failure], context);
  }
  const { state, browser } = verified.value;
  // The user has approved the client in this browser, or the sign-in would not have started.
  return answeringClient(request, context, state, true, async () => {
    const signedIn = await signedInUser(context, state, parameters);
    const audited = auditedGrant(context.config, signedIn.grant);
    const { user } = audited;
    audit(context.config, {
      action: 'sign-in',
      actor: 'user',
      ...audited,
      scopes: signedIn.grant.scopes.join(' '),
    });

    if (!state.decided && !isRemembered(readConsentMemory(request, context), context.origin, state, user)) {
      annotate({ consent: 'another user' });
      const asking = await knownClient(request, context, state.clientId);
      const authorization: Authorization = { ...state, prompts: [] };
      return showConsent(request, context, asking, authorization, { signedIn });
    }
    return grantToClient(request, context, state, signedIn, { browser, decided: state.decided });
  });
}

/** Who signed in, and what the tenant grants. Throws OAuthError; a refusal by the tenant is noted. */
async function signedInUser(
  context: SignInContext,
  state: UpstreamState,
  parameters: Parameters,
): Promise<SignedIn> {
  try {
    return await redeemUpstreamCode(context, state, tenantCode(parameters));
  } catch (error) {
    if (error instanceof OAuthError && !(error instanceof TenantError))
      audit(context.config, {
        action: 'refusal',
        actor: 'tenant',
        client: state.clientShortId,
        grant: state.signIn,
        ...(state.organization && { organization: state.organization.id }),
        reason: error.code,
      });
    throw error;
  }
}
