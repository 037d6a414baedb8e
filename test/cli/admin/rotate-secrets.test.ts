import { readFile, stat } from 'node:fs/promises';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { parseEnvText } from '../../../cli/env-file.ts';
import { shellVariables } from '../../../dev/environment.ts';
import { type Stack, startStack } from '../../../dev/stack.ts';
import { startFunctions } from '../../../dev/vercel/functions.ts';
import { browserUser } from '../../support/browser-user.ts';
import { useClock } from '../../support/clock.ts';
import { oauthClient } from '../../support/oauth-client.ts';
import { type OnEnd, useGroupEnd } from '../../support/on-end.ts';
import { useStack } from '../../support/stack.ts';
import { storeCommand } from '../../support/store-command.ts';
import { type ConnectedClient, connect, envFile, keysIn, runAdmin } from './fixture.ts';

const clock = useClock();
/** Everything, so that the application's secret can be rotated too. */
const managementScopes = [
  ...['create:clients', 'read:clients', 'update:clients', 'delete:clients'],
  ...['read:connections', 'update:connections', 'update:client_keys'],
];

/** A deployment whose variables can be replaced, as a new deployment of it would. */
async function deployment(options: Parameters<typeof startStack>[0] = {}, onEnd: OnEnd = onTestFinished) {
  const stack = await startStack({ port: 0, ...options, env: { ...clock.env, ...options.env } });
  let { functions } = stack;
  onEnd(async () => {
    await functions.close();
    await stack.close();
  });
  return {
    stack,
    async deploy(variables: Record<string, string | undefined>) {
      await functions.close();
      const port = Number(new URL(stack.serverUrl).port);
      const root = new URL('../../..', import.meta.url).pathname;
      functions = await startFunctions({
        root,
        port,
        env: { ...shellVariables(process.env), ...clock.env, ...variables },
      });
    },
  };
}

const rotate = (file: string, ...flags: string[]) => runAdmin(['rotate-secrets', '--file', file, ...flags]);
const readVariables = async (file: string) => parseEnvText(await readFile(file, 'utf8'));
/** What the server's functions get: all variables of the stack but those that only its tests need. */
const variablesOf = ({ env }: Stack) => {
  const { NODE_OPTIONS, CLOCK_FILE, ...variables } = env;
  return variables;
};
const secretNames = ['SEALING_SECRET_PREVIOUS', 'SEALING_SECRET', 'CRON_SECRET', 'AUTH0_CLIENT_SECRET'];

let client: ConnectedClient;

