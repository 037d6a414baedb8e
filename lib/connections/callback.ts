import { userHash } from '../access-token/principal.ts';
import { signedInOrganization } from '../access-token/signed-in-organization.ts';
import type { SignInContext } from '../http/endpoint.ts';
import { refusalOf } from '../http/errors.ts';
import { queryParameter, queryParameters } from '../http/parameters.ts';
import { redirect } from '../http/redirect.ts';
import { annotate } from '../log.ts';
import { callbackRefusals } from '../oauth/authorization/callback-refusal.ts';
import { tenantCode, verifyCallback } from '../oauth/authorization/callback-verification.ts';
import { redeemVerified } from '../oauth/authorization/upstream-code.ts';
import { connectionsRefusalPage, signInAgainPage } from '../pages/connections.ts';
import { audit } from '../store/audit.ts';
import { startSession } from './session.ts';
import { openState } from './sign-in.ts';

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
  try {
    const asked = { ...verified.value.state, scopes: [] };
    const tenant = await redeemVerified(context, asked, tenantCode(parameters));
    const { subject, name } = tenant;
    const found = await signedInOrganization(config, asked.organization, tenant.organization);
    const organization = found && { id: found.id, name: found.name };
    audit(config, {
      action: 'sign-in',
      actor: 'user',
      user: userHash({ issuer: config.oauth.issuer, subject, organization }),
      ...(organization && { organization: organization.id }),
      reason: 'connections page',
    });
    const cookie = startSession(context, { subject, organization, name });
    return redirect(request, `${origin}/connections`, [cookie]);
  } catch (error) {
    return connectionsRefusalPage(refusalOf(error, requestId), context);
  }
}
