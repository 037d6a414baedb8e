import { Agent, request as httpRequest } from 'node:http';
import { describe, expect, test } from 'vitest';
import { useFixture } from './fixture.ts';

const functions = useFixture();
const get = (path: string, init?: RequestInit) =>
  fetch(functions().origin + path, { redirect: 'manual', ...init });

describe('a path reaches its function, which sees the original path and query', () => {
  test.each([
    ['/', '/'],
    ['/mcp', '/mcp'],
    ['/mcp/', '/mcp/'],
    ['/mcp?a=1&a=2', '/mcp?a=1&a=2'],
    ['/api/echo', '/api/echo'],
    ['/api/echo.ts', '/api/echo.ts'],
    ['/x/../mcp', '/mcp'],
    ['/echo/sam', '/echo/sam?fixed=1&name=sam'],
    ['/echo/sam?name=own&z=%20', '/echo/sam?name=own&z=%20&fixed=1'],
    ['/echo/a%26admin=1', '/echo/a%26admin=1?fixed=1&name=a%26admin%3D1'],
  ])('%s → %s', async (path, seen) => {
    const { url } = await (await get(path)).json();
    expect(url).toBe(functions().origin + seen);
  });

  test('an index file answers for its folder', async () => {
    expect(await (await get('/api/nested')).text()).toBe('nested');
  });

  test('a rewrite whose destination does not exist is skipped', async () => {
    expect(await (await get('/nowhere')).text()).toBe('nested');
  });

  test('an unnamed group adds nothing to the query', async () => {
    expect(await (await get('/well-known/x/y')).text()).toBe('/well-known/x/y');
  });
});

describe('nothing else is reachable', () => {
  test.each([
    '/missing',
    '/api',
    '/api/missing',
    '/api/_shared',
    '/api/_private/x',
    '/api/.hidden/x',
    '/api/echo/',
    '/MCP',
    '//api/echo',
    '/vercel.json',
    '/lib/answer.ts',
    '/%2e%2e/package.json',
    '/..%2fpackage.json',
  ])('%s → 404', async (path) => {
    const response = await get(path);
    expect(response.status).toBe(404);
    expect(response.headers.get('x-vercel-error')).toBe('NOT_FOUND');
    expect(await response.text()).toMatch(/^The page could not be found\n\nNOT_FOUND\n\ndev1::/);
  });

  test('an error is JSON for a client that accepts JSON', async () => {
    const response = await get('/missing', { headers: { accept: 'application/json' } });
    expect(await response.json()).toEqual({ error: { code: '404', message: 'The page could not be found' } });
  });

  test.each([
    ['an invalid host', { host: 'a/b' }, '/mcp'],
    ['a target that is not a path', { host: 'localhost' }, '*'],
  ])('%s → 400', async (_, headers, path) => {
    expect(await rawStatus(path, headers)).toBe(400);
  });
});

describe('static files', () => {
  test('come before rewrites, with the headers that vercel.json adds', async () => {
    const response = await get('/plain.txt');
    expect(await response.text()).toBe('plain\n');
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(response.headers.get('x-file')).toBe('yes');
  });

  test.each([
    ['HEAD', 200],
    ['POST', 405],
  ])('%s → %i', async (method, status) => {
    expect((await get('/plain.txt', { method })).status).toBe(status);
  });
});

test('a redirect of vercel.json is answered without a function', async () => {
  const response = await get('/old/sam');
  expect([response.status, response.headers.get('location')]).toEqual([307, '/echo/sam']);
});

