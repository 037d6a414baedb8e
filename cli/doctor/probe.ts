import manifest from '../../package.json' with { type: 'json' };

/** Longest body that is read, in bytes. Metadata documents and tool lists stay far below it. */
const bodyLimit = 512 * 1024;
/** Decompressed size, in bytes, from which a body counts as a compression bomb. */
const bombLimit = 32 * 1024 * 1024;

export const userAgent = `mcp-doctor/${manifest.version}`;

export type Request = {
  method?: 'GET' | 'POST' | 'DELETE' | 'OPTIONS' | 'PATCH';
  headers?: Record<string, string>;
  /** Sent as JSON unless it is a form or a string. */
  body?: unknown;
  /** Milliseconds for the whole exchange, including the body. */
  timeoutMs: number;
  /** Stops reading as soon as the text so far satisfies it: an event stream may never end. */
  until?: (text: string) => boolean;
  /** Returns the first 512 KiB of a longer body instead of failing. For pages, whose size does not matter. */
  truncate?: boolean;
};

export type Answer = {
  url: string;
  status: number;
  headers: Headers;
  text: string;
  /** The body as JSON. Undefined if it is not JSON. */
  json: unknown;
  ms: number;
};

/** Why there is no usable answer. Everything but `connection` is also the id of a problem. */
export type NoAnswer = {
  url: string;
  failed: 'timeout' | 'answer-too-large' | 'compression-bomb' | 'connection';
  reason: string;
  ms: number;
};

/**
 * Sends one HTTP request as a client would, without following redirects. Never throws: whatever the server does
 * becomes an answer or the reason why there is none. Reads up to 512 KiB of the body.
 */
export async function probe(url: string, request: Request): Promise<Answer | NoAnswer> {
  const { method = 'GET', timeoutMs } = request;
  const started = performance.now();
  const elapsedMs = () => Math.round(performance.now() - started);
  try {
    const response = await fetch(url, {
      method,
      headers: { 'user-agent': userAgent, ...contentType(request.body), ...request.headers },
      body: encoded(request.body),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const body = await readBody(response, request);
    if ('failed' in body) return { url, ...body, ms: elapsedMs() };
    const { status, headers } = response;
    return { url, status, headers, text: body.text, json: parseJson(body.text), ms: elapsedMs() };
  } catch (error) {
    const timedOut = error instanceof DOMException && error.name === 'TimeoutError';
    const reason = timedOut ? `no answer within ${timeoutMs / 1000} s` : connectionError(error);
    return { url, failed: timedOut ? 'timeout' : 'connection', reason, ms: elapsedMs() };
  }
}

/** The `content-type` in lower case, without parameters. Empty if there is none. */
export function mediaType(answer: Answer): string {
  return answer.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
}

/** A text as JSON. Undefined if it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function contentType(body: unknown): Record<string, string> {
  if (body === undefined || body instanceof URLSearchParams) return {};
  return { 'content-type': 'application/json' };
}

function encoded(body: unknown): string | URLSearchParams | undefined {
  if (body === undefined || typeof body === 'string' || body instanceof URLSearchParams) return body;
  return JSON.stringify(body);
}

/**
 * Reads the body up to the limit, or until `until` is satisfied. Decompresses a larger body further without keeping it,
 * to tell a long answer from a compression bomb.
 */
async function readBody(
  { body, headers }: Response,
  { until, truncate }: Request,
): Promise<{ text: string } | Pick<NoAnswer, 'failed' | 'reason'>> {
  const encoding = headers.get('content-encoding');
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of body ?? []) {
    const isKept = size <= bodyLimit;
    size += chunk.byteLength;
    if (isKept) {
      text += decoder.decode(chunk, { stream: true });
      if (until?.(text)) return { text };
    }
    if (size > (encoding ? bombLimit : bodyLimit)) break;
  }
  if (encoding && size > bombLimit) {
    const sent = headers.get('content-length');
    const from = sent ? `${sent} bytes of ${encoding}` : `the ${encoding} body`;
    return { failed: 'compression-bomb', reason: `${from} decompressed to more than 32 MiB` };
  }
  if (size <= bodyLimit || truncate) return { text };
  const unpacked = encoding ? ` after decompression (${encoding})` : '';
  return { failed: 'answer-too-large', reason: `the answer is larger than 512 KiB${unpacked}` };
}

/** `fetch failed` does not say why. Its causes carry the system's error code; happy eyeballs adds several. */
function connectionError(error: unknown): string {
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    if ('code' in each && typeof each.code === 'string') return each.code;
    if (each.cause === undefined) return each.message;
  }
  return 'the connection failed';
}
