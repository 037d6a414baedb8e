import type { Implementation } from '@modelcontextprotocol/server';
import type { Feature } from './feature.ts';

/** How a server introduces itself. Set yours in `lib/tools/identity.ts`. */
export type Identity = Implementation & {
  /** What a model is told about the server as a whole: what it is for and when to use which tool. */
  instructions?: string;
};

/** Everything that a server offers. */
export type Offer = { identity: Identity; features: readonly Feature[] };
