import type { Implementation } from '@modelcontextprotocol/server';
import type { Feature } from './feature.ts';

/** How a server introduces itself: `lib/tools/identity.ts`. */
export type Identity = Implementation & {
  /** What a model is told about the server as a whole. */
  instructions?: string;
};

/** Everything a server offers. */
export type Offer = { identity: Identity; features: readonly Feature[] };
