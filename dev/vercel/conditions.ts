import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';

const condition = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('host'), value: z.string() }),
  z.strictObject({
    type: z.enum(['header', 'cookie', 'query']),
    key: z.string(),
    value: z.string('Only regular expressions are supported locally.').optional(),
  }),
]);

type Condition = z.infer<typeof condition>;

/** `has` and `missing` of a route in vercel.json, as far as they are supported locally. */
export const conditions = { has: z.array(condition).optional(), missing: z.array(condition).optional() };

/** The conditions of one route. */
export type Conditions = z.infer<z.ZodObject<typeof conditions>>;

/** Reads the conditions of a route and ignores its other properties. */
export function conditionsOf(route: object): Conditions {
  return z.object(conditions).parse(route);
}

/** The parts of a request that conditions look at. */
export type ConditionInput = { url: URL; headers: IncomingHttpHeaders };

/** Whether a request meets all conditions in `has` and none in `missing`. */
export function meetsConditions({ has, missing }: Conditions, request: ConditionInput): boolean {
  const holds = (each: Condition) => isMet(each, request);
  return (has ?? []).every(holds) && !(missing ?? []).some(holds);
}

/** A condition's value is a regular expression for the whole text. Without a value, presence is enough. */
function isMet(each: Condition, request: ConditionInput): boolean {
  const actual = each.type === 'host' ? request.url.hostname : read(each.type, each.key, request);
  return actual !== undefined && (each.value === undefined || new RegExp(`^${each.value}$`).test(actual));
}

function read(type: 'header' | 'cookie' | 'query', key: string, { url, headers }: ConditionInput) {
  if (type === 'query') return url.searchParams.get(key) ?? undefined;
  if (type === 'header') return headers[key.toLowerCase()]?.toString();
  const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='));
  return pairs.find(([name]) => name === key)?.[1];
}
