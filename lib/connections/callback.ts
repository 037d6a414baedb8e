import { userHash } from '../access-token/principal.ts';
import { signedInOrganization } from '../access-token/signed-in-organization.ts';
import type { SignInContext } from '../http/endpoint.ts';
import { refusalOf } from '../http/errors.ts';
import { queryParameter, queryParameters } from '../http/parameters.ts';
import { redirect } from '../http/redirect.ts';
import { annotate, log } from '../log.ts';
import { callbackRefusals } from '../oauth/authorization/callback-refusal.ts';
import { tenantCode, verifyCallback } from '../oauth/authorization/callback-verification.ts';
import { redeemVerified } from '../oauth/authorization/upstream-code.ts';
import { toKeep } from '../organizations/organization.ts';
import { connectionsRefusalPage, signInAgainPage } from '../pages/connections.ts';
import { audit } from '../store/audit.ts';
import { newSession, startSession } from './session.ts';
import { accessFor, openState, startSignIn } from './sign-in.ts';

/** Whether the tenant answers a sign-in to the connections page, and not one of a client. */
export function isConnectionsSignIn({ config, url }: SignInContext): boolean {
  const opened = openState(config, queryParameter(url, 'state') ?? '');
  return 'value' in opened || opened.failure === 'expired';
}

/**
 * `GET /callback`: the tenant's answer to a sign-in to the connections page. Verifies it as that of a client's sign-in,
 * keeps only who signed in, and leads to the page.
 */
export async function finishSignIn(request: Request, context: SignInContext): Promise<Response> {
  const { config, origin, requestId } = context;
  const parameters = queryParameters(context.url);
  const opened = openState(config, parameters.get('state') ?? '');
  const verified = await verifyCallback(request, context, parameters, opened);
  if ('failure' in verified) {
    annotate({ outcome: 'refused', reason: verified.failure });
    return signInAgainPage(callbackRefusals[verified.failure], context);
  }
  const { state } = verified.value;
  try {
    const asked = { ...state, ...accessFor(config, state) };
    const {
      subject,
      name,
      tokens,
      organization: claimed,
    } = await redeemVerified(context, asked, tenantCode(parameters));
    const organization = toKeep(await signedInOrganization(config, asked.organization, claimed));
    audit(config, {
      action: 'sign-in',
      actor: 'user',
      user: userHash({ issuer: config.oauth.issuer, subject, organization }),
      ...(organization && { organization: organization.id }),
      reason: 'connections page',
    });
    const withoutAccounts = !state.accounts && config.oauth.connectedAccounts.length > 0;
    const session = newSession(context, { subject, organization, name, withoutAccounts });
    if (state.accounts) {
      const { keepAccountToken } = await import('./accounts/token.ts');
      const { access_token: token, expires_in: expiresInSeconds } = tokens;
      await keepAccountToken(config, session, { token, expiresInSeconds });
    }
    const next = state.link === undefined ? '' : `/accounts?link=${state.link}`;
    return redirect(request, `${origin}/connections${next}`, [startSession(context, session)]);
  } catch (error) {
    const refusal = refusalOf(error, requestId);
    // The tenant is not set up for connected accounts. That must not keep users from their connections.
    if (state.accounts && state.link === undefined && refusal.code === 'server_error') {
      log('error', 'no access to connected accounts', {
        fix: 'Run npm run setup -- --accounts CONNECTIONS.',
      });
      return startSignIn(request, context, { withoutAccounts: true });
    }
    return connectionsRefusalPage(refusal, context);
  }
}
