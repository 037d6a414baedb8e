import { randomUUID } from 'node:crypto';
import { setCookie } from '../../http/cookies.ts';
import type { Context } from '../../http/endpoint.ts';
import { redirect } from '../../http/redirect.ts';
import { callbackUrl } from '../../origin.ts';
import { upstreamScope } from '../../scope-rules.ts';
import { limit } from '../../store/rate-limit.ts';
import { applicationFor } from '../client/application/application.ts';
import type { Client } from '../client/client.ts';
import { oauthConfig } from '../enabled.ts';
import { fingerprint, heldSecret, newSecret } from './browser-binding.ts';
import type { ConsentMemory } from './consent-memory.ts';
import type { Authorization } from './request.ts';
import { sealTransaction, signInCookie, transactionLifetime } from './upstream-state.ts';

/** Prompts that may be passed on. Not `consent`: ours is the consent page, and one is enough. */
const forwardedPrompts = ['none', 'login', 'select_account'];

/** The secret that binds this browser's sign-ins to it; the same for all that go on at once. */
export function signInSecret(request: Request, origin: string, memory: ConsentMemory | undefined): string {
  return heldSecret(request, origin, signInCookie) ?? memory?.browser ?? newSecret();
}

/**
 * Sends the approved request to the tenant. Only now, after the approval, is the browser bound to it by a
 * cookie: whoever follows a link around our page has none when the callback asks for it.
 *
 * @param approval the browser's secret, and whether the user has decided just now.
 */
export async function continueAtTenant(
  request: Request,
  context: Context,
  client: Client,
  authorization: Authorization,
  { browser, decided }: { browser: string; decided: boolean },
): Promise<Response> {
  const { config, origin } = context;
  const oauth = oauthConfig(context);
  const application = await applicationFor(context, client, () => limit(context, request, 'create'));
  const { prompts, loginHint, ...carried } = authorization;
  const transaction = {
    ...carried,
    id: randomUUID(),
    application,
    origin,
    decided,
    browser: fingerprint(browser),
  };
  const prompt = prompts.filter((each) => forwardedPrompts.includes(each)).join(' ');
  const url = new URL(`${oauth.tenant}/authorize`);
  url.search = new URLSearchParams({
    client_id: application,
    redirect_uri: callbackUrl(origin),
    response_type: 'code',
    // Never `resource`: the tenant would forward it to the user's identity provider.
    audience: oauth.audiences[0],
    scope: upstreamScope(authorization.scopes),
    code_challenge: authorization.codeChallenge,
    code_challenge_method: 'S256',
    state: await sealTransaction(config, transaction),
    ...(prompt && { prompt }),
    ...(loginHint && { login_hint: loginHint }),
  }).toString();
  return redirect(request, url.href, [setCookie(origin, signInCookie, browser, transactionLifetime)]);
}
