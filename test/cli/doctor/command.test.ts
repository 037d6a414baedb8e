import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { useStack } from '../../support/stack.ts';
import { healthyRoutes } from './fake-mcp.ts';
import { startFakeServer } from './fake-server.ts';
import { browser, doctor, doctorProcess } from './run-doctor.ts';

async function brokenUrl(): Promise<string> {
  const server = await startFakeServer((origin) =>
    healthyRoutes(origin).set('POST /register', { status: 500 }),
  );
  onTestFinished(server.close);
  return server.mcpUrl;
}

describe('npm run doctor', () => {
  test('exits with 1 on a failure and prints the fix, without color if there is no terminal', async () => {
    const { code, stdout } = await doctorProcess([await brokenUrl()]);
    expect(code).toBe(1);
    expect(stdout).toContain('failure  registration-refused  The server refuses the registration');
    expect(stdout).toContain('Fix: Accept registrations');
    expect(stdout).toContain('1 failure.');
    expect(stdout).not.toContain('\x1b');
  });

  test('uses color with FORCE_COLOR, but not with NO_COLOR', async () => {
    const url = await brokenUrl();
    expect((await doctorProcess([url], { FORCE_COLOR: '1' })).stdout).toContain('\x1b[31m');
    expect((await doctorProcess([url], { NO_COLOR: '1' })).stdout).not.toContain('\x1b');
  });

  test('--json prints one document on standard output', async () => {
    const { code, stdout } = await doctor([await brokenUrl(), '--json']);
    const report = JSON.parse(stdout);
    expect(code).toBe(1);
    expect(report).toMatchObject({ result: 'failure', url: expect.stringContaining('/mcp') });
    expect(report.findings).toContainEqual({
      id: 'registration-refused',
      check: 'registration',
      level: 'failure',
      title: expect.any(String),
      detail: expect.stringContaining('500'),
      fix: expect.any(String),
    });
  });

  test('--help lists the options and the exit codes', async () => {
    const { code, stdout } = await doctor(['--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('--sign-in');
    expect(stdout).toContain('Exit codes: 0 no failures');
  });

  test.for([
    ['no URL', []],
    ['two URLs', ['http://localhost/a', 'http://localhost/b']],
    ['a URL without a scheme', ['mcp.example.com/mcp']],
    ['another scheme', ['ftp://mcp.example.com/mcp']],
    ['a password in the URL', ['https://user:pass@mcp.example.com/mcp']],
    ['a fragment', ['https://mcp.example.com/mcp#x']],
    ['an unknown option', ['http://localhost/mcp', '--fast']],
    ['a timeout that is not a number', ['http://localhost/mcp', '--timeout', 'soon']],
    ['half of the credentials', ['http://localhost/mcp', '--tenant', 'acme.eu.auth0.com']],
    [
      'a tenant on plain http',
      [
        'http://localhost/mcp',
        '--tenant',
        'http://acme.eu.auth0.com',
        '--client-id',
        'a',
        '--client-secret',
        'b',
      ],
    ],
    ['a missing file', ['http://localhost/mcp', '--file', '/does/not/exist']],
    ['two formats', ['http://localhost/mcp', '--json', '--markdown']],
    ['a bypass without its secret', ['http://localhost/mcp', '--bypass-protection']],
  ] as const)('exits with 2 on %s', async ([, args]) => {
    const { code, stdout, stderr } = await doctor([...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^.+ See npm run doctor -- --help\n$/);
    expect(stderr).not.toContain('user:pass');
  });
});

describe('the test user in the environment', () => {
  test.for([
    ['without a password', { DOCTOR_USER: 'tester@example.com' }, 'DOCTOR_PASSWORD'],
    ['without a name', { DOCTOR_PASSWORD: 'hush-hush' }, 'DOCTOR_USER'],
    [
      'without the host of the login page',
      { DOCTOR_USER: 'tester@example.com', DOCTOR_PASSWORD: 'hush-hush' },
      'DOCTOR_LOGIN_HOST',
    ],
    [
      'with a login page on plain http',
      {
        DOCTOR_USER: 'tester@example.com',
        DOCTOR_PASSWORD: 'hush-hush',
        DOCTOR_LOGIN_HOST: 'http://login.example.com',
      },
      'DOCTOR_LOGIN_HOST: Must begin with https',
    ],
  ] as const)('is wrong usage %s', async ([, env, named]) => {
    const { code, stdout, stderr } = await doctor(['http://localhost/mcp', '--sign-in'], env);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(named);
    expect(stderr).not.toContain('hush-hush');
  });

  test('is not used without --sign-in', async () => {
    const server = await startFakeServer(healthyRoutes);
    onTestFinished(server.close);
    const { code, stdout } = await doctor([server.mcpUrl], { DOCTOR_USER: 'tester@example.com' });
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('use --sign-in') });
  });
});

describe('npm run doctor -- --sign-in', () => {
  const stack = useStack();

  test('opens the browser in BROWSER and finds no problems', async () => {
    const { code, stdout } = await doctor([stack().mcpUrl, '--sign-in'], { BROWSER: browser });
    expect(stdout).toContain(`Sign in here (your browser opens):\n${stack().serverUrl}/authorize?`);
    expect(stdout).toMatch(/No problems found\.\n$/);
    expect(code).toBe(0);
  });

  test('with --no-open only prints the URL, with --json on standard error', async () => {
    const { code, stdout, stderr } = await doctor([
      stack().mcpUrl,
      '--sign-in',
      '--no-open',
      '--json',
      '--sign-in-timeout',
      '1',
    ]);
    expect(stderr).toContain(`Sign in here:\n${stack().serverUrl}/authorize?`);
    expect(JSON.parse(stdout).findings).toContainEqual(expect.objectContaining({ id: 'sign-in-timeout' }));
    expect(code).toBe(1);
  });

  test('reads the tenant’s credentials from a file', async () => {
    const { env, tenant, mcpUrl } = stack();
    const file = join(tmpdir(), `doctor-${process.pid}.env`);
    await writeFile(
      file,
      `AUTH0_DOMAIN=${tenant.origin}\nAUTH0_CLIENT_ID=${env.AUTH0_CLIENT_ID}\nAUTH0_CLIENT_SECRET=${env.AUTH0_CLIENT_SECRET}\n`,
    );
    const { stdout } = await doctor([mcpUrl, '--file', file]);
    expect(stdout).toContain('tenant-api');
    expect(stdout).toContain('2 deleted.');
    expect(stdout).not.toContain(env.AUTH0_CLIENT_SECRET);
  });
});
