import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { shellVariables } from '../../../dev/environment.ts';
import { memoryBackend } from '../../../dev/upstash/memory/backend.ts';
import { startStore } from '../../../dev/upstash/server.ts';
import { startFunctions } from '../../../dev/vercel/functions.ts';
import { listenOnLoopback } from '../../../dev/vercel/loopback.ts';
import { adminUser } from '../../support/browser-user.ts';
import { clientKinds } from '../../support/mcp-clients.ts';
import { newAccount, readVariables, setUpAccount } from './fixture.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

it('after setup of an empty tenant, the server serves clients from registration to a tool call', async () => {
  const account = await newAccount();
  // Like tenants since 2025: an API without a user policy allows nobody.
  account.tenant.switches.strictUserPolicy = true;
  const loopback = await listenOnLoopback(0);
  const serverUrl = `http://localhost:${loopback.port}`;
  // Only with role-based access control can a user have `mcp:admin`.
  await setUpAccount(account, '--url', serverUrl, '--rbac');

  const store = await startStore({ port: 0, token: 'store-token', backend: memoryBackend() });
  onTestFinished(store.close);
  const written = await readVariables(account.envFile);
  const env = { UPSTASH_REDIS_REST_URL: store.url, UPSTASH_REDIS_REST_TOKEN: 'store-token', ...written };
  const functions = await startFunctions({
    root,
    port: loopback,
    env: { ...shellVariables(process.env), ...env },
  });
  onTestFinished(functions.close);

  for (const kind of clientKinds) {
    const client = await kind.connect(`${serverUrl}/mcp`, { user: adminUser });
    expect((await client.callTool('whoami')).structuredContent).toMatchObject({
      email: adminUser.email,
      scopes: expect.arrayContaining(['mcp:read', 'mcp:write']),
    });
    await client.stepUp('mcp:admin offline_access');
    expect(client.tokens()).toMatchObject({
      scope: expect.stringContaining('mcp:admin'),
      refresh_token: expect.any(String),
    });
    await client.close();
  }
});
