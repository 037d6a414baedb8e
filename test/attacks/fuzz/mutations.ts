import fc from 'fast-check';
import { type Draft, encode, slotsOf } from './draft.ts';

/** One of some words. */
const word = (words: string) => fc.constantFrom(...words.split(' '));

/** Texts that parsers, stores, logs and pages stumble over. */
const awkward = fc.oneof(
  word(
    `0 -1 null undefined true NaN __proto__ constructor * % %00 %zz " \\ ' <script>alert(1)</script> /../ // ..%2f`,
  ),
  word(
    'javascript:alert(1) data:text/html,x file:///etc/passwd http://169.254.169.254/latest https:// https://a@b/',
  ),
  word('https://[::1]/x https://localhost:1/x.json http://127.0.0.1:1/callback bearer Bearer a.b.c.d.e'),
  word(
    'eyJhbGciOiJub25lIn0.e30. eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0.... mcp:admin openid none login plain S256',
  ),
  word(
    'authorization_code refresh_token client_credentials private_key_jwt approve deny initialize tools/call',
  ),
  fc.constantFrom(
    '',
    ' ',
    '\0',
    '\r\nx: y',
    '\n\ndata: x',
    '[object Object]',
    'Basic Og==',
    'mcp:read mcp:read',
  ),
  fc.constantFrom('\u{1F600}', '\uD800', '\uFEFF', '\u202Eevil', 'e\u0301', '\uFB00', '\u00e9'),
  fc.constantFrom('9'.repeat(400), 'a'.repeat(3_000), '['.repeat(200), 'a.'.repeat(500), '%'.repeat(500)),
);

const text = fc.oneof(
  { weight: 4, arbitrary: awkward },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.string({ maxLength: 200 }) },
);

const parameterNames = fc.oneof(
  word('client_id redirect_uri response_type response_mode scope state nonce prompt resource audience code'),
  word(
    'code_challenge code_challenge_method code_verifier grant_type refresh_token token token_type_hint iss',
  ),
  word('client_secret client_assertion client_assertion_type login_hint error request request_uri decision'),
  fc.constantFrom('__proto__', ''),
);

const headerNames = fc.oneof(
  word('authorization cookie content-type accept origin referer mcp-session-id last-event-id'),
  word('mcp-protocol-version mcp-method mcp-name x-forwarded-host x-forwarded-proto forwarded'),
  word('sec-fetch-site content-encoding user-agent if-none-match range traceparent x-request-id'),
);

const contentTypes = fc.constantFrom(
  'application/json',
  'application/x-www-form-urlencoded',
  'text/plain',
  'multipart/form-data; boundary=x',
  'application/json; charset=utf-16',
  'application/json;;',
  '',
  'APPLICATION/JSON',
);

const methods = word('GET POST PUT PATCH DELETE HEAD OPTIONS PROPFIND');
const suffixes = fc.constantFrom(
  '/',
  '//',
  '/..',
  '/.well-known/x',
  '/%2e%2e',
  '/x'.repeat(200),
  '%00',
  ';a=b',
);

/** One change to a request. Numbers choose a place, counted round and round. */
export type Mutation =
  | { kind: 'value'; at: number; text: string }
  | { kind: 'tamper'; at: number; where: number; character: string }
  | { kind: 'cut'; at: number; where: number }
  | { kind: 'swap'; at: number; from: number }
  | { kind: 'drop' | 'repeat'; at: number }
  | { kind: 'parameter'; name: string; text: string }
  | { kind: 'header'; name: string; text: string }
  | { kind: 'type'; type: string }
  | { kind: 'method'; method: string }
  | { kind: 'path'; suffix: string }
  | { kind: 'json'; steps: number[]; value: unknown }
  | { kind: 'body'; bytes: Uint8Array }
  | { kind: 'corrupt'; where: number; byte: number };

const at = fc.nat(60);
const where = fc.double({ min: 0, max: 0.999, noNaN: true });

