import type { SignInContext } from '../../http/endpoint.ts';
import { OAuthError } from '../../http/errors.ts';
import type { Parameters } from '../../http/parameters.ts';
import { log } from '../../log.ts';
import type { Result } from '../../result.ts';
import { z } from '../../schema.ts';
import type { SealFailure } from '../../sealing.ts';
import { callbackKey } from '../../store/keys.ts';
import { withStore } from '../../store/redis.ts';
import { isSameBrowser } from './browser-binding.ts';
import { callbackError } from './callback-error.ts';
import type { CallbackRefusal } from './callback-refusal.ts';
import { heldSignInSecret, signInTimeoutSeconds } from './sign-in-cookie.ts';

/** What every sign-in at the tenant carries in its sealed `state`, whatever it is for. */
export const roundTrip = z.object({
  /** Unique to one sign-in, so that a second use can be noticed. */
  id: z.string(),
  /** The Auth0 application through which the user signs in. */
  application: z.string(),
  /** Our origin where the sign-in began, and whose callback the tenant was given. */
  origin: z.string(),
  /** Fingerprint of the browser that it began in. */
  browser: z.string(),
  /** Our own PKCE verifier towards the tenant (RFC 7636). */
  verifier: z.string(),
});

type RoundTrip = z.infer<typeof roundTrip>;

/**
 * The sign-in that the tenant's answer belongs to, if it is ours, from this browser, and was not used before.
 *
 * @param opened the answer's `state`, opened by whoever sealed it.
 */
export async function verifyCallback<State extends Omit<RoundTrip, 'application' | 'verifier'>>(
  request: Request,
  context: SignInContext,
  parameters: Parameters,
  opened: Result<State, SealFailure>,
): Promise<Result<{ state: State; browser: string }, CallbackRefusal>> {
  const { config, origin } = context;
  if ('failure' in opened) return { failure: opened.failure === 'expired' ? 'expired' : 'forged' };
  const state = opened.value;
  if (state.origin !== origin) return { failure: 'other-origin' };
  const browser = heldSignInSecret(request, origin);
  if (browser === undefined || !isSameBrowser(browser, state.browser)) return { failure: 'other-browser' };
  // RFC 9207 section 2.4: only tenants that are told to send `iss`.
  const { issuer } = config.oauth;
  if ((parameters.get('iss') ?? issuer) !== issuer) return { failure: 'other-issuer' };
  if (!(await isFirstUse(context, state))) return { failure: 'used' };
  return { value: { state, browser } };
}

/** Whether this sign-in comes back for the first time. Without the store, Auth0's code still works only once. */
async function isFirstUse({ config }: SignInContext, { id }: { id: string }): Promise<boolean> {
  try {
    const set = await withStore(config, (redis) =>
      redis.set(callbackKey(id), '1', { nx: true, ex: signInTimeoutSeconds }),
    );
    return set !== null;
  } catch {
    log('warn', 'single use of a sign-in not checked');
    return true;
  }
}

/**
 * The tenant's code.
 *
 * @throws OAuthError the tenant's error, if it answered with one.
 */
export function tenantCode(parameters: Parameters): string {
  const error = parameters.get('error');
  if (error !== undefined) throw callbackError(error, parameters.get('error_description') ?? '');
  const code = parameters.get('code');
  if (code === undefined) throw new OAuthError('server_error', 'The identity provider sent no code.');
  return code;
}
