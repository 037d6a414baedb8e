import type { ClaimedOrganization } from '../../../access-token/tenant-jwt.ts';

/** What a machine client may do, and until when what proves it counts, in seconds since the epoch. */
export type Proven = {
  scopes: string[];
  expiresAtSeconds: number;
  /** The organization that it acts for, as the tenant says. */
  claimed?: ClaimedOrganization | undefined;
};
