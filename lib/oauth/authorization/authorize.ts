import { randomUUID } from 'node:crypto';
import { namedOrganization } from '../../access-token/signed-in-organization.ts';
import type { SignInContext } from '../../http/endpoint.ts';
import { OAuthError } from '../../http/errors.ts';
import { queryParameters } from '../../http/parameters.ts';
import { annotate } from '../../log.ts';
import { offeredScopes } from '../../scope-rules.ts';
import { limited } from '../../store/rate-limit.ts';
import { showConsent } from './consent-form.ts';
import { hasApproved, isRemembered, readConsentMemory } from './consent-memory.ts';
import { type Authorization, readAuthorizationRequest } from './request.ts';
import { requestingClient } from './requesting-client.ts';
import { answeringClient, isWellKnown } from './response.ts';
import { signInSecret } from './sign-in-cookie.ts';
import { continueAtTenant } from './upstream.ts';

/** `GET /authorize`: checks the request, then asks for consent, unless this browser remembers giving it. */
export async function startAuthorization(request: Request, context: SignInContext): Promise<Response> {
  const { client, target, redirectUriSent } = await limited(context, request, 'authorize', () =>
    requestingClient(request, context),
  );
  const memory = readConsentMemory(request, context);
  const asker = { clientId: client.id, redirectUri: target.redirectUri };
  const isTrusted = isWellKnown(client) || hasApproved(memory, context.origin, asker);

  return answeringClient(request, context, target, isTrusted, async () => {
    const { addressed, ...checked } = readAuthorizationRequest(queryParameters(context.url), context);
    const organization = await namedOrganization(context, request, addressed.organization);
    const authorization: Authorization = {
      ...target,
      ...checked,
      organization,
      organizationPath: addressed.organizationPath,
      scopes: offeredScopes(checked.scopes, client.usesRefreshToken),
      redirectUriSent,
      clientId: client.id,
      clientShortId: client.shortId,
      signIn: randomUUID(),
    };
    annotate({ signIn: authorization.signIn, organization: organization?.id });

    if (isRemembered(memory, context.origin, authorization) && !checked.prompts.includes('consent')) {
      annotate({ consent: 'remembered' });
      const browser = signInSecret(request, context.origin, memory);
      return continueAtTenant(request, context, client, authorization, { browser, decided: false });
    }
    if (checked.prompts.includes('none'))
      throw new OAuthError('consent_required', 'The user has not approved this app in this browser.');
    return showConsent(request, context, client, authorization);
  });
}
