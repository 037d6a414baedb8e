import type { Config } from '../config.ts';
import type { KeptOrganization } from '../organizations/organization.ts';
import { macs } from '../sealing.ts';
import { sha256 } from '../sha256.ts';

/** Who is calling, as proven by a verified access token. */
export type Principal = {
  issuer: string;
  /** The user: `sub` at the tenant. */
  subject: string;
  /** The customer's organization that the user signed in to; undefined outside any. */
  organization?: KeptOrganization | undefined;
  /** The client that the token was issued to. */
  clientId: string;
  scopes: string[];
  /** What else the user may do, by the permissions that the tenant assigns (RBAC). Empty if it lists none. */
  permissions?: readonly string[] | undefined;
  /** Seconds since the epoch. */
  expiresAt: number;
};

/** The subject of a machine client at Auth0: an application that acts for itself. No user has one like it. */
export function machineSubject(clientId: string): string {
  return `${clientId}@clients`;
}

/** Whether the caller is a machine client, not a person. */
export function isMachine({ subject, clientId }: Pick<Principal, 'subject' | 'clientId'>): boolean {
  return subject === machineSubject(clientId);
}

/** A user outside organizations and the same user in each organization are different users to everything that is stored. */
type UserIdentity = Pick<Principal, 'issuer' | 'subject'> & { organization?: { id: string } | undefined };

type PrincipalIdentity = UserIdentity & Pick<Principal, 'clientId'>;

/**
 * The principal's key in the store: an HMAC of issuer, subject, client and organization. No user id stands in a key, and
 * a session id guessed or stolen by someone else does not match.
 */
export function principalHash(config: Config, principal: PrincipalIdentity): string {
  return principalHashes(config, principal)[0];
}

/** The principal's keys under every accepted sealing secret, the current one's first. */
export function principalHashes(
  config: Config,
  { issuer, subject, clientId, organization }: PrincipalIdentity,
): [string, ...string[]] {
  const [current, ...previous] = macs(
    config,
    'principal',
    JSON.stringify([issuer, subject, clientId, ...of(organization)]),
  );
  const shorten = (hash: string) => hash.slice(0, 22);
  return [shorten(current), ...previous.map(shorten)];
}

/**
 * The key of a user's data: issuer, subject and organization, not the client, so that all clients of a user share it. A
 * plain hash, not keyed by the sealing secret: rotating a secret must not lose what people have stored.
 */
export function userHash({ issuer, subject, organization }: UserIdentity): string {
  return sha256(JSON.stringify([issuer, subject, ...of(organization)])).slice(0, 22);
}

/** Nothing without an organization, so that hashes of those who have none stay what they were. */
function of(organization: { id: string } | undefined): string[] {
  return organization ? [organization.id] : [];
}
