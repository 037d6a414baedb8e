import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { shellVariables } from '../../../dev/environment.ts';
import { memoryBackend } from '../../../dev/upstash/memory/backend.ts';
import { startStore } from '../../../dev/upstash/server.ts';
import { startFunctions } from '../../../dev/vercel/functions.ts';
import { listenOnLoopback } from '../../../dev/vercel/loopback.ts';
import { adminUser } from '../../support/browser-user.ts';
import { clientKinds } from '../../support/mcp-clients.ts';
import { useGroupEnd } from '../../support/on-end.ts';
import { browser, doctor } from '../doctor/run-doctor.ts';
import { newAccount, readVariables, setUpAccount } from './fixture.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

describe('after setup of an empty tenant', () => {
  let account: Awaited<ReturnType<typeof newAccount>>;
  let serverUrl: string;
  const groupEnd = useGroupEnd();

  beforeAll(async () => {
    account = await newAccount({}, groupEnd);
    // Like tenants since 2025: an API without a user policy allows nobody.
    account.tenant.switches.strictUserPolicy = true;
    const loopback = await listenOnLoopback(0);
    serverUrl = `http://localhost:${loopback.port}`;
    await setUpAccount(account, '--url', serverUrl);

    const store = await startStore({ port: 0, token: 'store-token', backend: memoryBackend() });
    groupEnd(store.close);
    const written = await readVariables(account.envFile);
    const env = { UPSTASH_REDIS_REST_URL: store.url, UPSTASH_REDIS_REST_TOKEN: 'store-token', ...written };
    const functions = await startFunctions({
      root,
      port: loopback,
      env: { ...shellVariables(process.env), ...env },
    });
    groupEnd(functions.close);
  });

  it('the doctor has no findings about the server through the whole sign-in', async () => {
    const args = [`${serverUrl}/mcp`, '--sign-in', '--file', account.envFile];
    const { code, stdout, stderr } = await doctor(args, { BROWSER: browser });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/\nNo problems found\.\n$/);
    expect(stdout).toMatch(/ok {7}tenant-application/);
  });

  it('the server serves clients from registration to a tool call', async () => {
    // Only with role-based access control can a user have `mcp:admin`.
    await setUpAccount(account, '--url', serverUrl, '--rbac');
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
});
