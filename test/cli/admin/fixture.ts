import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { envLine } from '../../../cli/env-file.ts';
import type { Stack } from '../../../dev/stack.ts';
import { principalHash } from '../../../lib/access-token/principal.ts';
import { hasSignIn, readConfig, type SignInConfig } from '../../../lib/config.ts';
import { taskKey, taskLeaseKey, tasksKey } from '../../../lib/store/keys.ts';
import { grantIn, tenantTokens } from '../../support/access-token.ts';
import type { SignInOptions } from '../../support/browser-user.ts';
import { call, modern, poster, rawClient, request } from '../../support/mcp-request.ts';
import { oauthClient, type Registration, type Tokens } from '../../support/oauth-client.ts';
import type { OnEnd } from '../../support/on-end.ts';
import { storeCommand } from '../../support/store-command.ts';
import { runCommand, runProcess } from '../run-command.ts';

/** Runs `npm run admin`. */
export const runAdmin = (args: string[]) => runCommand('admin', args);

/** Runs it as a process of its own. */
export const runAdminProcess = (args: string[]) => runProcess('admin', args);

/** A file with the variables of a deployment, in a folder of its own. */
export async function envFile(
  variables: Record<string, string | undefined>,
  onEnd: OnEnd = onTestFinished,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'admin-'));
  onEnd(() => rm(folder, { recursive: true }));
  const file = join(folder, '.env.local');
  const lines = Object.entries(variables).map(([name, value]) => envLine(name, value ?? ''));
  await writeFile(file, `${lines.join('\n')}\n`);
  return file;
}

/** Runs the command for a stack and returns what it prints with `--json`. */
export async function adminJson(
  { env }: Pick<Stack, 'env'>,
  args: string[],
): Promise<{ code: number | null; json: Record<string, unknown>; stderr: string }> {
  const run = await runAdmin([...args, '--json', '--file', await envFile(env)]);
  return { code: run.code, json: run.stdout ? JSON.parse(run.stdout) : {}, stderr: run.stderr };
}

/** The names of all keys in the store. */
export async function keysIn(stack: Pick<Stack, 'store' | 'env'>): Promise<string[]> {
  return (await storeCommand(stack, ['KEYS', '*'])) as string[];
}

/** A client that a user has let in. */
export type ConnectedClient = {
  clientId: string;
  tokens: Tokens;
  /** The status of a tool call at an instance. */
  call(instance?: number): Promise<number>;
  refresh(): Promise<Response>;
};

/** Registers a client and signs a user in. */
export async function connect(
  stack: Stack,
  registration: Registration = {},
  options: SignInOptions = {},
): Promise<ConnectedClient> {
  const client = oauthClient(stack.serverUrl);
  const clientId = await client.register(registration);
  const tokens = await client.tokens(clientId, options);
  return {
    clientId,
    tokens,
    call: (instance) => callWith(stack, tokens.access_token, instance),
    refresh: () => client.refresh(clientId, tokens.refresh_token),
  };
}

/** Leaves as much in the store as a client can: a session with a subscription, a note, and a task. */
export async function leaveTraces(stack: Stack, { tokens }: ConnectedClient): Promise<void> {
  const raw = rawClient(stack, tokens.access_token);
  await raw.initialize();
  await raw.send(call('add_note', { title: 'A note', text: 'of mine' }));
  const listed = await raw.send(request('resources/list'));
  const { resources } = z
    .object({ resources: z.array(z.object({ uri: z.string() })) })
    .parse(listed.last.result);
  await raw.send(request('resources/subscribe', { uri: resources[0]?.uri }));
  const config = configOf(stack);
  const { subject, clientId } = grantIn(stack, tokens.access_token);
  const { issuer } = config.oauth;
  const owner = principalHash(config, { issuer, subject, clientId });
  // As the extension for tasks stores them. It can be deleted, and the tasks that it stored are still the user's.
  const taskId = randomUUID();
  await storeCommand(stack, ['HSET', taskKey(owner, taskId), 'version', '1']);
  await storeCommand(stack, ['SET', taskLeaseKey(owner, taskId), '1', 'PX', '60000']);
  await storeCommand(stack, ['ZADD', tasksKey(owner), String(Date.now() + 60_000), taskId]);
}

/** A token that the tenant itself issued through a client's application, as clients held before tokens were our own. */
export async function tenantToken(stack: Stack, clientId: string): Promise<string> {
  const { origin, issuer } = stack.tenant;
  const credentials = { client_id: stack.env.AUTH0_CLIENT_ID, client_secret: stack.env.AUTH0_CLIENT_SECRET };
  const granted = await fetch(`${origin}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ grant_type: 'client_credentials', audience: `${issuer}api/v2/`, ...credentials }),
  });
  const { access_token: token } = (await granted.json()) as { access_token: string };
  const callbacks = [`${stack.serverUrl}/callback`, 'http://localhost:1/callback'];
  await fetch(`${origin}/api/v2/clients/${clientId}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ callbacks }),
  });
  return (await tenantTokens(stack, { clientId })).tokens.access_token;
}

/** The status of a tool call with a token. */
export async function callWith(stack: Stack, token: string, instance = 0): Promise<number> {
  const [body, headers] = modern('tools/call', { name: 'whoami', arguments: {} });
  return (await poster(stack, token)(body, { ...headers, 'x-local-instance': String(instance) })).status;
}

/** The configuration that a stack's functions run with. */
export function configOf({ env }: Pick<Stack, 'env'>): SignInConfig {
  const result = readConfig(env);
  if ('failure' in result || !hasSignIn(result.value)) throw new Error('The stack is not configured');
  return result.value;
}
