import { z } from '../schema.ts';

/** An organization as it is kept in tokens and records. */
export const keptOrganization = z.object({
  /** `org_…`. It stays when the organization is renamed, so everything that belongs to it is named by this. */
  id: z.string().min(1),
  /** The name in URLs, as it was at the sign-in: lower case, unique in the tenant at any one time. */
  name: z.string().min(1),
});

/** A customer's organization at Auth0. Use `id` in keys and queries: an organization can be renamed. */
export type KeptOrganization = z.infer<typeof keptOrganization>;

/** An organization as the tenant describes it. */
export const organization = keptOrganization.extend({
  /** The name for people. */
  displayName: z.string().optional(),
});

/** A customer's organization at Auth0. */
export type Organization = z.infer<typeof organization>;

/** What is kept of an organization; undefined of none. */
export function toKeep(found: Organization | undefined): KeptOrganization | undefined {
  return found && { id: found.id, name: found.name };
}
