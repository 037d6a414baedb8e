import { createHash } from 'node:crypto';

/** A user of the tenant. */
export type User = {
  user_id: string;
  connection: string;
  email: string;
  /** Absent for users of a social connection. */
  password?: string;
  name: string;
  /** Names of the permissions that the user has at every API. Absent: all that an API defines. */
  permissions?: string[];
  /** A blocked user cannot sign in and cannot refresh tokens. Access tokens issued before stay valid. */
  blocked?: boolean;
};

/** A user of the database connection; the same e-mail address has the same id in every tenant. */
export function databaseUser(input: {
  email: string;
  password: string;
  name: string;
  permissions?: string[];
}): User {
  const id = createHash('sha256').update(input.email).digest('hex').slice(0, 24);
  return { ...input, user_id: `auth0|${id}`, connection: 'Username-Password-Authentication' };
}

/** The one person who comes back when somebody chooses Google. */
export const googleUser: User = {
  user_id: 'google-oauth2|108412345678901234567',
  connection: 'google-oauth2',
  email: 'demo@gmail.example',
  name: 'Demo Google User',
};

function userClaims(user: User): Record<string, unknown> {
  const nickname = user.email.split('@')[0] ?? user.email;
  return {
    nickname,
    name: user.name,
    picture: `https://s.gravatar.com/avatar/${createHash('md5').update(user.email).digest('hex')}`,
    updated_at: '2026-11-01T00:00:00.000Z',
    email: user.email,
    email_verified: true,
  };
}

/** Claims that each scope entitles to; `openid` alone gives the id. */
export const claimsByScope = new Map([
  ['profile', ['nickname', 'name', 'picture', 'updated_at']],
  ['email', ['email', 'email_verified']],
]);

/** The user's id and those of the claims that the scopes entitle to. */
export function claimsForScopes(
  user: User,
  scopes: readonly string[],
): { sub: string } & Record<string, unknown> {
  const allowed = new Set(scopes.flatMap((scope) => claimsByScope.get(scope) ?? []));
  const claims = Object.entries(userClaims(user)).filter(([claim]) => allowed.has(claim));
  return { sub: user.user_id, ...Object.fromEntries(claims) };
}
