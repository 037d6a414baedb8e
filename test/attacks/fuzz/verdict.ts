import { expect } from 'vitest';
import { z } from 'zod';

export type Answered = { status: number; headers: Headers; text: string; ms: number };

/** Every error code that the documentation of our endpoints lists. */
const oauthErrors = z.enum([
  ...(['invalid_request', 'invalid_client', 'invalid_grant', 'unauthorized_client'] as const),
  ...(['unsupported_grant_type', 'unsupported_response_type', 'invalid_scope', 'access_denied'] as const),
  ...([
    'temporarily_unavailable',
    'invalid_target',
    'invalid_redirect_uri',
    'invalid_client_metadata',
  ] as const),
  ...(['login_required', 'consent_required', 'interaction_required', 'invalid_token'] as const),
  'insufficient_scope',
]);

const oauthRefusal = z.looseObject({
  error: oauthErrors,
  // RFC 6749 section 5.2: no quotes, no backslashes, no controls.
  error_description: z.string().regex(/^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/),
});

const rpcMessage = z.looseObject({
  jsonrpc: z.literal('2.0'),
  error: z.looseObject({ code: z.int(), message: z.string() }).optional(),
});

/** JSON-RPC's "Internal error": something failed that should have been refused. */
const internalError = -32603;

const refusals = new Set([400, 401, 403, 404, 405, 406, 409, 413, 415, 429]);
const pages = new Set(['authorize', 'callback', 'connections', 'landing']);

/** Checks that an answer is one that the documentation describes. */
export function expectDocumented(endpoint: string, answer: Answered, origin: string, tenant: string): void {
  const { status, headers, text, ms } = answer;
  const type = headers.get('content-type') ?? '';
  expect(ms, 'milliseconds').toBeLessThan(5_000);
  // What nobody outside may see: stacks, paths, modules, and Node's codes, which sealed text may contain by chance.
  expect(text).not.toMatch(/node_modules|\n\s+at \S+ \(|\.ts:\d+|(?<![\w-])ERR_[A-Z]|Error: /);
  expect(headers.get('x-request-id')).toBeTruthy();
  const location = headers.get('location');
  const targets = [origin, tenant, 'https://client.example.com/callback', 'http://127.0.0.1'];
  if (location !== null)
    expect(
      targets.filter((target) => location.startsWith(target)),
      location,
    ).toHaveLength(1);
  if (status < 400) return;
  if (status === 503) expect(text).toMatch(/document|try again|temporarily_unavailable|unavailable/i);
  else expect(refusals).toContain(status);
  if (status === 404 && text === '') return;
  if (pages.has(endpoint) && type.startsWith('text/html')) return;
  expect(type).toMatch(/^(application\/json|text\/event-stream)/);
  if (!type.startsWith('application/json') || text === '') return;
  const body: unknown = JSON.parse(text);
  if (endpoint !== 'mcp' || (typeof body === 'object' && body !== null && 'error_description' in body))
    return void oauthRefusal.parse(body);
  const codes = [body].flat().map((message) => rpcMessage.parse(message).error?.code);
  // With 503, the store did not answer in time.
  if (status !== 503) expect(codes, text).not.toContain(internalError);
}
