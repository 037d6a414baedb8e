import type { ScopeChallenge } from '@modelcontextprotocol/server';
import { isScope, satisfies } from '../../scope-rules.ts';
import type { Scope } from '../../scopes.ts';
import type { RequestContext } from './request-context.ts';

/**
 * The scopes to challenge for, or undefined if the caller has all that it needs. The SDK asks before it dispatches a
 * request. The challenge includes the scopes already granted, because clients request exactly what it names.
 */
export function missingScopes(
  { principal, refuse }: RequestContext,
  needed: Scope[],
): ScopeChallenge | undefined {
  if (satisfies(principal.scopes, needed)) return undefined;
  const [first, ...others] = new Set([...principal.scopes.filter(isScope), ...needed]);
  if (!first) return undefined;
  refuse([first, ...others]);
  return { scopes: [first, ...others] };
}

/** The description, with a note for a caller who lacks a scope that the feature needs. */
export function describeFor({ principal }: RequestContext, description: string, needed: Scope[]): string {
  if (satisfies(principal.scopes, needed)) return description;
  return `${description} (Needs a permission that has not been granted yet: ${needed.join(', ')}.)`;
}
