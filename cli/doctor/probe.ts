import manifest from '../../package.json' with { type: 'json' };

/** Longest body read, in bytes: metadata documents and tool lists stay far below it. */
const bodyLimit = 512 * 1024;

export const userAgent = `mcp-doctor/${manifest.version}`;

export type Request = {
  method?: 'GET' | 'POST' | 'DELETE' | 'OPTIONS' | 'PATCH';
  headers?: Record<string, string>;
  /** Sent as JSON unless it is a form or a string. */
  body?: unknown;
  /** Milliseconds for the whole exchange, body included. */
  timeout: number;
  /** Stops reading as soon as the text so far satisfies it: an event stream may never end. */
  until?: (text: string) => boolean;
};

export type Answer = {
  url: string;
  status: number;
  headers: Headers;
  text: string;
  /** The body as JSON; undefined when it is none. */
  json: unknown;
  ms: number;
};

export type NoAnswer = { url: string; failed: 'timeout' | 'connection'; reason: string; ms: number };

/**
 * One HTTP request as a client would send it, redirects not followed. Never throws: whatever a server does
 * is an answer or a reason why there is none. Bodies are read up to 512 KiB.
 */
export async function probe(url: string, request: Request): Promise<Answer | NoAnswer> {
  const { method = 'GET', timeout, until } = request;
  const started = performance.now();
  const elapsed = () => Math.round(performance.now() - started);
  try {
    const response = await fetch(url, {
      method,
      headers: { 'user-agent': userAgent, ...contentType(request.body), ...request.headers },
      body: encoded(request.body),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeout),
    });
    const text = await readText(response, until);
    const { status, headers } = response;
    return { url, status, headers, text, json: parseJson(text), ms: elapsed() };
  } catch (error) {
    const timedOut = error instanceof DOMException && error.name === 'TimeoutError';
    const reason = timedOut ? `no answer within ${timeout / 1000} s` : connectionError(error);
    return { url, failed: timedOut ? 'timeout' : 'connection', reason, ms: elapsed() };
  }
}

/** The `content-type` without parameters, in lower case; empty when there is none. */
export function mediaType(answer: Answer): string {
  return answer.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
}

function contentType(body: unknown): Record<string, string> {
  if (body === undefined || body instanceof URLSearchParams) return {};
  return { 'content-type': 'application/json' };
}

function encoded(body: unknown): string | URLSearchParams | undefined {
  if (body === undefined || typeof body === 'string' || body instanceof URLSearchParams) return body;
  return JSON.stringify(body);
}

async function readText(response: Response, until?: (text: string) => boolean): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    text += decoder.decode(chunk, { stream: true });
    if (size > bodyLimit || until?.(text)) break;
  }
  return text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `fetch failed` says nothing; its cause carries the system's error code, and happy eyeballs several. */
function connectionError(error: unknown): string {
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    if ('code' in each && typeof each.code === 'string') return each.code;
    if (each.cause === undefined) return each.message;
  }
  return 'the connection failed';
}
