import { createHash } from 'node:crypto';
import { assignedScopes } from '../../../lib/scopes.ts';
import type { Role } from './roles.ts';

/** A user of the tenant. */
export type User = {
  user_id: string;
  connection: string;
  email: string;
  /** Absent: verified. */
  email_verified?: boolean;
  /** Absent for users of a social connection. */
  password?: string;
  name: string;
  /** Names of the permissions that the user has at every API. Absent: all that an API defines. */
  permissions?: string[];
  /** Roles, whose permissions the user has in addition. */
  roles?: Role[];
  /** A blocked user cannot sign in and cannot refresh tokens. Access tokens issued before stay valid. */
  blocked?: boolean;
};

type NewUser = { email: string; password: string; name: string; permissions?: string[] };

/** What an ordinary user may do: everything except the scopes that must be assigned. */
export const ordinaryPermissions = (apiScopes: string[]) =>
  apiScopes.filter((scope) => !assignedScopes.some((each) => each === scope));

/** The users of a new tenant: two ordinary ones, and an administrator with every permission. */
export function demoUsers(permissions: string[]): NewUser[] {
  return [
    { email: 'demo@example.com', password: 'demo', name: 'Demo User', permissions },
    { email: 'other@example.com', password: 'other', name: 'Other User', permissions },
    { email: 'admin@example.com', password: 'admin', name: 'Demo Administrator' },
  ];
}

/** A user of the database connection. The same email address has the same id in every tenant. */
export function databaseUser(input: NewUser): User {
  const id = createHash('sha256').update(input.email).digest('hex').slice(0, 24);
  return { ...input, user_id: `auth0|${id}`, connection: 'Username-Password-Authentication' };
}

/** Whoever signs in with Google is this user. */
export function googleUser(permissions: string[]): User {
  return {
    user_id: 'google-oauth2|108412345678901234567',
    connection: 'google-oauth2',
    email: 'demo@gmail.example',
    name: 'Demo Google User',
    permissions,
  };
}

function userClaims(user: User): Record<string, unknown> {
  const nickname = user.email.split('@')[0] ?? user.email;
  return {
    nickname,
    name: user.name,
    picture: `https://s.gravatar.com/avatar/${createHash('md5').update(user.email).digest('hex')}`,
    updated_at: '2026-11-01T00:00:00.000Z',
    email: user.email,
    email_verified: user.email_verified ?? true,
  };
}

/** The claims that each scope gives access to. `openid` alone gives the id. */
export const claimsByScope = new Map([
  ['profile', ['nickname', 'name', 'picture', 'updated_at']],
  ['email', ['email', 'email_verified']],
]);

/** The user's id and the claims that the scopes give access to. */
export function claimsForScopes(
  user: User,
  scopes: readonly string[],
): { sub: string } & Record<string, unknown> {
  const allowed = new Set(scopes.flatMap((scope) => claimsByScope.get(scope) ?? []));
  const claims = Object.entries(userClaims(user)).filter(([claim]) => allowed.has(claim));
  return { sub: user.user_id, ...Object.fromEntries(claims) };
}
