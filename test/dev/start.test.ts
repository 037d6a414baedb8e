import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { shellVariables } from '../../dev/environment.ts';
import { startStack } from '../../dev/stack.ts';
import { ensureCommand } from '../support/debian-package.ts';
import { eventually } from '../support/eventually.ts';
import { freePorts } from '../support/free-ports.ts';
import { certificate } from '../support/localhost-certificate.ts';
import { copyProject, linkPackages, temporaryFolder } from '../support/project-copy.ts';
import { startTunnel } from '../support/tunnel.ts';

const project = fileURLToPath(new URL('../../', import.meta.url));
const running: ChildProcess[] = [];

afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

/** Runs the command as `npm start` does and collects what it prints. */
function start(args: string[], env: Record<string, string>, root = project) {
  return run(process.execPath, ['dev/start.ts', ...args], env, root);
}

function run(command: string, args: string[], env: Record<string, string>, root = project) {
  const child = spawn(command, args, { cwd: root, env: { ...shellVariables(process.env), ...env } });
  running.push(child);
  const printed = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].on('data', (chunk: Buffer) => {
      printed[stream] += chunk;
    });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const ready = () => eventually(() => expect(printed.stdout).toMatch(/^ready /m));
  return { child, printed, ended, ready };
}

test('prints how to connect and sign in, then that it is ready, then one line for each request', async () => {
  const port = await freePorts();
  const { printed, ready } = start([], { PORT: String(port), AUTH0_DOMAIN: 'https://elsewhere.example' });
  await ready();
  const url = `http://localhost:${port}/mcp`;
  expect(printed.stdout).toContain(`claude mcp add --transport http mcp-auth0-vercel ${url}`);
  expect(printed.stdout).toContain('npx @modelcontextprotocol/inspector');
  expect(printed.stdout).toMatch(/^ +demo@example\.com +password demo +mcp:read, mcp:write$/m);
  expect(printed.stdout).toMatch(/^ +admin@example\.com +password admin +every permission$/m);
  expect(printed.stdout).toContain('Accounts to connect, at a stand-in for Google\n  demo@gmail.example');
  expect((await fetch(`http://localhost:${port + 5}/o/oauth2/v2/auth`)).status).toBe(400);
  expect(printed.stdout.match(/^ready .*$/gm)).toEqual([`ready ${url}`]);

  expect((await fetch(`http://localhost:${port}/health`)).status).toBe(200);
  await fetch(`http://localhost:${port + 1}/authorize?client_id=x&code=secret`, { redirect: 'manual' });
  await fetch(`http://localhost:${port}/nowhere?code=secret`);
  await eventually(() => expect(printed.stdout).toMatch(/GET +\/nowhere +404/));
  expect(printed.stdout).toMatch(/^\d\d:\d\d:\d\d {2}GET +\/health +200 +\d+ ms/m);
  expect(printed.stdout).toMatch(/auth0 GET \/authorize +4\d\d/);
  expect(printed.stdout).not.toContain('secret');
  expect(printed.stdout).not.toContain('elsewhere.example');
  expect(printed.stderr).toBe('');
});

test('with --public-url it says which tunnel to run, and notices once the tunnel leads here', async () => {
  const [port, tunnelPort] = [await freePorts(), await freePorts()];
  const publicUrl = `https://localhost:${tunnelPort}`;
  const folder = await mkdtemp(join(tmpdir(), 'tunnel-'));
  const authority = join(folder, 'certificate.pem');
  await writeFile(authority, certificate);
  const { printed, ready } = start(['--public-url', publicUrl], {
    PORT: String(port),
    NODE_EXTRA_CA_CERTS: authority,
  });
  await ready();
  expect(printed.stdout).toContain(`Anyone can reach it at ${publicUrl}/mcp while this tunnel runs:`);
  expect(printed.stdout).toContain(encodeURIComponent(`${publicUrl}/mcp`));
  await eventually(() =>
    expect(printed.stdout).toContain(
      `${publicUrl} does not lead to this server yet. Keep this running in another terminal: cloudflared tunnel --url http://localhost:${port}`,
    ),
  );
  const tunnel = await startTunnel(publicUrl, `http://localhost:${port}`, {}, tunnelPort);
  await eventually(() => expect(printed.stdout).toContain(`The tunnel works: ${publicUrl}/mcp`));
  expect(printed.stderr).toBe('');
  await tunnel.close();
  await rm(folder, { recursive: true });
});

