import type { IncomingHttpHeaders } from 'node:http';
import type { HasField, RouteWithSrc } from '@vercel/routing-utils';

type Condition = HasField[number];

/** What `has` and `missing` look at. */
export type Conditioned = { url: URL; headers: IncomingHttpHeaders };

/** Whether a request meets a route's `has` and `missing`: every one of the former, none of the latter. */
export function meetsConditions({ has, missing }: RouteWithSrc, request: Conditioned): boolean {
  const holds = (condition: Condition) => isMet(condition, request);
  return (has ?? []).every(holds) && !(missing ?? []).some(holds);
}

/** A value is a regular expression for the whole of what it is compared with; without one, presence is enough. */
function isMet(condition: Condition, request: Conditioned): boolean {
  const { type, value } = condition;
  if (typeof value === 'object') throw new Error(`${type} conditions with operators are not served locally`);
  const actual = type === 'host' ? request.url.hostname : read(type, condition.key, request);
  return actual !== undefined && (value === undefined || new RegExp(`^${value}$`).test(actual));
}

function read(type: 'header' | 'cookie' | 'query', key: string, { url, headers }: Conditioned) {
  if (type === 'query') return url.searchParams.get(key) ?? undefined;
  if (type === 'header') return headers[key.toLowerCase()]?.toString();
  const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='));
  return pairs.find(([name]) => name === key)?.[1];
}
