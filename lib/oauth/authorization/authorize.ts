import { randomUUID } from 'node:crypto';
import type { Context } from '../../http/endpoint.ts';
import { OAuthError } from '../../http/errors.ts';
import { queryParameters } from '../../http/parameters.ts';
import { annotate } from '../../log.ts';
import { offeredScopes } from '../../scope-rules.ts';
import { limit } from '../../store/rate-limit.ts';
import { oauthConfig } from '../enabled.ts';
import { showConsent } from './consent-form.ts';
import { isRemembered, readConsentMemory } from './consent-memory.ts';
import type { Authorization } from './request.ts';
import { readAuthorizationRequest } from './request.ts';
import { requestingClient } from './requesting-client.ts';
import { answeringClient } from './response.ts';
import { continueAtTenant, signInSecret } from './upstream.ts';

/** `GET /authorize`: checks the request, then asks for consent, unless this browser remembers giving it. */
export async function startAuthorization(request: Request, context: Context): Promise<Response> {
  oauthConfig(context);
  await limit(context, request, 'authorize');
  const { client, target, redirectUriSent } = await requestingClient(request, context);

  return answeringClient(request, context, target, async () => {
    const checked = readAuthorizationRequest(queryParameters(context.url), context.config);
    const authorization: Authorization = {
      ...target,
      ...checked,
      scopes: offeredScopes(checked.scopes, client.usesRefreshToken),
      redirectUriSent,
      clientId: client.id,
      signIn: randomUUID(),
    };
    annotate({ signIn: authorization.signIn });

    const memory = await readConsentMemory(request, context);
    if (isRemembered(memory, authorization) && !checked.prompts.includes('consent')) {
      annotate({ consent: 'remembered' });
      const browser = signInSecret(request, context.origin, memory);
      return continueAtTenant(request, context, client, authorization, { browser, decided: false });
    }
    if (checked.prompts.includes('none'))
      throw new OAuthError('consent_required', 'The user has not approved this app in this browser.');
    return showConsent(request, context, client, authorization);
  });
}
