import type { Principal } from './principal.ts';

/** What became of a presented token: whose it is, why it is refused, or that we cannot know right now. */
export type Verification =
  | { principal: Principal }
  | { refused: string }
  | { unavailable: string; retryAfter: number; cause?: unknown };