describe('npm run admin -- rotate-secrets', () => {
  it.each([
    [
      'on a deployment that has a SEALING_SECRET',
      { SEALING_SECRET: 'the-sealing-secret-so-far-32-characters' },
    ],
    ['on one that has none so far', {}],
  ])('keeps every connection working, %s', async (_, env) => {
    const { stack, deploy } = await deployment({ env, tenantOptions: { managementScopes } });
    client = await connect(stack);
    const browser = browserUser();
    const oauth = oauthClient(stack.serverUrl);
    await browser.signIn(oauth.authorizationUrl(client.clientId));
    const file = await envFile(variablesOf(stack));
    const before = await readVariables(file);

    const { code, stdout, stderr } = await rotate(file, '--yes');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const after = await readVariables(file);
    expect(after).toEqual({
      ...before,
      ...Object.fromEntries(secretNames.map((name) => [name, expect.any(String)])),
    });
    expect(after.SEALING_SECRET_PREVIOUS).toBe(before.SEALING_SECRET ?? before.AUTH0_CLIENT_SECRET);
    for (const name of secretNames) {
      expect(after[name]).not.toBe(before[name]);
      expect(stdout).not.toContain(after[name]);
    }
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    // The order in which a deployment in between loses nothing.
    const order = [...stdout.matchAll(/^ {2}\d\. (\w+)/gm)].map(([, name]) => name);
    expect(order).toEqual(secretNames);

    const connected = [client];
    for (let set = 0; set <= order.length; set++) {
      const here = Object.fromEntries(order.slice(0, set).map((name = '') => [name, after[name]]));
      if (set > 0) await deploy({ ...before, ...here });
      const statuses = await Promise.all(connected.map((each) => each.call()));
      expect([set, ...statuses]).toEqual([set, ...connected.map(() => 200)]);
      connected.push(await connect(stack, { client_name: `With ${set} of them` }));
    }
    expect((await client.refresh()).status).toBe(200);
    // The new secret of the application works, and the user is not asked again.
    await storeCommand(stack, ['DEL', ...(await keysIn(stack)).filter((key) => key.startsWith('mgmt:'))]);
    await oauth.register({ client_name: 'After the rotation' });
    const silent = await browser.visit(oauth.authorizationUrl(client.clientId));
    expect(silent.headers.get('location')).toContain(stack.tenant.origin);
  });

  describe('during a rotation', () => {
    let file: string;
    let deployed: Awaited<ReturnType<typeof deployment>>;
    const beginRotation = async (onEnd?: OnEnd) => {
      deployed = await deployment({}, onEnd);
      client = await connect(deployed.stack);
      file = await envFile(variablesOf(deployed.stack), onEnd);
      await rotate(file, '--yes');
    };
    const groupEnd = useGroupEnd();
    beforeAll(() => beginRotation(groupEnd));

    it('leaves the application’s secret alone if the credentials may not rotate it, and says how to', async () => {
      expect((await readVariables(file)).AUTH0_CLIENT_SECRET).toBe(deployed.stack.env.AUTH0_CLIENT_SECRET);
      const { stdout } = await rotate(file, '--dry-run', '--without-previous');
      expect(stdout).toContain('The Management API credentials lack update:client_keys.');
    });

    it('refuses to begin another one, which would end what the first still accepts', async () => {
      const before = await readFile(file, 'utf8');
      expect(await rotate(file, '--yes')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('--finish'),
      });
      expect(await readFile(file, 'utf8')).toBe(before);
    });

    it('other commands work before and after the new secrets are deployed, and last beyond it', async () => {
      const block = await runAdmin(['block', client.clientId, '--yes', '--file', file]);
      expect(block.code).toBe(0);
      clock.advance('61 s');
      expect(await client.call()).toBe(401);
      await deployed.deploy(await readVariables(file));
      expect(await client.call()).toBe(401);

      // Something that the new deployment has noted; without it, the command warns.
      const warned = await rotate(file, '--finish', '--dry-run');
      expect(warned.stdout).toContain('Is it deployed?');
      const later = await connect(deployed.stack, { client_name: 'Later' });
      expect((await rotate(file, '--finish', '--dry-run')).stdout).not.toContain('Is it deployed?');

      const finished = await rotate(file, '--finish', '--yes');
      expect(finished).toMatchObject({ code: 0, stdout: expect.stringContaining('1 records signed again') });
      const variables = await readVariables(file);
      expect(variables).not.toHaveProperty('SEALING_SECRET_PREVIOUS');
      await deployed.deploy(variables);
      expect(await later.call()).toBe(200);
      const listed = await runAdmin(['clients', '--json', '--file', file]);
      expect(JSON.parse(listed.stdout).clients).toContainEqual(
        expect.objectContaining({ client: client.clientId, blockedSince: expect.any(String) }),
      );
      await expect(
        browserUser().signIn(oauthClient(deployed.stack.serverUrl).authorizationUrl(client.clientId)),
      ).rejects.toThrow('blocked the app');
    });

    it('without the previous secret, nothing from before is accepted', async () => {
      await beginRotation();
      expect(await rotate(file, '--yes', '--without-previous')).toMatchObject({ code: 0 });
      const variables = await readVariables(file);
      expect(variables).not.toHaveProperty('SEALING_SECRET_PREVIOUS');
      await deployed.deploy(variables);
      expect(await client.call()).toBe(401);
      expect((await client.refresh()).status).toBe(400);
      expect(await (await connect(deployed.stack)).call()).toBe(200);
    });
  });

  describe('with what the variables of a deployment say', () => {
    const stack = useStack({ env: clock.env });

    it('prints the secrets only if it is asked to', async () => {
      const file = await envFile(variablesOf(stack()));
      const { stdout } = await rotate(file, '--yes', '--json', '--print');
      const { SEALING_SECRET: value } = await readVariables(file);
      expect(JSON.parse(stdout).variables).toContainEqual({ name: 'SEALING_SECRET', value });
    });

    it('refuses to work with another secret than the deployment’s', async () => {
      await connect(stack());
      const file = await envFile({
        ...variablesOf(stack()),
        SEALING_SECRET: 'not-the-secret-of-that-deployment-at-all',
      });
      for (const command of [['rotate-secrets', '--yes'], ['clients'], ['sign-out', 'auth0|x', '--yes']])
        expect(await runAdmin([...command, '--file', file])).toMatchObject({
          code: 1,
          stderr: expect.stringContaining('another SEALING_SECRET'),
        });
    });
  });
});
