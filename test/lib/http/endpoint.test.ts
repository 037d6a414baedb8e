import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { endpoint } from '../../../lib/http/endpoint.ts';
import { OAuthError } from '../../../lib/http/errors.ts';
import { bodyParameters, queryParameters } from '../../../lib/http/parameters.ts';
import { annotate } from '../../../lib/log.ts';

beforeAll(() => {
  Object.assign(process.env, {
    SERVER_URL: 'https://mcp.example.com',
    AUTH0_DOMAIN: 'acme.auth0.com',
    AUTH0_CLIENT_ID: 'id',
    AUTH0_CLIENT_SECRET: 'secret',
  });
});

const written: string[] = [];
vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
  written.push(String(chunk));
  return true;
});
afterEach(() => {
  written.length = 0;
});

const subject = endpoint({
  name: 'subject',
  cors: true,
  methods: {
    GET: (_, { url, origin }) => {
      annotate({ outcome: 'served' });
      return Response.json({ origin, query: Object.fromEntries(queryParameters(url)) });
    },
    POST: async (request) => Response.json(Object.fromEntries(await bodyParameters(request))),
    DELETE: () => {
      throw new Error('the store failed: SET key secret=hunter2');
    },
  },
});

const closed = endpoint({ name: 'closed', methods: { GET: () => new Response('page') } });

const at = (path: string, init?: RequestInit) => new Request(`https://mcp.example.com${path}`, init);

describe('an endpoint', () => {
  it('hands the handler its origin and parameters, and closes with one log line', async () => {
    const response = await subject.fetch(at('/thing?a=1&b='));
    expect(await response.json()).toEqual({ origin: 'https://mcp.example.com', query: { a: '1' } });
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    const [line, ...others] = written.map((text) => JSON.parse(text));
    expect(others).toEqual([]);
    expect(line).toMatchObject({
      level: 'info',
      msg: 'request',
      requestId: response.headers.get('x-request-id'),
      endpoint: 'subject',
      method: 'GET',
      path: '/thing',
      status: 200,
      outcome: 'served',
    });
  });

  it('never logs the query', async () => {
    await subject.fetch(at('/thing?code=abcdef'));
    expect(written.join('')).not.toContain('abcdef');
  });

  it('answers HEAD as GET without a body', async () => {
    const response = await subject.fetch(at('/thing', { method: 'HEAD' }));
    expect([response.status, await response.text()]).toEqual([200, '']);
  });

  it.each(['PUT', 'PATCH'])('refuses %s, naming what is allowed', async (method) => {
    const response = await subject.fetch(at('/thing', { method }));
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, POST, DELETE, HEAD, OPTIONS');
    expect(await response.json()).toMatchObject({ error: 'invalid_request' });
  });

  it('answers a preflight where scripts of other origins may read', async () => {
    const response = await subject.fetch(at('/thing', { method: 'OPTIONS' }));
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-allow-headers')).toContain('Authorization');
    expect(response.headers.get('access-control-expose-headers')).toContain('WWW-Authenticate');
  });

  it('says nothing of other origins where scripts may not read', async () => {
    for (const method of ['OPTIONS', 'GET']) {
      const response = await closed.fetch(at('/page', { method }));
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  it('turns an unexpected error into a request id, and logs it without what looks secret', async () => {
    const response = await subject.fetch(at('/thing', { method: 'DELETE' }));
    const body = await response.text();
    expect(response.status).toBe(500);
    expect(body).toContain(response.headers.get('x-request-id'));
    expect(body).not.toContain('store');
    expect(written.join('')).toContain('the store failed');
    expect(written.join('')).not.toContain('hunter2');
  });
});

describe('parameters', () => {
  const post = (body: string, type = 'application/x-www-form-urlencoded') =>
    subject.fetch(at('/thing', { method: 'POST', body, headers: { 'content-type': type } }));

  it.each([
    ['a form', 'a=1&b=x%20y&empty=', 'application/x-www-form-urlencoded', { a: '1', b: 'x y' }],
    ['JSON', '{"a":"1","b":null,"c":""}', 'application/json; charset=utf-8', { a: '1' }],
    [
      'a resource repeated alike',
      'resource=r&resource=r',
      'application/x-www-form-urlencoded',
      { resource: 'r' },
    ],
  ])('are read from %s', async (_, body, type, parameters) => {
    expect(await (await post(body, type)).json()).toEqual(parameters);
  });

  it.each([
    ['a repeated parameter', 'a=1&a=1', 'application/x-www-form-urlencoded', 400],
    ['two different resources', 'resource=r&resource=s', 'application/x-www-form-urlencoded', 400],
    ['malformed JSON', '{"a":', 'application/json', 400],
    ['a JSON array', '["a"]', 'application/json', 400],
    ['a number', '{"a":1}', 'application/json', 400],
    ['another type', '<a/>', 'text/xml', 415],
    ['a huge body', `a=${'x'.repeat(70_000)}`, 'application/x-www-form-urlencoded', 413],
  ])('refuse %s', async (_, body, type, status) => {
    const response = await post(body, type);
    expect([response.status, (await response.json()).error]).toEqual([status, 'invalid_request']);
  });
});

describe('an OAuth error', () => {
  it.each([
    ['invalid_grant', 400],
    ['invalid_client', 401],
    ['temporarily_unavailable', 503],
    ['server_error', 500],
  ] as const)('%s is status %i', async (code, status) => {
    const response = new OAuthError(code, 'Words.', {
      retryAfterSeconds: 1.2,
      cause: new Error('inside'),
    }).toResponse();
    expect(response.status).toBe(status);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('retry-after')).toBe('2');
    expect(await response.json()).toEqual({ error: code, error_description: 'Words.' });
  });
});
