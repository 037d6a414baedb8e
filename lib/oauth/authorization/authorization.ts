import type { AuthorizationRequest } from './request.ts';
import type { ResponseTarget } from './response.ts';

/** An authorization request that passed every check, as the consent form carries it. */
export type Authorization = ResponseTarget &
  AuthorizationRequest & {
    /** Follows one sign-in through the log lines of all its functions. */
    signIn: string;
    clientId: string;
    redirectUriSent: boolean;
  };
