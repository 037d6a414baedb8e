import type { Feature } from './feature.ts';
import type { Identity } from './identity.ts';

export type { Identity } from './identity.ts';

/** Everything that a server offers. */
export type Offer = { identity: Identity; features: readonly Feature[] };
