import type { ErrorPage } from '../../pages/error.ts';

/** Why a callback is not believed. */
export type CallbackRefusal =
  | 'forged'
  | 'expired'
  | 'other-browser'
  | 'other-origin'
  | 'other-issuer'
  | 'used';

const startAgain = 'Go back to the app and connect again.';

/** What each refusal tells the person, and what to do. */
export const callbackRefusals: Record<CallbackRefusal, ErrorPage> = {
  forged: {
    title: 'This sign-in cannot go on',
    message: 'The answer that arrived here does not belong to a sign-in of this server.',
    advice: startAgain,
  },
  expired: {
    title: 'This sign-in took too long',
    message: 'A sign-in must be finished within ten minutes.',
    advice: startAgain,
  },
  'other-browser': {
    title: 'This sign-in began in another browser',
    message: 'You did not approve it in this browser, or its cookies are gone.',
    advice: `If someone sent you this link, close the page. Otherwise allow cookies for this site. ${startAgain}`,
  },
  'other-origin': {
    title: 'This sign-in began at another address',
    message: 'It must end at the address of this server where it began.',
    advice: startAgain,
  },
  'other-issuer': {
    title: 'This sign-in cannot go on',
    message: 'The answer that arrived here comes from another identity provider.',
    advice: startAgain,
  },
  used: {
    title: 'This sign-in is finished already',
    message: 'Its answer was handed to the app before and cannot be used twice.',
    advice: `If the app is not connected: ${startAgain.toLowerCase()}`,
  },
};
