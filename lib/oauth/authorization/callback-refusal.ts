import type { ErrorPage } from '../../pages/error.ts';

/** Why a callback is refused. */
export type CallbackRefusal =
  | 'forged'
  | 'expired'
  | 'other-browser'
  | 'other-origin'
  | 'other-issuer'
  | 'used';

const startAgain = 'Go back to the app and connect again.';

/** The error page for each refusal. */
export const callbackRefusals: Record<CallbackRefusal, ErrorPage> = {
  forged: {
    title: 'This sign-in cannot continue',
    message: 'The response does not belong to a sign-in on this server.',
    advice: startAgain,
  },
  expired: {
    title: 'This sign-in took too long',
    message: 'You must finish signing in within ten minutes.',
    advice: startAgain,
  },
  'other-browser': {
    title: 'This sign-in started in another browser',
    message: 'It did not start in this browser, or the cookies of this browser were deleted.',
    advice: `If someone sent you this link, close this page. Otherwise, allow cookies for this site. ${startAgain}`,
  },
  'other-origin': {
    title: 'This sign-in started at another address',
    message: 'It must finish at the same address of this server where it started.',
    advice: startAgain,
  },
  'other-issuer': {
    title: 'This sign-in cannot continue',
    message: 'The response came from another identity provider.',
    advice: startAgain,
  },
  used: {
    title: 'This sign-in is already finished',
    message: 'Its response was already used and cannot be used twice.',
    advice: `If the app is not connected, ${startAgain.toLowerCase()}`,
  },
};
