import { randomUUID } from 'node:crypto';
import { namedOrganization } from '../access-token/signed-in-organization.ts';
import { myAccountAudience, myAccountScopes } from '../auth0/my-account-access.ts';
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
import { type KeptOrganization, keptOrganization, toKeep } from '../organizations/organization.ts';
import { registeredCallback } from '../origin.ts';
import type { Result } from '../result.ts';
import { z } from '../schema.ts';
import { open, type SealFailure, seal } from '../sealing.ts';
import { limit, limited } from '../store/rate-limit.ts';
import type { Invitation } from './invitation.ts';

/** The sealed `state` of a sign-in to the page. Its own key tells it from the state of a client's sign-in. */
const signInState = roundTrip.extend({
  /** The organization of the page's origin; undefined at the deployment's own origins. */
  organization: keptOrganization.optional(),
  /** Whether the tenant was asked for a token for the user's connected accounts too. */
  accounts: z.boolean().optional(),
  /** The link to connect an account that the user follows. */
  link: z.string().optional(),
});
type State = z.infer<typeof signInState>;

type SignInOptions = {
  prompt?: 'login' | undefined;
  invitation?: Invitation | undefined;
  link?: string | undefined;
  organization?: KeptOrganization | undefined;
  withoutAccounts?: boolean;
};

/** Opens the state of a sign-in to the page, or says why not. */
export function openState(config: SignInConfig, state: string): Result<State, SealFailure> {
  return open(config, 'connections-state', signInState, state);
}

/**
 * Sends the user to the tenant to sign in to the page: through the application that clients share, asking for nothing but
 * who they are, and for their connected accounts if the server uses any (`AUTH0_CONNECTED_ACCOUNTS`).
 *
 * @param options.prompt `login` makes the tenant ask for an account even if the user is signed in there.
 * @param options.invitation to accept: the sign-in is to its organization.
 * @param options.link the link to connect an account where the user continues.
 * @param options.organization of that link: the sign-in is to it.
 * @param options.withoutAccounts leaves the connected accounts out: the tenant has refused them.
 * @throws TenantError, NoRoom
 */
export async function startSignIn(
  request: Request,
  context: SignInContext,
  options: SignInOptions = {},
): Promise<Response> {
  const { config, origin } = context;
  const { prompt, invitation } = options;
  const organization =
    invitation?.organization ??
    options.organization ??
    (await namedOrganization(context, request, organizationOfOrigin(origin, config)));
  const application = await limited(context, request, 'authorize', () => readyApplication(request, context));
  const browser = signInSecret(request, origin, readConsentMemory(request, context));
  const verifier = newVerifier();
  const accounts = config.oauth.connectedAccounts.length > 0 && !options.withoutAccounts;
  const state: State = {
    id: randomUUID(),
    application,
    origin,
    browser: fingerprint(browser),
    verifier,
    organization: toKeep(organization),
    ...(accounts && { accounts }),
    ...(options.link !== undefined && { link: options.link }),
  };
  const sealed = seal(config, 'connections-state', state, signInTimeoutSeconds);
  const asked = {
    ...{ application, state: sealed, verifier, organization, prompt, invitation: invitation?.ticket },
    ...accessFor(config, state),
  };
  return redirect(request, tenantAuthorizationUrl(context, asked), [signInBinding(origin, browser)]);
}

/** What the tenant is asked for in a sign-in to the page. */
export function accessFor(
  { oauth }: SignInConfig,
  { accounts }: Pick<State, 'accounts'>,
): { scopes: string[]; audience?: string } {
  return accounts ? { scopes: myAccountScopes, audience: myAccountAudience(oauth) } : { scopes: [] };
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
