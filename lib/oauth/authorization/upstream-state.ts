import { z } from 'zod';
import type { SignInConfig } from '../../config.ts';
import type { Result } from '../../result.ts';
import { open, type SealFailure, seal } from '../../sealing.ts';
import { authorization } from './request.ts';

/** The cookie that binds a sign-in to the browser in which it was approved. */
export const signInCookie = 'sign-in';

/** Seconds that a user may take to sign in at the tenant. */
export const signInTimeoutSeconds = 600;

const upstreamState = authorization
  .pick({
    signIn: true,
    clientId: true,
    clientShortId: true,
    redirectUri: true,
    redirectUriSent: true,
    state: true,
    codeChallenge: true,
    scopes: true,
  })
  .extend({
    /** Unique to one approval, so that a second use can be noticed. */
    id: z.string(),
    /** The client's Auth0 application. */
    application: z.string(),
    /** Our origin where the sign-in began, and whose callback the tenant was given. */
    origin: z.string(),
    /** Whether the user decided on our page in this sign-in; if not, an earlier decision in this browser counts. */
    decided: z.boolean(),
    /** Fingerprint of the browser that approved. */
    browser: z.string(),
    /** Our own PKCE verifier towards the tenant (RFC 7636). */
    verifier: z.string(),
  });

/** What must survive the way through the tenant; it travels sealed in the `state` that we send there. */
export type UpstreamState = z.infer<typeof upstreamState>;

/** Seals an upstream `state`. */
export function sealUpstreamState(config: SignInConfig, state: UpstreamState): string {
  return seal(config, 'state', state, signInTimeoutSeconds);
}

/** Opens an upstream `state`, or says why not. */
export function openUpstreamState(config: SignInConfig, state: string): Result<UpstreamState, SealFailure> {
  return open(config, 'state', upstreamState, state);
}
