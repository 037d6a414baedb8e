import type { z } from 'zod';
import { type Reply, refusal } from './reply.ts';

type Parsed<T> = { ok: true; value: T } | { ok: false; reply: Reply };

/** Validates a request body. Errors have the wording of Auth0's JSON schema validator. */
export function parsePayload<T>(schema: z.ZodType<T>, body: unknown): Parsed<T> {
  const result = schema.safeParse(body, { reportInput: true });
  if (result.success) return { ok: true, value: result.data };
  const issue = result.error.issues[0];
  return { ok: false, reply: invalidPayload(issue === undefined ? 'Invalid payload' : describe(issue)) };
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

function messageOf(issue: z.core.$ZodIssue): string {
  const { input } = issue;
  switch (issue.code) {
    case 'invalid_type':
      return `Expected type ${issue.expected} but found type ${jsonType(input)}`;
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