describe('headers', () => {
  test('headers in which a client describes itself are overwritten', async () => {
    const claims = {
      'x-forwarded-for': '203.0.113.9',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'evil.example',
      'x-real-ip': '203.0.113.9',
      'x-vercel-id': 'forged',
      forwarded: 'for=203.0.113.9',
      'x-local-function': '/api/crash',
    };
    const response = await get('/mcp', { headers: claims });
    const { headers } = await response.json();
    const host = new URL(functions().origin).host;
    expect(['127.0.0.1', '::1']).toContain(headers['x-forwarded-for']);
    expect(headers['x-real-ip']).toBe(headers['x-forwarded-for']);
    expect(headers.host).toBe(host);
    expect(headers['x-forwarded-host']).toBe(host);
    expect(headers['x-forwarded-proto']).toBe('http');
    expect(headers['x-vercel-id']).toBe(response.headers.get('x-vercel-id'));
    expect(headers.forwarded).not.toContain('203.0.113.9');
    expect(Object.keys(headers).filter((name) => name.startsWith('x-local-'))).toEqual([]);
  });

  test('headers that only the platform sets do not reach a function', async () => {
    const claims = {
      'x-vercel-ip-country': 'XX',
      'x-vercel-oidc-token': 'forged',
      'x-vercel-deployment-url': 'evil.example',
      'x-vercel-cron-schedule': '* * * * *',
      'x-vercel-protection-bypass': 'secret',
    };
    const { headers } = await (await get('/mcp', { headers: claims })).json();
    const seen = Object.keys(headers).filter((name) => name in claims);
    expect(seen).toEqual(['x-vercel-protection-bypass']);
  });

  test('every value of a repeated response header arrives', async () => {
    expect((await get('/mcp')).headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  });

  test('a response without Cache-Control gets the default of the platform', async () => {
    expect((await get('/mcp')).headers.get('cache-control')).toBe('public, max-age=0, must-revalidate');
  });
});

describe('what a request says before its body is limited:', () => {
  const kilobytes = (count: number) => 'x'.repeat(count * 1024);
  test.each<[string, string, Record<string, string>, number, string | undefined]>([
    ['a URL of 14 KB', `/mcp?${kilobytes(14).slice(5)}`, {}, 200, undefined],
    ['a longer URL', `/mcp?${kilobytes(14)}`, {}, 414, 'URL_TOO_LONG'],
    ['a header of 16 KB', '/mcp', { 'x-one': kilobytes(16) }, 200, undefined],
    ['a larger header', '/mcp', { 'x-one': `${kilobytes(16)}x` }, 431, 'REQUEST_HEADER_TOO_LARGE'],
    [
      'headers of more than 32 KB',
      '/mcp',
      { 'x-one': kilobytes(15), 'x-two': kilobytes(15), 'x-three': kilobytes(2) },
      431,
      'REQUEST_HEADER_TOO_LARGE',
    ],
  ])('%s', async (_, path, headers, status, code) => {
    const response = await get(path, { headers });
    expect([response.status, response.headers.get('x-vercel-error') ?? undefined]).toEqual([status, code]);
  });
});

describe('methods and bodies pass unchanged', () => {
  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s', async (method) => {
    const { method: seen, body } = await (await get('/mcp', { method, body: 'ünï' })).json();
    expect([seen, body]).toEqual([method, 'ünï']);
  });

  test('a streamed upload arrives completely', async () => {
    const body = new Blob(['a'.repeat(1_000_000)]).stream();
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit;
    expect((await (await get('/mcp', init)).json()).body).toHaveLength(1_000_000);
  });

  test.each([
    ['announced', () => 'a'.repeat(4_800_000)],
    ['streamed', () => new Blob(['a'.repeat(4_800_000)]).stream()],
  ])('a body over 4.5 MB, %s → 413', async (_, body) => {
    const init = { method: 'POST', body: body(), duplex: 'half' } as RequestInit;
    expect((await get('/mcp', init)).status).toBe(413);
  });

  test('a function can answer before the body has arrived, and the connection stays usable', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    try {
      for (let round = 0; round < 30; round++)
        expect(await upload('/refusing', 'a'.repeat(4_000_000), agent)).toBe(418);
      expect(await upload('/mcp', 'a', agent)).toBe(200);
    } finally {
      agent.destroy();
    }
  });
});

/** The status that a request with this body is answered with. */
function upload(path: string, body: string, agent: Agent): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(functions().origin + path, { method: 'POST', agent }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode));
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

/** A request that `fetch` would refuse to make. */
function rawStatus(path: string, headers: Record<string, string>): Promise<number | undefined> {
  const { port } = new URL(functions().origin);
  return new Promise((resolve, reject) => {
    httpRequest({ host: '127.0.0.1', port, path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}
