import type { TenantState } from '../model/state.ts';
import type { Reply } from './reply.ts';

/** A Management API request that has passed authorization. */
export type ManagementRequest = {
  state: TenantState;
  params: Record<string, string>;
  query: URLSearchParams;
  body: unknown;
  /** Scopes of the bearer. */
  scopes: ReadonlySet<string>;
};

/** One operation: any one of `scopes` lets a caller in; `:name` in the path is a parameter. */
export type Route = {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  scopes: readonly string[];
  handle: (request: ManagementRequest) => Reply;
};

/** Parameters of a path that fits a route's pattern, decoded; undefined if it does not fit. */
export function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const actual = path.split('/');
  if (wanted.length !== actual.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = actual[index] ?? '';
    if (!part.startsWith(':')) {
      if (part !== value) return undefined;
      continue;
    }
    try {
      params[part.slice(1)] = decodeURIComponent(value);
    } catch {
      return undefined;
    }
  }
  return params;
}
