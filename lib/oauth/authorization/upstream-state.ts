import type { SignInConfig } from '../../config.ts';
import type { Result } from '../../result.ts';
import { z } from '../../schema.ts';
import { open, type SealFailure, seal } from '../../sealing.ts';
import { roundTrip } from './callback-verification.ts';
import { authorization } from './request.ts';
import { signInTimeoutSeconds } from './sign-in-cookie.ts';

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
    organization: true,
    organizationPath: true,
  })
  .extend({
    ...roundTrip.shape,
    /** Whether the user decided on our page in this sign-in; if not, an earlier decision in this browser counts. */
    decided: z.boolean(),
  });

/** What must survive a client's sign-in on its way through the tenant; it travels sealed in the `state` that we send there. */
export type UpstreamState = z.infer<typeof upstreamState>;

/** Seals an upstream `state`. */
export function sealUpstreamState(config: SignInConfig, state: UpstreamState): string {
  return seal(config, 'state', state, signInTimeoutSeconds);
}

/** Opens an upstream `state`, or says why not. */
export function openUpstreamState(config: SignInConfig, state: string): Result<UpstreamState, SealFailure> {
  return open(config, 'state', upstreamState, state);
}
