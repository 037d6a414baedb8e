import type { IncomingHttpHeaders } from 'node:http';
import { isHandler, type RouteWithSrc } from '@vercel/routing-utils';
import { type Conditions, conditionsOf, meetsConditions } from './conditions.ts';
import type { FunctionEntry, Project } from './project.ts';

/** What answers a request. `path` is what the function sees: the original path with rewrite parameters appended. */
export type Target =
  | { kind: 'function'; entry: FunctionEntry; path: string }
  | { kind: 'file'; file: string }
  | { kind: 'redirect'; status: number }
  | { kind: 'none' };

/** A target and the response headers that vercel.json sets for this path. */
export type Routing = { target: Target; headers: Record<string, string> };

type Compiled = { pattern: RegExp; conditions: Conditions; route: RouteWithSrc };

/** Vercel publishes a function under its file name as well. */
const functionExtension = /^(\/api\/.+)\.(?:[cm]?js|[cm]?ts)$/;

/**
 * Applies a project's routes in Vercel's order: redirects and headers, then the file system (static files and
 * functions), then rewrites. A rewrite is skipped if its destination does not exist.
 *
 * Enforces, as measured on Vercel: paths are case-sensitive; a trailing slash is another path unless a rewrite allows it;
 * sources, `vercel.json` and what begins with `_` or `.` under `api/` are not published; a client's own query parameter wins
 * over a rewrite's.
 */
export function createRouter(project: Project): (url: URL, headers: IncomingHttpHeaders) => Routing {
  const filesystem = project.routes.findIndex((route) => isHandler(route) && route.handle === 'filesystem');
  const before = compile(project.routes.slice(0, filesystem === -1 ? undefined : filesystem));
  const rewrites = compile(filesystem === -1 ? [] : project.routes.slice(filesystem));

  const lookUp = (pathname: string, path: string): Target | undefined => {
    const file =
      project.files.get(decode(pathname)) ?? (pathname === '/' ? project.files.get('/') : undefined);
    if (file) return { kind: 'file', file };
    const entry = project.functions.get(pathname.replace(functionExtension, '$1'));
    return entry && { kind: 'function', entry, path };
  };

  return (url, requestHeaders) => {
    const request = { url, headers: requestHeaders };
    const headers: Record<string, string> = {};
    for (const { pattern, conditions, route } of before) {
      const match = pattern.exec(url.pathname);
      if (!match || !meetsConditions(conditions, request)) continue;
      for (const [name, value] of Object.entries(route.headers ?? {}))
        headers[name.toLowerCase()] = substitute(value, match);
      if (!route.continue && headers.location)
        return { target: { kind: 'redirect', status: route.status ?? 308 }, headers };
    }
    const original = url.pathname + url.search;
    const direct = lookUp(url.pathname, original);
    if (direct) return { target: direct, headers };
    for (const { pattern, conditions, route } of rewrites) {
      const match = pattern.exec(url.pathname);
      if (!match || !route.dest || !meetsConditions(conditions, request)) continue;
      const [pathname = '', query = ''] = route.dest.split('?', 2);
      const search = withParameters(url.search, query, match);
      const target = lookUp(substitute(pathname, match), url.pathname + search);
      if (target) return { target, headers };
    }
    return { target: { kind: 'none' }, headers };
  };
}

function compile(routes: Project['routes']): Compiled[] {
  return routes
    .filter((route): route is RouteWithSrc => !isHandler(route))
    .map((route) => ({ pattern: new RegExp(route.src), conditions: conditionsOf(route), route }));
}

/** Replaces `$1` with what the first group matched, and so on. Groups without a match become empty. */
function substitute(template: string, match: RegExpExecArray): string {
  return template.replace(/\$(\d+)/g, (_, index) => match[Number(index)] ?? '');
}

/** The request's own query unchanged, then the rewrite's parameters that it does not have yet. */
function withParameters(search: string, template: string, match: RegExpExecArray): string {
  const own = new URLSearchParams(search);
  const added = new URLSearchParams();
  for (const [name, value] of new URLSearchParams(template))
    if (!own.has(name)) added.append(name, decode(substitute(value, match)));
  const parts = [search.slice(1), added.toString()].filter(Boolean);
  return parts.length > 0 ? `?${parts.join('&')}` : '';
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
