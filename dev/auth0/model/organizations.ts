import type { Connection } from './connections.ts';
import { randomAlphanumerics } from './identifiers.ts';
import type { Role } from './roles.ts';
import type { User } from './users.ts';

/** An invitation that has not been accepted. The ticket is what its link carries. */
export type Invitation = { id: string; ticket: string; email: string; expiresAtMs: number; roles: Role[] };

/** A customer's organization. */
export type Organization = {
  id: string;
  name: string;
  display_name?: string | undefined;
  metadata?: Record<string, string> | undefined;
  /** Whether third-party applications may sign users in. Absent: `deny`. */
  third_party_client_access?: 'allow' | 'deny' | undefined;
  /** The roles that each member has in this organization only, by user id. */
  members: Map<string, Role[]>;
  /** The connections that members may use, by id, and whether signing in with one makes a member. */
  connections: Map<string, { assign_membership_on_login: boolean }>;
  invitations: Invitation[];
  /** Client grants that machine clients may use for this organization. */
  clientGrants: Set<string>;
};

/** An organization of a new tenant, with the email addresses of its members. */
export type OrganizationSeed = { name: string; display_name: string; members: string[] };

/** The organizations of a tenant that has any: one user is in both, one in the second, the administrator in none. */
export const demoOrganizations: OrganizationSeed[] = [
  { name: 'acme', display_name: 'Acme', members: ['demo@example.com'] },
  { name: 'globex', display_name: 'Globex', members: ['demo@example.com', 'other@example.com'] },
];

/** A new organization without members, connections and invitations. */
export function newOrganization(
  input: Pick<Organization, 'name' | 'display_name' | 'metadata' | 'third_party_client_access'>,
): Organization {
  return {
    id: `org_${randomAlphanumerics(16)}`,
    ...input,
    members: new Map(),
    connections: new Map(),
    invitations: [],
    clientGrants: new Set(),
  };
}

/** The organizations that a new tenant is seeded with. Their members sign in with the first connection. */
export function seededOrganizations(
  seeds: OrganizationSeed[],
  users: User[],
  [connection]: Connection[],
): Organization[] {
  return seeds.map(({ members, ...input }) => {
    const organization = newOrganization(input);
    for (const { email, user_id } of users)
      if (members.includes(email)) organization.members.set(user_id, []);
    if (connection) organization.connections.set(connection.id, { assign_membership_on_login: false });
    return organization;
  });
}
