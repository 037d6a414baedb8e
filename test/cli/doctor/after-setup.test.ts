import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { shellVariables } from '../../../dev/environment.ts';
import { memoryBackend } from '../../../dev/upstash/memory/backend.ts';
import { startStore } from '../../../dev/upstash/server.ts';
import { startFunctions } from '../../../dev/vercel/functions.ts';
import { listenOnLoopback } from '../../../dev/vercel/loopback.ts';
import { newAccount, readVariables, setUpAccount } from '../setup/fixture.ts';
import { browser, doctor } from './run-doctor.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

test('after setup of an empty tenant, the server has no findings through the whole sign-in', async () => {
  const account = await newAccount();
  const loopback = await listenOnLoopback(0);
  const serverUrl = `http://localhost:${loopback.port}`;
  await setUpAccount(account, '--url', serverUrl);

  const token = 'store-token';
  const store = await startStore({ port: 0, token, backend: memoryBackend() });
  onTestFinished(store.close);
  const written = await readVariables(account.envFile);
  const env = { UPSTASH_REDIS_REST_URL: store.url, UPSTASH_REDIS_REST_TOKEN: token, ...written };
  const functions = await startFunctions({
    root,
    port: loopback,
    env: { ...shellVariables(process.env), ...env },
  });
  onTestFinished(functions.close);

  const args = [`${serverUrl}/mcp`, '--sign-in', '--file', account.envFile];
  const { code, stdout, stderr } = await doctor(args, { BROWSER: browser });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/\nNo problems found\.\n$/);
  expect(stdout).toMatch(/ok {7}tenant-application/);
});
