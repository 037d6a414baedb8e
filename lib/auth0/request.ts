import type { IncomingHttpHeaders } from 'node:http';
import { ask } from '../ask.ts';
import type { OAuthConfig } from '../config.ts';
import { timed } from '../log.ts';
import { TenantError } from './errors.ts';

/** A moment by which work must be done, in milliseconds since the epoch. */
export type Deadline = number;

/** Longest wait for one answer of the tenant. */
const requestTimeoutMs = 5000;

/** Largest answer read, in bytes: a page of a hundred applications stays far below. */
const answerLimit = 2 * 1024 * 1024;

export type TenantRequest = {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With a leading slash; parts that vary must be URL-encoded by the caller. */
  path: string;
  query?: Record<string, string>;
  bearer?: string;
  /** The body: one of the two, or none. */
  form?: Record<string, string>;
  json?: unknown;
  /** Ends the wait earlier than the usual five seconds. */
  deadline?: Deadline;
};

export type TenantAnswer = {
  status: number;
  headers: IncomingHttpHeaders;
  /** Parsed JSON; undefined when the body is empty or not JSON. */
  body: unknown;
};

/** The moment `milliseconds` from now. */
export function deadlineIn(milliseconds: number): Deadline {
  return Date.now() + milliseconds;
}

/**
 * Asks the tenant something; the one door to it. Any status below 500 is an answer, for the caller to judge.
 *
 * @throws TenantError `unavailable` when no such answer came in time.
 */
export async function askTenant(
  oauth: Pick<OAuthConfig, 'tenant'>,
  request: TenantRequest,
): Promise<TenantAnswer> {
  const url = new URL(request.path, oauth.tenant);
  for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value);
  const headers: Record<string, string> = { accept: 'application/json' };
  if (request.bearer !== undefined) headers.authorization = `Bearer ${request.bearer}`;
  const body = bodyOf(request);
  if (body) headers['content-type'] = body.type;
  const timeoutMs = Math.min(requestTimeoutMs, (request.deadline ?? Number.POSITIVE_INFINITY) - Date.now());
  if (timeoutMs <= 0) throw new TenantError('unavailable', 'no time left to ask the tenant');
  const what = `${request.method} ${request.path}`;
  return timed('auth0', async () => {
    try {
      const { method } = request;
      const answer = await ask(url, { method, headers, body: body?.text, timeoutMs, maxBytes: answerLimit });
      if (answer.status >= 500) throw new TenantError('unavailable', `${what} answered ${answer.status}`);
      return { ...answer, body: parse(answer.text) };
    } catch (cause) {
      if (cause instanceof TenantError) throw cause;
      throw new TenantError('unavailable', `${what} got no answer`, { cause });
    }
  });
}

function bodyOf({ form, json }: TenantRequest): { type: string; text: string } | undefined {
  if (form) return { type: 'application/x-www-form-urlencoded', text: String(new URLSearchParams(form)) };
  return json === undefined ? undefined : { type: 'application/json', text: JSON.stringify(json) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
