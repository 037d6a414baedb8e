import type { z } from 'zod';
import { type Reply, refusal } from './reply.ts';

/**
 * The wording of Auth0's JSON schema validator. Enforces, for every operation: the body is what its schema says, and the
 * query what `query.ts` says. The first problem is the one that is named, with 400 and `invalid_body` or
 * `invalid_query_string`.
 */
type Parsed<T> = { ok: true; value: T } | { ok: false; reply: Reply };

/** For `refine`: a change that changes nothing is refused. */
export const hasProperties = (change: object): boolean => Object.keys(change).length > 0;
export const noProperties = 'Too few properties defined (0), minimum 1';

/** Validates a request body. */
export function parsePayload<T>(schema: z.ZodType<T>, body: unknown): Parsed<T> {
  const result = schema.safeParse(body, { reportInput: true });
  if (result.success) return { ok: true, value: result.data };
  const issue = result.error.issues[0];
  return { ok: false, reply: invalidPayload(issue === undefined ? 'Invalid payload' : describe(issue)) };
}

/** The refusal of a query, or undefined if it is valid. */
export function refuseQuery(schema: z.ZodType, query: URLSearchParams): Reply | undefined {
  const values = Object.fromEntries(
    [...new Set(query.keys())].map((name) => {
      const all = query.getAll(name);
      return [name, all.length === 1 ? all[0] : all];
    }),
  );
  const result = schema.safeParse(values, { reportInput: true });
  if (result.success) return undefined;
  const issue = result.error.issues[0];
  return invalidQuery(issue === undefined ? 'Invalid query' : describe(issue));
}

/** 400 `invalid_query_string` with the validator's message. */
export function invalidQuery(description: string): Reply {
  return refusal(400, `Query validation error: ${description}.`, 'invalid_query_string');
}

/** 400 `invalid_body` with the validator's message. */
export function invalidPayload(description: string): Reply {
  return refusal(400, `Payload validation error: ${description}.`, 'invalid_body');
}

function describe(issue: z.core.$ZodIssue): string {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return `'Additional properties not allowed: ${issue.keys.join(', ')}'${at(path)}`;
  }
  if ((issue.code === 'invalid_type' || issue.code === 'invalid_value') && issue.input === undefined) {
    return `'Missing required property: ${path.at(-1) ?? 'body'}'${at(path.slice(0, -1))}`;
  }
  return `'${messageOf(issue)}'${at(path)}`;
}

function at(path: string[]): string {
  return path.length === 0 ? '' : ` on property ${path.join('.')}`;
}

/** Numbers of this API are whole. */
const jsonTypes: Record<string, string> = { int: 'integer', number: 'integer' };

function messageOf(issue: z.core.$ZodIssue): string {
  const { input } = issue;
  switch (issue.code) {
    case 'invalid_type':
      return `Expected type ${jsonTypes[issue.expected] ?? issue.expected} but found type ${jsonType(input)}`;
    case 'too_small':
      return typeof input === 'string'
        ? `String is too short (${input.length} chars), minimum ${issue.minimum}`
        : Array.isArray(input)
          ? `Array is too short (${input.length}), minimum ${issue.minimum}`
          : `Value ${input} is less than minimum ${issue.minimum}`;
    case 'too_big':
      return typeof input === 'string'
        ? `String is too long (${input.length} chars), maximum ${issue.maximum}`
        : Array.isArray(input)
          ? `Array is too long (${input.length}), maximum ${issue.maximum}`
          : `Value ${input} is greater than maximum ${issue.maximum}`;
    case 'invalid_value':
      return `No enum match for: ${input}`;
    case 'invalid_format':
      return issue.format === 'regex'
        ? `String does not match pattern ${issue.pattern?.slice(1, -1)}`
        : `Object didn't pass validation for format ${issue.format}: ${input}`;
    default:
      return issue.message;
  }
}

function jsonType(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}
