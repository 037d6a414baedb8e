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
  headers: Headers;
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
  if (request.json !== undefined) headers['content-type'] = 'application/json';
  const timeout = Math.min(requestTimeoutMs, (request.deadline ?? Number.POSITIVE_INFINITY) - Date.now());
  if (timeout <= 0) throw new TenantError('unavailable', 'no time left to ask the tenant');
  const what = `${request.method} ${request.path}`;
  return timed('auth0', async () => {
    try {
      const response = await fetch(url, {
        method: request.method,
        headers,
        body: request.form ? new URLSearchParams(request.form) : jsonBody(request.json),
        redirect: 'error',
        signal: AbortSignal.timeout(timeout),
      });
      const body = await readBody(response);
      if (response.status >= 500) throw new TenantError('unavailable', `${what} answered ${response.status}`);
      return { status: response.status, headers: response.headers, body };
    } catch (cause) {
      if (cause instanceof TenantError) throw cause;
      throw new TenantError('unavailable', `${what} got no answer`, { cause });
    }
  });
}

function jsonBody(json: unknown): string | undefined {
  return json === undefined ? undefined : JSON.stringify(json);
}

async function readBody(response: Response): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > answerLimit) throw new TenantError('unavailable', 'the answer is too large');
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
}
