import { auditedGrant } from '../../access-token/grant.ts';
import { revokeAtTenant } from '../../auth0/token.ts';
import type { SignInContext } from '../../http/endpoint.ts';
import { OAuthError } from '../../http/errors.ts';
import { bodyParameters } from '../../http/parameters.ts';
import { requireSameOrigin } from '../../http/same-origin.ts';
import { waitUntil } from '../../invocation.ts';
import { annotate, errorFields, log } from '../../log.ts';
import { isScope } from '../../scope-rules.ts';
import { audit } from '../../store/audit.ts';
import { limited } from '../../store/rate-limit.ts';
import { grantToClient } from './approve.ts';
import { foreignBrowserNotice, openConsentForm, showConsent, tickedScopes } from './consent-form.ts';
import { hasApproved, readConsentMemory } from './consent-memory.ts';
import { knownClient, requireRegistered } from './requesting-client.ts';
import { answeringClient, isWellKnown } from './response.ts';
import { signInSecret } from './sign-in-cookie.ts';
import type { SignedIn } from './signed-in.ts';
import { continueAtTenant } from './upstream.ts';

/** `POST /authorize`: the user's decision. Everything that the form carries is checked again. */
export async function decide(request: Request, context: SignInContext): Promise<Response> {
  const { config, origin } = context;
  requireSameOrigin(request, origin);
  const parameters = await bodyParameters(request);
  const form = openConsentForm(context, parameters);
  const { authorization, signedIn } = form;
  annotate({ client: authorization.clientId, signIn: authorization.signIn });
  const client = await limited(context, request, 'authorize', () =>
    knownClient(request, context, authorization.clientId),
  );
  requireRegistered(config, client, authorization.redirectUri);

  const notice = foreignBrowserNotice(request, origin, form);
  if (notice) return showConsent(request, context, client, authorization, { notice, signedIn });

  const decision = parameters.get('decision');
  if (decision !== 'approve' && decision !== 'deny')
    throw new OAuthError('invalid_request', 'The form was sent without a decision.');
  annotate({ consent: decision });
  const memory = readConsentMemory(request, context);
  const isTrusted =
    decision === 'approve' || isWellKnown(client) || hasApproved(memory, origin, authorization);

  return answeringClient(request, context, authorization, isTrusted, async () => {
    const about = {
      client: authorization.clientShortId,
      grant: authorization.signIn,
      ...(authorization.organization && { organization: authorization.organization.id }),
      // Known only if the user signed in first: see `callback`.
      ...(signedIn && auditedGrant(config, signedIn.grant)),
    };
    if (decision === 'deny') {
      audit(config, { action: 'denial', actor: 'user', ...about });
      if (signedIn) revokeUnused(context, signedIn);
      throw new OAuthError('access_denied', 'The user denied the request.');
    }
    const scopes = tickedScopes(parameters, authorization.scopes);
    if (!scopes.some(isScope)) {
      const notice = 'Tick what the app may do, or choose Deny.';
      return showConsent(request, context, client, authorization, { notice, signedIn });
    }
    audit(config, { action: 'approval', actor: 'user', ...about, scopes: scopes.join(' ') });
    const browser = signInSecret(request, origin, memory);
    const approved = { ...authorization, scopes };
    const approval = { browser, decided: true };
    if (signedIn) return grantToClient(request, context, approved, signedIn, approval);
    return continueAtTenant(request, context, client, approved, approval);
  });
}

/** Nobody will ever use the refresh token of a sign-in that was denied afterwards. */
function revokeUnused({ config }: SignInContext, { grant }: SignedIn): void {
  const { application, upstream } = grant;
  if (upstream === undefined) return;
  waitUntil(
    revokeAtTenant(config.oauth, application, upstream).catch((error) =>
      log('warn', 'refresh token of a denied sign-in not revoked', errorFields(error)),
    ),
  );
}
