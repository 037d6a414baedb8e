import { createHash } from 'node:crypto';

/** Someone who can sign in. `permissions` absent: all that an API defines. */
export type User = {
  user_id: string;
  connection: string;
  email: string;
  password?: string;
  name: string;
  permissions?: string[];
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

/** OpenID claims of a user, as id_token and `/userinfo` carry them. */
export function userClaims(user: User): { sub: string } & Record<string, unknown> {
  const nickname = user.email.split('@')[0] ?? user.email;
  return {
    sub: user.user_id,
    nickname,
    name: user.name,
    picture: `https://s.gravatar.com/avatar/${createHash('md5').update(user.email).digest('hex')}`,
    updated_at: '2026-11-01T00:00:00.000Z',
    email: user.email,
    email_verified: true,
  };
}

const claimsByScope: Record<string, readonly string[]> = {
  openid: ['sub'],
  profile: ['nickname', 'name', 'picture', 'updated_at'],
  email: ['email', 'email_verified'],
};

/** Those of the user's claims that the scopes entitle to. */
export function claimsForScopes(user: User, scopes: readonly string[]): Record<string, unknown> {
  const allowed = new Set(scopes.flatMap((scope) => claimsByScope[scope] ?? []));
  return Object.fromEntries(Object.entries(userClaims(user)).filter(([claim]) => allowed.has(claim)));
}
