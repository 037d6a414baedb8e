/** What each scope lets a client do, in the words that the consent page shows. */
export const scopeDescriptions = {
  'mcp:read': 'See your data on this server',
  'mcp:write': 'Add, change and delete your data on this server',
  'mcp:admin': 'See how this server is doing',
} as const;

export type Scope = keyof typeof scopeDescriptions;

export const allScopes = Object.keys(scopeDescriptions) as Scope[];

/**
 * What an ordinary client is told to ask for in the challenge and the resource metadata: enough for the
 * ordinary tools. Anything more is asked for by step-up, when a tool needs it.
 */
export const baselineScopes: Scope[] = ['mcp:read', 'mcp:write'];

/**
 * What the tenant is asked to say about the user, for tools that use `call.user()`. It stays on the server, and the consent
 * page says so. Empty the list if no tool needs it.
 */
export const userClaims: readonly ('name' | 'email')[] = ['name', 'email'];

/** The scope that asks for a refresh token: of the authorization server alone, no tool needs it. */
export const offlineAccess = 'offline_access';

/** What a client may ask for and a user may grant. */
export type GrantableScope = Scope | typeof offlineAccess;

/**
 * What is offered for approval: a client that uses the refresh token grant may stay connected, asked for or
 * not, since clients of older protocol revisions never ask and would lose their user with the first token.
 */
export function offeredScopes(asked: GrantableScope[], usesRefreshToken: boolean): GrantableScope[] {
  const ours = asked.filter(isScope);
  return usesRefreshToken ? [...ours, offlineAccess] : ours;
}

/** How the consent page words a scope. */
export function describeScope(scope: GrantableScope): string {
  return scope === offlineAccess
    ? 'Stay connected until you disconnect it, or for 30 days without use'
    : scopeDescriptions[scope];
}

const implied: Record<Scope, Scope[]> = {
  'mcp:read': ['mcp:read'],
  'mcp:write': ['mcp:write', 'mcp:read'],
  'mcp:admin': ['mcp:admin', 'mcp:write', 'mcp:read'],
};

/** Whether this is one of our scopes. */
export function isScope(value: string): value is Scope {
  return Object.hasOwn(scopeDescriptions, value);
}

/** Whether a user can grant this to a client. */
export function isGrantable(value: string): value is GrantableScope {
  return isScope(value) || value === offlineAccess;
}

/** What the tenant is asked for: the client's scopes, and OpenID's for who the user is and what they are called. */
export function upstreamScope(scopes: GrantableScope[]): string {
  const claims = userClaims.map((claim) => (claim === 'name' ? 'profile' : claim));
  return ['openid', ...claims, ...scopes].join(' ');
}

/** Whether the granted scopes cover every needed one: admin includes write, write includes read. */
export function satisfies(granted: readonly string[], needed: readonly Scope[]): boolean {
  const held = new Set(granted.filter(isScope).flatMap((scope) => implied[scope]));
  return needed.every((scope) => held.has(scope));
}

/**
 * What an authorization request asks for (RFC 6749 section 3.3). Scopes that are not ours are left out, as
 * OpenID's are, since no ID token is passed on; with none of ours left it is the baseline.
 */
export function requestedScopes(scope: string | undefined): GrantableScope[] {
  const asked = new Set(scope?.split(' '));
  const ours: GrantableScope[] = allScopes.filter((each) => asked.has(each));
  const scopes = ours.length ? ours : baselineScopes;
  return asked.has(offlineAccess) ? [...scopes, offlineAccess] : scopes;
}
