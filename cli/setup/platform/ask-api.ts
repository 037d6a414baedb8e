import { setTimeout as sleep } from 'node:timers/promises';
import { isLoopback } from '../../doctor/loopback-host.ts';
import { CommandFailure } from '../../failure.ts';

/** A platform's management API: where it is, how to sign in there, and what to do while it limits requests. */
export type ApiAccess = {
  /** How messages name it. */
  name: string;
  origin: string;
  authorization: string;
  onWait(name: string, seconds: number): void;
};

export type ApiCall = {
  method: 'GET' | 'POST' | 'PATCH';
  /** With variable parts URL-encoded. */
  path: string;
  query?: Record<string, string>;
  json?: unknown;
};

export type ApiAnswer = { status: number; body: unknown };

const timeoutMs = 20_000;
const mostAttempts = 5;
/** Longest wait for a limit to pass. Daily limits are not waited for. */
const longestWaitSeconds = 60;

/**
 * Sends a request, and again while the API limits requests. Credentials and secrets travel in headers and bodies, never
 * in the URL. Throws `CommandFailure` if there is no answer or the API is out of order.
 */
export async function askApi(access: ApiAccess, call: ApiCall): Promise<ApiAnswer> {
  const url = new URL(call.path, access.origin);
  for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, value);
  for (let attempt = 1; ; attempt++) {
    const response = await send(access, url, call);
    const text = await response.text().catch(() => '');
    if (response.status >= 500) throw noAnswer(access, `it answered ${response.status}`);
    if (response.status !== 429) return { status: response.status, body: parse(text) };
    const seconds = secondsToWait(response.headers, attempt);
    if (attempt === mostAttempts || seconds > longestWaitSeconds)
      throw new CommandFailure(
        `${access.name} keeps limiting requests.`,
        'Wait a while and run setup again. It continues where it stopped.',
      );
    access.onWait(access.name, seconds);
    await sleep(seconds * 1000);
  }
}

/** The API's origin. Throws `CommandFailure` if another one is configured that would see the credentials in clear text. */
export function apiOrigin(variable: string, configured: string | undefined, byDefault: string): string {
  if (!configured) return byDefault;
  const url = URL.parse(configured);
  if (url && (url.protocol === 'https:' || isLoopback(url.hostname))) return url.origin;
  throw new CommandFailure(`${variable} is not an https URL.`, `Remove it to use ${byDefault}.`);
}

async function send(access: ApiAccess, url: URL, { method, json }: ApiCall): Promise<Response> {
  const headers: Record<string, string> = { authorization: access.authorization, accept: 'application/json' };
  if (json !== undefined) headers['content-type'] = 'application/json';
  try {
    return await fetch(url, {
      method,
      headers,
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (cause) {
    throw noAnswer(access, 'there was no answer', cause);
  }
}

function noAnswer({ name, origin }: ApiAccess, what: string, cause?: unknown): CommandFailure {
  return new CommandFailure(
    `${name} does not answer at ${origin}: ${what}.`,
    'Check this machine’s connection and the status page. Then run setup again: it continues where it stopped.',
    { cause },
  );
}

/** `Retry-After` in seconds, otherwise `x-ratelimit-reset` in seconds since 1970, otherwise longer after each attempt. */
function secondsToWait(headers: Headers, attempt: number): number {
  const stated = Number(headers.get('retry-after') ?? Number.NaN);
  const reset = Number(headers.get('x-ratelimit-reset') ?? Number.NaN) - Date.now() / 1000;
  const seconds = [stated, reset].find((value) => Number.isFinite(value)) ?? attempt ** 2;
  return Math.max(1, Math.ceil(seconds));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
