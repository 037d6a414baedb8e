import type { Context } from '../../http/endpoint.ts';
import { OAuthError } from '../../http/errors.ts';
import { bodyParameters } from '../../http/parameters.ts';
import { annotate } from '../../log.ts';
import { isScope } from '../../scope-rules.ts';
import { limit } from '../../store/rate-limit.ts';
import { oauthConfig } from '../enabled.ts';
import {
  foreignBrowserNotice,
  openConsentForm,
  requireSameOrigin,
  showConsent,
  tickedScopes,
} from './consent-form.ts';
import { readConsentMemory } from './consent-memory.ts';
import { knownClient, requireRegistered } from './requesting-client.ts';
import { answeringClient } from './response.ts';
import { continueAtTenant, signInSecret } from './upstream.ts';

/** `POST /authorize`: the user's decision. Everything that the form carries is checked again. */
export async function decide(request: Request, context: Context): Promise<Response> {
  const { config, origin } = context;
  oauthConfig(context);
  await limit(context, request, 'authorize');
  requireSameOrigin(request, origin);
  const parameters = await bodyParameters(request);
  const form = await openConsentForm(config, parameters);
  const { authorization } = form;
  annotate({ client: authorization.clientId, signIn: authorization.signIn });
  const client = await knownClient(request, context, authorization.clientId);
  requireRegistered(config, client, authorization.redirectUri);

  const notice = foreignBrowserNotice(request, origin, form);
  if (notice) return showConsent(request, context, client, authorization, notice);

  const decision = parameters.get('decision');
  if (decision !== 'approve' && decision !== 'deny')
    throw new OAuthError('invalid_request', 'The form came without a decision.');
  annotate({ consent: decision });

  return answeringClient(request, context, authorization, async () => {
    if (decision === 'deny') throw new OAuthError('access_denied', 'The user denied the request.');
    const scopes = tickedScopes(parameters, authorization.scopes);
    if (!scopes.some(isScope))
      return showConsent(
        request,
        context,
        client,
        authorization,
        'Tick what the app may do, or choose Deny.',
      );

    const browser = signInSecret(request, origin, await readConsentMemory(request, context));
    const approved = { ...authorization, scopes };
    return continueAtTenant(request, context, client, approved, { browser, decided: true });
  });
}