describe('everything that it started ends with it', () => {
  beforeAll(() => ensureCommand('redis-server', 'redis-server'));

  test.each([
    ['SIGINT', 0],
    ['SIGTERM', 0],
    ['SIGKILL', null],
  ] as const)('%s', async (signal, expected) => {
    const port = await freePorts();
    const { child, ended, ready } = start(['--instances', '2', '--store', 'redis'], {
      PORT: String(port),
      REDIS_URL: '',
    });
    await ready();
    const started = descendants(child.pid);
    // Two instances, redis-server, and the shell and `cat` that end it.
    expect(started).toHaveLength(5);
    child.kill(signal);
    expect(await ended).toBe(expected);
    await eventually(() => expect(started.filter(isAlive)).toEqual([]));
    await expect(fetch(`http://localhost:${port}/health`)).rejects.toThrow();
  });
});

test('a function is reloaded as soon as it is saved', async () => {
  const { path: root, remove } = await temporaryFolder();
  onTestFinished(remove);
  await copyProject(root, ['api', 'cli', 'lib', 'dev', 'public', 'vercel.json', 'package.json']);
  await linkPackages(root);
  const port = await freePorts();
  const { printed, ready } = start([], { PORT: String(port) }, root);
  await ready();
  await writeFile(join(root, 'api/new.ts'), "export default { fetch: () => new Response('new') };\n");
  const served = async (path: string) => (await fetch(`http://localhost:${port}${path}`)).status;
  const says = (pattern: RegExp) => eventually(() => expect(printed.stdout).toMatch(pattern));
  await says(/^reloaded$/m);
  expect(await (await fetch(`http://localhost:${port}/api/new`)).text()).toBe('new');

  // What does not load is reported at once, and the last version that works goes on being served.
  const tool = join(root, 'lib/tools/whoami.ts');
  const whoami = await readFile(tool, 'utf8');
  await writeFile(tool, `${whoami}\nconst x = ;\n`);
  await says(/Not reloaded[\s\S]*lib\/tools\/whoami\.ts:\d+\n/);
  expect([await served('/mcp'), await served('/health')]).toEqual([401, 200]);

  const index = join(root, 'lib/tools/index.ts');
  const list = await readFile(index, 'utf8');
  await writeFile(tool, whoami);
  await writeFile(index, list.replace('  whoami,', '  whoami,\n  whoami,'));
  await says(/whoami: The list has another tool with this name/);
  expect(await served('/mcp')).toBe(401);

  await writeFile(index, list);
  await says(/reloaded[\s\S]*^reloaded$/m);

  await writeFile(join(root, 'vercel.json'), '{');
  await says(/JSON/);
  expect(await served('/api/new')).toBe(200);
});

test('an invalid option is reported in one line, and it exits with 1', async () => {
  const { printed, ended } = start(['--instance', '2'], {});
  expect(await ended).toBe(1);
  expect(printed).toEqual({ stdout: '', stderr: expect.stringMatching(/^[^\n]*--instance[^\n]*\n$/) });
});

/** Listens on a port until the test ends. */
async function occupy(port: number): Promise<void> {
  const holder = createServer().listen(port, '127.0.0.1');
  onTestFinished(() => void holder.close());
  await once(holder, 'listening');
}

test.each([0, 4])(
  'if port %i of those it takes is in use, it says so in one line and exits with 1',
  async (offset) => {
    const port = await freePorts();
    await occupy(port + offset);
    const { printed, ended } = start([], { PORT: String(port) });
    expect(await ended).toBe(1);
    expect(printed.stderr).toMatch(new RegExp(`^Port ${port + offset} is in use[^\\n]+\\n$`));
  },
);

test.each([0, 1, 2, 5])(
  'if port %i of those that the stack takes is in use, startStack rejects with it',
  async (offset) => {
    const port = await freePorts();
    await occupy(port + offset);
    const started = startStack({ port, accounts: true });
    await expect(started).rejects.toMatchObject({ code: 'EADDRINUSE', port: port + offset });
  },
);

test('--help explains every option', async () => {
  const { printed, ended } = start(['--help'], {});
  expect(await ended).toBe(0);
  for (const option of [
    '--instances',
    '--built',
    '--store',
    '--token-lifetime',
    '--public-url',
    'PORT',
    'REDIS_URL',
  ])
    expect(printed.stdout).toContain(option);
});

function descendants(pid: number | undefined): number[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  const rows = table
    .trim()
    .split('\n')
    .map((row) => row.trim().split(/\s+/).map(Number));
  const below = (parent: number | undefined): number[] =>
    rows.flatMap(([child, of]) => (child !== undefined && of === parent ? [child, ...below(child)] : []));
  return below(pid);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('nothing is left running when npm itself is stopped', async () => {
  const port = await freePorts();
  const { child, ready } = run('npm', ['start'], { PORT: String(port) });
  await ready();
  const started = descendants(child.pid);
  expect(started.length).toBeGreaterThan(1);
  child.kill('SIGTERM');
  await eventually(() => expect(started.filter(isAlive)).toEqual([]));
});
