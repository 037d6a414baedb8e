import { randomUUID } from 'node:crypto';
import { namedOrganization } from '../access-token/signed-in-organization.ts';
import type { SignInConfig } from '../config.ts';
import type { SignInContext } from '../http/endpoint.ts';
import { OAuthError } from '../http/errors.ts';
import { redirect } from '../http/redirect.ts';
import { fingerprint } from '../oauth/authorization/browser-binding.ts';
import { roundTrip } from '../oauth/authorization/callback-verification.ts';
import { readConsentMemory } from '../oauth/authorization/consent-memory.ts';
import { signInBinding, signInSecret, signInTimeoutSeconds } from '../oauth/authorization/sign-in-cookie.ts';
import { newVerifier, tenantAuthorizationUrl } from '../oauth/authorization/tenant-authorization.ts';
import { callbacksFor } from '../oauth/client/application/application.ts';
import { sharedApplication } from '../oauth/client/application/shared.ts';
import { makeReady } from '../oauth/client/application/update.ts';
import { organizationOfOrigin } from '../organizations/address.ts';
import { registeredCallback } from '../origin.ts';
import type { Result } from '../result.ts';
import { z } from '../schema.ts';
import { open, type SealFailure, seal } from '../sealing.ts';
import { limit, limited } from '../store/rate-limit.ts';
import type { Invitation } from './invitation.ts';

const sealedState = roundTrip.extend({
  /** The organization of the page's origin; undefined at the deployment's own origins. */
  organization: z.object({ id: z.string(), name: z.string() }).optional(),
});

/** The sealed `state` of a sign-in to the page. Its own key tells it from the state of a client's sign-in. */
type State = z.infer<typeof sealedState>;

/** Opens the state of a sign-in to the page, or says why not. */
export function openState(config: SignInConfig, state: string): Result<State, SealFailure> {
  return open(config, 'connections-state', sealedState, state);
}

/**
 * Sends the user to the tenant to sign in to the page: through the application that clients share, asking for nothing but
 * who they are.
 *
 * @param options.prompt `login` makes the tenant ask for an account even if the user is signed in there.
 * @param options.invitation to accept: the sign-in is to its organization.
 * @throws TenantError, NoRoom
 */
export async function startSignIn(
  request: Request,
  context: SignInContext,
  { prompt, invitation }: { prompt?: 'login' | undefined; invitation?: Invitation | undefined },
): Promise<Response> {
  const { config, origin } = context;
  const organization =
    invitation?.organization ??
    (await namedOrganization(context, request, organizationOfOrigin(origin, config)));
  const application = await limited(context, request, 'authorize', () => readyApplication(request, context));
  const browser = signInSecret(request, origin, readConsentMemory(request, context));
  const verifier = newVerifier();
  const state: State = {
    id: randomUUID(),
    application,
    origin,
    browser: fingerprint(browser),
    verifier,
    organization: organization && { id: organization.id, name: organization.name },
  };
  const sealed = seal(config, 'connections-state', state, signInTimeoutSeconds);
  const asked = {
    application,
    scopes: [],
    state: sealed,
    verifier,
    organization,
    prompt,
    invitation: invitation?.ticket,
  };
  return redirect(request, tenantAuthorizationUrl(context, asked), [signInBinding(origin, browser)]);
}

async function readyApplication(request: Request, context: SignInContext): Promise<string> {
  const { config, origin } = context;
  const record = await sharedApplication(config, { callbacks: callbacksFor(config, origin) }, () =>
    limit(context, request, 'create'),
  );
  const ready = await makeReady(config, record, registeredCallback(origin, config));
  if (ready) return ready.application;
  // It was deleted at the tenant, which is known now: the next attempt makes it again.
  throw new OAuthError('temporarily_unavailable', 'The sign-in could not be started. Try again.');
}
