import type { z } from 'zod';
import type { TenantState } from '../model/state.ts';
import type { Reply } from './reply.ts';

/** An authorized Management API request. */
export type ManagementRequest = {
  state: TenantState;
  params: Record<string, string>;
  query: URLSearchParams;
  body: unknown;
  /** The scopes of the access token. */
  scopes: ReadonlySet<string>;
};

/** One operation. `:name` in the path is a parameter. */
export type Route = {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  /** The caller needs any one of these. */
  scopes: readonly string[];
  /** The caller needs all of `scopes`. */
  everyScope?: boolean;
  /** The query parameters that the operation has; without it, none. */
  query?: z.ZodType;
  /** Whether a POST carries no body, as few do. */
  withoutBody?: boolean;
  handle: (request: ManagementRequest) => Reply;
};

/** The decoded parameters of a path that matches a route's pattern, or undefined. */
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
