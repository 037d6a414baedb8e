import { randomBytes, randomUUID } from 'node:crypto';
import { setCookie } from '../../http/cookies.ts';
import type { SignInContext } from '../../http/endpoint.ts';
import { redirect } from '../../http/redirect.ts';
import { callbackUrl } from '../../origin.ts';
import { upstreamScope } from '../../scope-rules.ts';
import { sha256 } from '../../sha256.ts';
import { applicationFor } from '../client/application/application.ts';
import type { FoundClient } from '../client/application/record.ts';
import { fingerprint, heldSecret, newSecret } from './browser-binding.ts';
import type { ConsentMemory } from './consent-memory.ts';
import type { Authorization } from './request.ts';
import { sealUpstreamState, signInCookie, signInTimeoutSeconds } from './upstream-state.ts';

/** Prompts that may be passed on. Not `consent`: ours is the consent page, and one is enough. */
const forwardedPrompts = ['none', 'login', 'select_account'];

/** The secret that binds this browser's sign-ins to it; the same for all that run at once. */
export function signInSecret(request: Request, origin: string, memory: ConsentMemory | undefined): string {
  return heldSecret(request, origin, signInCookie) ?? memory?.browser ?? newSecret();
}

/**
 * Sends the approved request to the tenant. Only now, after the approval, is the browser bound to it by a cookie: whoever
 * follows a link that bypasses our page has none when the callback asks for it. Towards the tenant we are the client, with
 * a PKCE pair of our own.
 *
 * @param approval the browser's secret, and whether the user has decided in this sign-in.
 */
export async function continueAtTenant(
  request: Request,
  context: SignInContext,
  client: FoundClient,
  authorization: Authorization,
  { browser, decided }: { browser: string; decided: boolean },
): Promise<Response> {
  const { config, origin } = context;
  const { oauth } = config;
  const application = await applicationFor(request, context, client);
  const { prompts, loginHint, ...carried } = authorization;
  const verifier = randomBytes(32).toString('base64url');
  const state = sealUpstreamState(config, {
    ...carried,
    id: randomUUID(),
    application,
    origin,
    decided,
    browser: fingerprint(browser),
    verifier,
  });
  const prompt = prompts.filter((each) => forwardedPrompts.includes(each)).join(' ');
  const url = new URL(`${oauth.tenant}/authorize`);
  url.search = new URLSearchParams({
    client_id: application,
    redirect_uri: callbackUrl(origin),
    response_type: 'code',
    // Never `resource`: the tenant would forward it to the user's identity provider.
    audience: oauth.audiences[0],
    scope: upstreamScope(authorization.scopes),
    code_challenge: sha256(verifier),
    code_challenge_method: 'S256',
    state,
    ...(prompt && { prompt }),
    ...(loginHint && { login_hint: loginHint }),
  }).toString();
  return redirect(request, url.href, [setCookie(origin, signInCookie, browser, signInTimeoutSeconds)]);
}
