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

const implied: Record<Scope, Scope[]> = {
  'mcp:read': ['mcp:read'],
  'mcp:write': ['mcp:write', 'mcp:read'],
  'mcp:admin': ['mcp:admin', 'mcp:write', 'mcp:read'],
};

/** Whether this is one of our scopes. */
export function isScope(value: string): value is Scope {
  return Object.hasOwn(scopeDescriptions, value);
}

/** Whether the granted scopes cover every needed one: admin includes write, write includes read. */
export function satisfies(granted: readonly string[], needed: readonly Scope[]): boolean {
  const held = new Set(granted.filter(isScope).flatMap((scope) => implied[scope]));
  return needed.every((scope) => held.has(scope));
}