export const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('value' as const), at, text }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('tamper' as const),
      at,
      where,
      character: fc.constantFrom('A', 'b', '-', '_', '.', '=', ' ', '%', '\0', 'é'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cut' as const), at, where }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('swap' as const), at, from: at }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('drop' as const, 'repeat' as const), at }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('parameter' as const), name: parameterNames, text }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('header' as const), name: headerNames, text }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('type' as const), type: contentTypes }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('method' as const), method: methods }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('path' as const), suffix: suffixes }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('json' as const),
      steps: fc.array(fc.nat(8), { minLength: 1, maxLength: 5 }),
      value: fc.oneof(fc.jsonValue({ maxDepth: 3 }), text, fc.constantFrom(null, [], {}, 1e308, -0, 2 ** 53)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('body' as const), bytes: fc.uint8Array({ maxLength: 64 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('corrupt' as const), where, byte: fc.nat(255) }),
  },
);

/** Changes a draft in place. */
export function apply(draft: Draft, mutation: Mutation): void {
  const slots = slotsOf(draft);
  const slot = 'at' in mutation ? slots[mutation.at % Math.max(1, slots.length)] : undefined;
  const value = slot?.get() ?? '';
  switch (mutation.kind) {
    case 'value':
      slot?.set(mutation.text);
      break;
    case 'tamper': {
      const index = Math.floor(mutation.where * value.length);
      slot?.set(value.slice(0, index) + mutation.character + value.slice(index + 1));
      break;
    }
    case 'cut':
      slot?.set(value.slice(0, mutation.where * value.length));
      break;
    case 'swap':
      slot?.set(slots[mutation.from % slots.length]?.get() ?? '');
      break;
    case 'drop':
      slot?.drop();
      break;
    case 'repeat':
      slot?.repeat();
      break;
    case 'parameter':
      (draft.body.kind === 'form' ? draft.body.fields : draft.query).push([mutation.name, mutation.text]);
      break;
    case 'header':
      setHeader(draft, mutation.name, mutation.text);
      break;
    case 'type':
      setHeader(draft, 'content-type', mutation.type);
      break;
    case 'method':
      draft.method = mutation.method;
      break;
    case 'path':
      draft.path += mutation.suffix;
      break;
    case 'json':
      replaceInJson(draft, mutation.steps, mutation.value);
      break;
    case 'body':
      draft.body = { kind: 'raw', bytes: mutation.bytes };
      break;
    case 'corrupt':
      corrupt(draft, mutation.where, mutation.byte);
      break;
  }
}

function setHeader(draft: Draft, name: string, value: string): void {
  draft.headers = [...draft.headers.filter(([each]) => each !== name), [name, value]];
}

function replaceInJson(draft: Draft, steps: number[], value: unknown): void {
  if (draft.body.kind === 'form') draft.body = { kind: 'json', value: Object.fromEntries(draft.body.fields) };
  if (draft.body.kind === 'json') draft.body.value = replaced(draft.body.value, steps, value);
}

/** A JSON value with the node that the steps lead to replaced. */
function replaced(node: unknown, [step, ...rest]: number[], value: unknown): unknown {
  if (step === undefined || typeof node !== 'object' || node === null) return value;
  const entries = Object.entries(node);
  if (entries.length === 0) return value;
  const changed = entries.map(([key, child], index) => [
    key,
    index === step % entries.length ? replaced(child, rest, value) : child,
  ]);
  return Array.isArray(node) ? changed.map(([, child]) => child) : Object.fromEntries(changed);
}

/** Changes one byte of the encoded body. */
function corrupt(draft: Draft, where: number, byte: number): void {
  const { bytes } = encode(draft.body);
  if (typeof bytes !== 'string') return;
  const buffer = Buffer.from(bytes);
  if (buffer.length > 0) buffer[Math.floor(where * buffer.length)] = byte;
  draft.body = { kind: 'raw', bytes: buffer };
}
