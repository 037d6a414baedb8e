import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { shellVariables } from '../../dev/environment.ts';
import { memoryBackend } from '../../dev/upstash/memory/backend.ts';
import { startStore } from '../../dev/upstash/server.ts';
import { startFunctions } from '../../dev/vercel/functions.ts';
import { listenOnLoopback } from '../../dev/vercel/loopback.ts';
import { flagsFor, manage, newAccount, readVariables } from '../cli/setup/fixture.ts';
import { useClock } from '../support/clock.ts';
import { filesIn } from '../support/documents.ts';
import { clientKinds } from '../support/mcp-clients.ts';
import { copyProject, linkPackages, temporaryFolder, writeFiles } from '../support/project-copy.ts';

const clock = useClock();

const user = { email: 'ada@example.com', password: 'ada', name: 'Ada', permissions: [] };

/** The tool of the guide's chapter on permissions, as the only one of a server. */
async function projectWithTool(): Promise<string> {
  const { path: root, remove } = await temporaryFolder();
  onTestFinished(remove);
  await copyProject(root);
  await linkPackages(root);
  const path = 'lib/tools/close-shop.ts';
  const tool = filesIn('docs/writing-tools.md').find((file) => file.path === path);
  await writeFiles(root, {
    [path]: tool?.code ?? '',
    'lib/tools/index.ts':
      "import { closeShop } from './close-shop.ts';\n\nexport const features = [closeShop];\n",
  });
  return root;
}

it('from npm run setup to a tool call: a permission opens a tool, and its removal closes it in the middle of a session', async () => {
  const root = await projectWithTool();
  const account = await newAccount({ users: [user] });
  const loopback = await listenOnLoopback(0);
  const serverUrl = `http://localhost:${loopback.port}`;
  const runSetup = (...flags: string[]) =>
    promisify(execFile)(
      process.execPath,
      ['cli/setup.ts', ...flagsFor(account), '--url', serverUrl, '--yes', ...flags],
      { cwd: root, env: { PATH: process.env.PATH } },
    );
  await runSetup('--roles');

  const store = await startStore({ port: 0, token: 'store-token', backend: memoryBackend() });
  onTestFinished(store.close);
  const functions = await startFunctions({
    root,
    port: loopback,
    instances: 2,
    env: {
      ...shellVariables(process.env),
      ...(await readVariables(account.envFile)),
      UPSTASH_REDIS_REST_URL: store.url,
      UPSTASH_REDIS_REST_TOKEN: 'store-token',
      ...clock.env,
    },
  });
  onTestFinished(functions.close);

  // As an operator does in the dashboard: the role for users.
  const roles = (await manage(account.tenant, 'GET', '/roles')).body as unknown as {
    id: string;
    name: string;
  }[];
  const roleId = (kind: string) => roles.find(({ name }) => name.startsWith(`MCP ${kind}: `))?.id;
  const userId = account.tenant.users[0]?.user_id ?? '';
  await manage(account.tenant, 'POST', `/roles/${roleId('user')}/users`, { users: [userId] });

  const connected = await Promise.all(
    clientKinds.map(({ connect }) => connect(`${serverUrl}/mcp`, { user })),
  );
  const closeShop = () =>
    Promise.all(
      connected.map(async (client) => {
        const { content, isError } = await client.callTool('close_shop', { until: '2027-01-01' });
        return {
          listed: await client.listTools(),
          refused: isError === true,
          content: JSON.stringify(content),
        };
      }),
    );

  /** The tenant is asked again after an hour of use. Sessions end after an hour without. */
  const useForAnHour = async () => {
    for (const part of ['40 min', '40 min'] as const) {
      clock.advance(part);
      await Promise.all(connected.map((client) => client.listTools()));
    }
  };

  const refused = {
    listed: [],
    refused: true,
    content: expect.stringMatching(
      /does not have the permission shop:close\. An administrator .* can assign it/,
    ),
  };
  for (const outcome of await closeShop()) expect(outcome).toEqual(refused);

  await runSetup('--roles', '--admin', user.email);
  await useForAnHour();
  for (const outcome of await closeShop())
    expect(outcome).toEqual({
      listed: ['close_shop'],
      refused: false,
      content: expect.stringContaining('closed until 2027-01-01'),
    });

  const removed = await manage(account.tenant, 'DELETE', `/users/${userId}/roles`, {
    roles: [roleId('administrator')],
  });
  expect(removed.status).toBe(204);
  await useForAnHour();
  for (const outcome of await closeShop()) expect(outcome).toEqual(refused);
  for (const client of connected) await client.close();
});
