import type { Grant } from '../../../access-token/grant.ts';
import type { SignInConfig } from '../../../config.ts';
import type { CoreCall } from '../../define/call.ts';

/** A tool's request for a token, and the call that it is made in. */
export type TokenRequest = {
  config: SignInConfig;
  grant: Grant;
  /** `userHash`. */
  user: string;
  call: CoreCall;
  deadlineMs: number;
};
