import { randomUUID } from 'node:crypto';
import type { SignInContext } from '../../http/endpoint.ts';
import { redirect } from '../../http/redirect.ts';
import type { FoundClient } from '../client/application/record.ts';
import { fingerprint } from './browser-binding.ts';
import type { Authorization } from './request.ts';
import { signInBinding } from './sign-in-cookie.ts';
import { newVerifier, tenantAuthorizationUrl } from './tenant-authorization.ts';
import { sealUpstreamState } from './upstream-state.ts';

/** Prompts that may be passed on. Not `consent`: ours is the consent page, and one is enough. */
const forwardedPrompts = ['none', 'login', 'select_account'];

/**
 * Sends the approved request to the tenant. Only now, after the approval, is the browser bound to it by a cookie: whoever
 * follows a link that bypasses our page has none when the callback asks for it.
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
  // Loaded on first use: the consent page does not need it.
  const { applicationFor } = await import('../client/application/application.ts');
  const application = await applicationFor(request, context, client);
  const { prompts, loginHint, ...carried } = authorization;
  const verifier = newVerifier();
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
  const { scopes, organization } = authorization;
  const url = tenantAuthorizationUrl(context, {
    application,
    scopes,
    state,
    verifier,
    organization,
    prompt,
    loginHint,
  });
  return redirect(request, url, [signInBinding(origin, browser)]);
}
