import { grant } from '../../access-token/grant.ts';
import { z } from '../../schema.ts';

/**
 * A user who has signed in at the tenant: the grant that the tenant confirmed, before the client gets it. It travels
 * sealed in the consent form if the user still has to approve.
 */
export const signedIn = z.object({
  grant,
  /** What to call the user on our own page. */
  name: z.string().optional(),
});

export type SignedIn = z.infer<typeof signedIn>;
