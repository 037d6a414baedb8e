/**
 * The scopes of this server: what a token can permit. This file is yours: rename, add or remove scopes here, then
 * run setup again. The rules that hold for every scope are in `scope-rules.ts`.
 */

/** What each scope lets a client do, in the words that the consent page shows. */
export const scopeDescriptions = {
  'mcp:read': 'See your data on this server',
  'mcp:write': 'Add, change and delete your data on this server',
  'mcp:admin': 'See how this server is doing',
} as const;

export type Scope = keyof typeof scopeDescriptions;

/**
 * What an ordinary client is told to ask for in the challenge and the resource metadata: enough for the
 * ordinary tools. Anything more is asked for by step-up, when a tool needs it.
 */
export const baselineScopes: readonly [Scope, ...Scope[]] = ['mcp:read', 'mcp:write'];

/**
 * The scopes that only some users may grant: a user needs the permission of the same name for the API in Auth0 (role-based
 * access control, which `npm run setup -- --rbac` turns on). Without it, nobody has these scopes.
 */
export const assignedScopes: readonly Scope[] = ['mcp:admin'];

/**
 * What the tenant is asked to say about the user, for tools that call `call.user()`. It stays on the server, and the
 * consent page says so. Empty the list if no tool needs it.
 */
export const userClaims: readonly ('name' | 'email')[] = ['name', 'email'];

/** The scopes that a scope includes, and everything that those include. */
export const includedScopes: { readonly [scope in Scope]?: readonly Scope[] } = {
  'mcp:write': ['mcp:read'],
  'mcp:admin': ['mcp:write'],
};
