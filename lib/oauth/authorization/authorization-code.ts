import { grant } from '../../access-token/grant.ts';
import type { SignInConfig } from '../../config.ts';
import type { Result } from '../../result.ts';
import { z } from '../../schema.ts';
import { open, type SealFailure, seal } from '../../sealing.ts';

/** Seconds that an authorization code lives (RFC 6749 section 4.1.2: ten minutes at most). */
export const codeLifetimeSeconds = 300;

const authorizationCode = z.object({
  /** Unique to the code, which works once. */
  id: z.string(),
  grant,
  redirectUri: z.string(),
  /** Whether the authorization request named the redirect URI, which the token request must then repeat. */
  redirectUriSent: z.boolean(),
  codeChallenge: z.string(),
});

/** What an authorization code of ours holds: the grant, and everything that the token request must agree with. */
export type AuthorizationCode = z.infer<typeof authorizationCode>;

/** Seals an authorization code for the client. */
export function sealCode(config: SignInConfig, code: AuthorizationCode): string {
  return seal(config, 'code', code, codeLifetimeSeconds);
}

/** Opens an authorization code, or says why not. */
export function openCode(config: SignInConfig, code: string): Result<AuthorizationCode, SealFailure> {
  return open(config, 'code', authorizationCode, code);
}
