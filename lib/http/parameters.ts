import { OAuthError } from './errors.ts';

/** Request parameters by name; each at most once (RFC 6749 section 3.1), empty values count as absent. */
export type Parameters = ReadonlyMap<string, string>;

/** OAuth requests are small; the largest legitimate ones are sealed codes and registrations with many URIs. */
const bodyLimit = 64 * 1024;

/** One parameter of the query. Throws `invalid_request` when it is repeated. */
export function queryParameter(url: URL, name: string): string | undefined {
  const [value, ...others] = url.searchParams.getAll(name);
  if (others.length) throw new OAuthError('invalid_request', 'A parameter is repeated.');
  return value || undefined;
}

/** The query's parameters. Throws `invalid_request` on a repeated one. */
export function queryParameters(url: URL): Parameters {
  return once(url.searchParams);
}

/**
 * The body's parameters: form-encoded as OAuth prescribes, or a flat JSON object as some clients send.
 * Throws `invalid_request` on anything else, on a repeated parameter and above 64 KiB (413).
 */
export async function bodyParameters(request: Request): Promise<Parameters> {
  const type = mediaType(request);
  if (type === 'application/x-www-form-urlencoded')
    return once(new URLSearchParams(await readText(request, bodyLimit)));
  if (type === 'application/json') {
    const body = await readJson(request);
    const entries = Object.entries(body).filter(([, value]) => value !== '' && value != null);
    if (entries.some(([, value]) => typeof value !== 'string'))
      throw new OAuthError('invalid_request', 'Every parameter must be a string.');
    return new Map(entries as [string, string][]);
  }
  throw new OAuthError('invalid_request', 'Send application/x-www-form-urlencoded.', { status: 415 });
}

/** A JSON object from the body. Throws `invalid_request` on another type, on malformed JSON and above 64 KiB. */
export async function readJson(request: Request): Promise<Record<string, unknown>> {
  if (mediaType(request) !== 'application/json')
    throw new OAuthError('invalid_request', 'Send application/json.', { status: 415 });
  const text = await readText(request, bodyLimit);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the body, secrets included, and would reach the log as a cause.
    throw new OAuthError('invalid_request', 'The body is not valid JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new OAuthError('invalid_request', 'The body must be a JSON object.');
  return value as Record<string, unknown>;
}

/** The body as text, read no further than `limit` bytes. Throws `invalid_request` with status 413 beyond. */
export async function readText(request: Request, limit: number): Promise<string> {
  // A function, because creating an error captures the stack, which is slow.
  const tooLarge = () => new OAuthError('invalid_request', 'The body is too large.', { status: 413 });
  if (Number(request.headers.get('content-length')) > limit) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > limit) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The body's media type, lower case and without parameters such as the charset. */
export function mediaType(request: Request): string | undefined {
  return request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
}

/** In one pass: looking each name up in the list takes seconds on a body full of short ones. */
function once(search: URLSearchParams): Parameters {
  const parameters = new Map<string, string>();
  for (const [name, value] of search) {
    const earlier = parameters.get(name);
    // RFC 8707 section 2 lets `resource` alone be repeated; we take that when it says the same thing.
    if (earlier !== undefined && !(name === 'resource' && value === earlier))
      throw new OAuthError('invalid_request', 'A parameter is repeated.');
    parameters.set(name, value);
  }
  for (const [name, value] of parameters) if (value === '') parameters.delete(name);
  return parameters;
}
