import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';

const condition = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('host'), value: z.string() }),
  z.strictObject({
    type: z.enum(['header', 'cookie', 'query']),
    key: z.string(),
    value: z.string('Only regular expressions are served locally.').optional(),
  }),
]);

type Condition = z.infer<typeof condition>;

/** `has` and `missing` of a route in vercel.json, as far as they are served here. */
export const conditions = { has: z.array(condition).optional(), missing: z.array(condition).optional() };

/** The conditions of one route. */
export type Conditions = z.infer<z.ZodObject<typeof conditions>>;

/** Reads them off a route, of which the rest is ignored. */
export function conditionsOf(route: object): Conditions {
  return z.object(conditions).parse(route);
}

/** What conditions look at. */
export type Conditioned = { url: URL; headers: IncomingHttpHeaders };

/** Whether a request meets a route's conditions: every one of `has`, none of `missing`. */
export function meetsConditions({ has, missing }: Conditions, request: Conditioned): boolean {
  const holds = (each: Condition) => isMet(each, request);
  return (has ?? []).every(holds) && !(missing ?? []).some(holds);
}

/** A value is a regular expression for the whole of what it is compared with; without one, presence is enough. */
function isMet(each: Condition, request: Conditioned): boolean {
  const actual = each.type === 'host' ? request.url.hostname : read(each.type, each.key, request);
  return actual !== undefined && (each.value === undefined || new RegExp(`^${each.value}$`).test(actual));
}

function read(type: 'header' | 'cookie' | 'query', key: string, { url, headers }: Conditioned) {
  if (type === 'query') return url.searchParams.get(key) ?? undefined;
  if (type === 'header') return headers[key.toLowerCase()]?.toString();
  const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='));
  return pairs.find(([name]) => name === key)?.[1];
}
