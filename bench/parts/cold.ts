import { fork } from 'node:child_process';
import { glob, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Stack, startStack } from '../../dev/stack.ts';
import { buildFunctions, buildSources } from '../../dev/vercel/build.ts';
import { calls } from '../client.ts';
import type { ColdAnswer, ColdRequest } from '../processes/messages.ts';
import { ratios, type Spread, spreadOf } from '../statistics.ts';
import { ownToken, tenantToken } from '../tokens.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A function, the request that a fresh process gets, and the status that it must answer with. */
type Cold = {
  name: string;
  handler: string;
  request: ColdRequest;
  status: number;
  env: Record<string, string | undefined>;
  /** What the ratio is taken to, and what it should be at most. */
  of: 'trivial' | 'mcp-handler, list';
  target?: number;
};

export type ColdResult = {
  name: string;
  files: number;
  bytes: number;
  ms: Spread;
  cpuMs: Spread;
  of: string;
  target?: number;
  wall: Spread;
  cpu: Spread;
}[];

/** From the start of a process to its first answer, for every function as Vercel's builder compiles it. */
export async function measureCold({ rounds }: { rounds: number }): Promise<ColdResult> {
  const stack = await startStack({ port: 0, store: 'redis' });
  try {
    return await race(await functions(stack), rounds);
  } finally {
    await stack.close();
  }
}

async function functions(stack: Stack): Promise<Cold[]> {
  const { serverUrl, env } = stack;
  const own = await buildFunctions(root);
  const others = await buildSources(root, [
    'bench/contestants/trivial.ts',
    'bench/contestants/mcp-handler.ts',
  ]);
  const tenant = await tenantToken();
  const text = { 'content-type': 'application/json' };
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const accept = { accept: 'application/json, text/event-stream' };
  const registration = JSON.stringify({
    client_name: 'Bench',
    redirect_uris: ['http://localhost/callback'],
    token_endpoint_auth_method: 'none',
  });
  const registered = await fetch(`${serverUrl}/register`, {
    method: 'POST',
    headers: text,
    body: registration,
  });
  const { client_id: clientId } = (await registered.json()) as { client_id: string };
  const authorization = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: 'http://localhost:5000/callback',
    code_challenge: 'c'.repeat(43),
    code_challenge_method: 'S256',
    scope: 'mcp:read offline_access',
    state: 'state',
    resource: `${serverUrl}/mcp`,
  });
  const refresh = { grant_type: 'refresh_token', client_id: clientId, refresh_token: 'unknown' };
  const list = calls.modern('', {}, 'tools/list');
  const post = (path: string, headers: Record<string, string>, body: string): ColdRequest => ({
    url: serverUrl + path,
    method: 'POST',
    headers,
    body,
  });
  const get = (path: string): ColdRequest => ({ url: serverUrl + path });
  const ours = (
    name: string,
    route: string,
    request: ColdRequest,
    status: number,
    target?: number,
  ): Cold => ({
    name,
    handler: own.get(route) ?? '',
    request,
    status,
    env,
    of: 'trivial',
    ...(target !== undefined && { target }),
  });
  const token = ownToken(env as Record<string, string>);
  return [
    {
      name: 'trivial',
      handler: others.get('bench/contestants/trivial.ts') ?? '',
      request: get('/'),
      status: 200,
      env: {},
      of: 'trivial',
    },
    {
      name: 'mcp-handler, list',
      handler: others.get('bench/contestants/mcp-handler.ts') ?? '',
      request: post(
        '/mcp',
        { ...text, ...accept, ...list.headers, authorization: `Bearer ${tenant.token}` },
        list.body,
      ),
      status: 200,
      env: { ...tenant.env, BENCH_TOOLS: '6' },
      of: 'trivial',
    },
    {
      ...ours(
        'mcp, list',
        '/api/mcp',
        post('/mcp', { ...text, ...accept, ...list.headers, authorization: `Bearer ${token}` }, list.body),
        200,
        1,
      ),
      of: 'mcp-handler, list',
    },
    ours('mcp, without a token', '/api/mcp', post('/mcp', { ...text, ...accept }, list.body), 401),
    ours('register, known client', '/api/register', post('/register', text, registration), 201, 2),
    ours('authorize, consent page', '/api/authorize', get(`/authorize?${authorization}`), 200, 2),
    ours(
      'token, refused',
      '/api/oauth/token',
      post('/oauth/token', form, String(new URLSearchParams(refresh))),
      400,
      2,
    ),
    ours(
      'revoke, unknown token',
      '/api/oauth/revoke',
      post('/oauth/revoke', form, `client_id=${clientId}&token=unknown`),
      200,
      2,
    ),
    ours('callback, refused', '/api/callback', get('/callback?state=unknown&code=unknown'), 400, 1.5),
    ours('connections', '/api/connections', get('/connections'), 200),
    ours('landing', '/api/landing', get('/'), 200, 1.5),
    ours('health', '/api/health', get('/health'), 200, 1.5),
    ours(
      'protected resource metadata',
      '/api/well-known/oauth-protected-resource',
      get('/.well-known/oauth-protected-resource/mcp'),
      200,
    ),
    ours(
      'authorization server metadata',
      '/api/well-known/oauth-authorization-server',
      get('/.well-known/oauth-authorization-server'),
      200,
    ),
  ];
}

async function race(cold: Cold[], rounds: number): Promise<ColdResult> {
  const ms = new Map<string, number[]>(cold.map(({ name }) => [name, []]));
  const cpuMs = new Map<string, number[]>(cold.map(({ name }) => [name, []]));
  for (let round = -1; round < rounds; round++)
    for (const each of cold) {
      const measured = await run(each);
      // The first round only brings the files into the system's cache.
      if (round < 0) continue;
      ms.get(each.name)?.push(measured.ms);
      cpuMs.get(each.name)?.push(measured.cpuMs);
    }
  return Promise.all(
    cold.map(async ({ name, handler, of, target }) => ({
      name,
      ...(await sizeOf(handler)),
      ms: spreadOf(ms.get(name) ?? []),
      cpuMs: spreadOf(cpuMs.get(name) ?? []),
      of,
      ...(target !== undefined && { target }),
      wall: spreadOf(ratios(ms.get(name) ?? [], ms.get(of) ?? [])),
      cpu: spreadOf(ratios(cpuMs.get(name) ?? [], cpuMs.get(of) ?? [])),
    })),
  );
}

async function run({ name, handler, request, status, env }: Cold): Promise<ColdAnswer & { ms: number }> {
  const started = performance.now();
  const child = fork(new URL('../processes/cold.mjs', import.meta.url), [handler, JSON.stringify(request)], {
    env: { PATH: process.env.PATH, ...env, LOG_LEVEL: 'error' },
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const answer = await new Promise<ColdAnswer>((resolve, reject) => {
    child.once('message', (message) => resolve(message as ColdAnswer));
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)));
  });
  const ms = performance.now() - started;
  if (answer.status !== status) throw new Error(`${name} answered ${answer.status}`);
  return { ...answer, ms };
}

/** What is deployed for a function: everything in its folder, links followed. */
async function sizeOf(handler: string): Promise<{ files: number; bytes: number }> {
  const folder = handler.slice(0, handler.indexOf('.func/') + '.func'.length);
  let [files, bytes] = [0, 0];
  for await (const path of glob('**', { cwd: folder })) {
    const entry = await stat(join(folder, path));
    if (!entry.isFile()) continue;
    files += 1;
    bytes += entry.size;
  }
  return { files, bytes };
}
