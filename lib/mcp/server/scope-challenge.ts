import type { ScopeChallenge } from '@modelcontextprotocol/server';
import { isScope, satisfies } from '../../scope-rules.ts';
import type { Scope } from '../../scopes.ts';
import type { RequestContext } from './request-context.ts';

/**
 * Which scopes to challenge for, if the caller lacks any; asked by the SDK before it dispatches a request. The
 * scopes already granted are named too: clients ask for exactly what the challenge names, and must not lose any.
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

/** A description that tells a caller who lacks a scope that using the feature leads to a question for more. */
export function describeFor({ principal }: RequestContext, description: string, needed: Scope[]): string {
  if (satisfies(principal.scopes, needed)) return description;
  return `${description} (Needs a permission that has not been granted yet: ${needed.join(', ')}.)`;
}
