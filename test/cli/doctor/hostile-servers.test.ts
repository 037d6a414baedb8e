import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { examineUrl, fakeUserSignsIn, wrong } from './examine.ts';
import { healthyRoutes } from './fake-mcp.ts';
import { type Reply, type Route, startFakeServer } from './fake-server.ts';

async function examineRoutes(routes: (origin: string) => Record<string, Route>) {
  const server = await startFakeServer(
    (origin) => new Map([...healthyRoutes(origin), ...Object.entries(routes(origin))]),
  );
  try {
    return await examineUrl(server.mcpUrl, { ...fakeUserSignsIn, timeoutMs: 2000, signInTimeoutMs: 100 });
  } finally {
    await server.close();
  }
}

describe('a hostile server', () => {
  test('cannot steer the terminal or fill the screen with its texts', async () => {
    const error_description = `\x1b[2J\x1b]0;owned\x07\u202Eevil ${'x'.repeat(5000)}`;
    const findings = await examineRoutes(() => ({
      'POST /register': { status: 400, body: { error: 'no', error_description } },
    }));
    const text = findings.map(({ detail }) => detail).join('');
    expect(text).toContain('evil');
    expect(text).not.toMatch(/\p{C}/u);
    expect(Math.max(...findings.map(({ detail }) => detail.length))).toBeLessThanOrEqual(300);
  });

  test('cannot make the doctor repeat a secret it was given', async () => {
    const client_secret = 'secret-given-at-registration';
    const findings = await examineRoutes(() => ({
      'POST /register': ({ text }) => ({
        status: 201,
        body: { ...JSON.parse(text), client_id: 'c', client_secret },
      }),
      'POST /token': { status: 400, body: { error: 'x', error_description: `your secret ${client_secret}` } },
    }));
    expect(JSON.stringify(findings)).toContain('your secret [hidden]');
    expect(JSON.stringify(findings)).not.toContain(client_secret);
  });

  test('cannot hold the doctor with a stream that never ends', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const chunk = 'data: {"jsonrpc":"2.0","method":"x"}\n\n'.repeat(1000);
      const timer = setInterval(() => response.write(chunk), 1);
      response.on('close', () => clearInterval(timer));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    const { port } = server.address() as AddressInfo;
    expect(wrong(await examineUrl(`http://localhost:${port}/mcp`))).toEqual(['answer-too-large']);
  });

  test('cannot make the doctor submit its consent form to another origin', async () => {
    const asked: string[] = [];
    const record = (text: string): Reply => {
      asked.push(text);
      return {};
    };
    const other = await startFakeServer(() => new Map([['POST /steal', ({ text }) => record(text)]]));
    onTestFinished(other.close);
    await examineRoutes(() => ({
      'GET /authorize': {
        body: `<form method="post" action="${other.origin}/steal"><button name="decision" value="approve">Go</button></form>`,
      },
    }));
    expect(asked).toEqual([]);
  });

  test('never breaks a check, whatever JSON, status and headers it sends', async () => {
    const paths = [
      'POST /mcp',
      'GET /.well-known/oauth-protected-resource/mcp',
      'GET /.well-known/oauth-authorization-server',
      'POST /register',
      'GET /authorize',
      'POST /token',
    ];
    const names = [
      'resource',
      'authorization_servers',
      'issuer',
      'client_id',
      'error',
      'result',
      'id',
      'token_endpoint',
      'problems',
      '__proto__',
    ];
    const json = fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom(...names), fc.jsonValue()));
    const reply: fc.Arbitrary<Reply> = fc.record({
      status: fc.constantFrom(200, 201, 204, 301, 302, 400, 401, 403, 404, 418, 500, 503),
      headers: fc.dictionary(
        fc.constantFrom(
          'www-authenticate',
          'location',
          'content-type',
          'date',
          'set-cookie',
          'mcp-session-id',
        ),
        fc.constantFrom(
          '',
          'Bearer',
          'Bearer resource_metadata="',
          'x',
          'http://',
          '/mcp',
          'text/event-stream',
          'application/json',
          '=;',
          'javascript:x',
        ),
      ),
      body: fc.oneof(json, fc.string()),
    });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), reply, async (path, each) => {
        const findings = await examineRoutes(() => ({ [path]: each }));
        expect(wrong(findings)).not.toContain('check-broke');
      }),
      { numRuns: 40 },
    );
  });
});
