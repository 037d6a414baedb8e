import { setCookie } from '../../http/cookies.ts';
import { heldSecret, newSecret } from './browser-binding.ts';
import type { ConsentMemory } from './consent-memory.ts';

/** The cookie that binds a sign-in to the browser in which it started. */
const cookie = 'sign-in';

/** Seconds that a user may take to sign in at the tenant. */
export const signInTimeoutSeconds = 600;

/** The secret that binds this browser's sign-ins to it; the same for all that run at once. */
export function signInSecret(request: Request, origin: string, memory: ConsentMemory | undefined): string {
  return heldSignInSecret(request, origin) ?? memory?.browser ?? newSecret();
}

/** The secret of the sign-ins that this browser has started; undefined if there are none. */
export function heldSignInSecret(request: Request, origin: string): string | undefined {
  return heldSecret(request, origin, cookie);
}

/** The `Set-Cookie` value that binds a sign-in to this browser. */
export function signInBinding(origin: string, browser: string): string {
  return setCookie(origin, cookie, browser, signInTimeoutSeconds);
}
