import {
  assignedScopes,
  baselineScopes,
  includedScopes,
  type Scope,
  scopeDescriptions,
  userClaims,
} from './scopes.ts';

/** Every scope of this server, in the order in which it defines them. */
export const allScopes = Object.keys(scopeDescriptions).filter(isScope);

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

/** Whether this is one of our scopes. */
export function isScope(value: string): value is Scope {
  return Object.hasOwn(scopeDescriptions, value);
}

/** Whether a user can grant this to a client. */
export function isGrantable(value: string): value is GrantableScope {
  return isScope(value) || value === offlineAccess;
}

/** What the tenant is asked for: the client's scopes, and OpenID's for who the user is and what they are called. */
export function upstreamScope(scopes: readonly string[]): string {
  const claims = userClaims.map((claim) => (claim === 'name' ? 'profile' : claim));
  return ['openid', ...claims, ...scopes].join(' ');
}

/**
 * What a user can have of the scopes that the tenant granted: those that must be assigned only with the permission of the
 * same name.
 *
 * @param permissions the user's, as the tenant's access token lists them; undefined if it lists none.
 */
export function withoutUnassigned(scopes: string[], permissions: string[] | undefined): string[] {
  return scopes.filter(
    (scope) => !assignedScopes.some((each) => each === scope) || (permissions?.includes(scope) ?? false),
  );
}

/** Permissions kept of a user, so that tokens stay short. */
const maxPermissions = 50;

/**
 * The user's permissions that are no scopes of ours, which tools may ask for; undefined without any. Of more than fifty the
 * first count: an API with so many is not made for this server alone.
 */
export function furtherPermissions(permissions: string[] | undefined): string[] | undefined {
  const further = permissions?.filter((each) => !isScope(each)).slice(0, maxPermissions);
  return further?.length ? further : undefined;
}

/** Whether the granted scopes, with everything that they include, cover every needed one. */
export function satisfies(granted: readonly string[], needed: readonly Scope[]): boolean {
  const held = new Set(granted.filter(isScope));
  // The loop also visits what is added while it runs.
  for (const scope of held) for (const included of includedScopes[scope] ?? []) held.add(included);
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
  return asked.has(offlineAccess) ? [...scopes, offlineAccess] : [...scopes];
}
