import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandFailure } from '../../../cli/failure.ts';
import { readArguments } from '../../../cli/setup/arguments.ts';
import { setUp } from '../../../cli/setup/run.ts';
import type { Tenant } from '../../../dev/auth0/tenant.ts';
import { managementToken, newTenant } from '../../dev/auth0/fixture.ts';
import { bootstrap, newAccount, serverUrl, setUpAccount } from './fixture.ts';

let tenant: Tenant;
const web = createServer((_request, response) => response.writeHead(404).end('nothing here'));
let elsewhere: string;

beforeAll(async () => {
  tenant = await newTenant({ seed: 'empty' });
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  elsewhere = `http://localhost:${(web.address() as AddressInfo).port}`;
});
afterAll(async () => {
  web.close();
  await tenant.close();
});

function failureOf(flags: Record<string, string>): Promise<unknown> {
  const given = { tenant: tenant.origin, url: serverUrl, file: '/nonexistent/.env.local', ...flags };
  const args = Object.entries(given).flatMap(([name, value]) => [`--${name}`, value]);
  return setUp(readArguments([...args, '--dry-run']), {}, undefined, {
    onWait: () => {},
    onPlan: () => {},
  }).catch((error: unknown) => error);
}

function unsigned(claims: Record<string, unknown>): string {
  return new UnsecuredJWT({ aud: `${tenant.issuer}api/v2/`, ...claims }).encode();
}

describe('a setup that cannot work fails with a fix', () => {
  const application = { 'client-id': bootstrap.id, 'client-secret': bootstrap.secret };
  it.each<[string, () => Record<string, string>, RegExp, RegExp]>([
    [
      'a wrong secret',
      () => ({ ...application, 'client-secret': 'wrong' }),
      /with this secret/,
      /Copy both again/,
    ],
    ['half of the credentials', () => ({ 'client-id': 'x' }), /belong together/, /Give both/],
    ['no credentials', () => ({}), /no credentials for the tenant/, /API Explorer/],
    [
      'a token that is not a token',
      () => ({ token: 'nonsense' }),
      /not a Management API token/,
      /API Explorer/,
    ],
    ['an expired token', () => ({ token: unsigned({ exp: 1 }) }), /has expired/, /new one/],
    [
      'a token of another tenant',
      () => ({ token: unsigned({ aud: 'https://other.auth0.com/api/v2/' }) }),
      /is for https:\/\/other\.auth0\.com/,
      /--management-audience/,
    ],
    [
      'a forged token',
      () => ({
        token: unsigned({ scope: 'read:resource_servers read:clients read:client_grants read:connections' }),
      }),
      /does not accept/,
      /Copy all of it/,
    ],
    [
      'a token without scopes',
      () => ({ token: unsigned({}) }),
      /lacks read:resource_servers, read:clients/,
      /API Explorer/,
    ],
    ['no Auth0 tenant', () => ({ ...application, tenant: elsewhere }), /no Auth0 tenant/, /region/],
    [
      'the dashboard',
      () => ({ ...application, tenant: 'manage.auth0.com' }),
      /That is the dashboard/,
      /--help/,
    ],
    [
      'a tenant on plain http',
      () => ({ ...application, tenant: 'http://acme.auth0.com' }),
      /AUTH0_DOMAIN: .*https/,
      /--help/,
    ],
    [
      'a server URL with a path',
      () => ({ ...application, url: `${serverUrl}/mcp` }),
      /SERVER_URL: .*without a path/,
      /--help/,
    ],
    [
      'an unreachable tenant',
      () => ({ ...application, tenant: 'http://localhost:1' }),
      /does not answer/,
      /Check/,
    ],
  ])('%s', async (_, flags, message, fix) => {
    const failure = await failureOf(flags());
    expect(failure).toBeInstanceOf(CommandFailure);
    expect(failure).toMatchObject({
      message: expect.stringMatching(message),
      fix: expect.stringMatching(fix),
    });
  });

  it('names a missing write scope before it changes anything', async () => {
    const account = await newAccount({
      managementScopes: [
        'read:resource_servers',
        'read:clients',
        'read:client_grants',
        'read:connections',
        'create:clients',
      ],
    });
    await expect(setUpAccount(account)).rejects.toThrow(
      'lacks create:resource_servers, create:client_grants',
    );
    expect(account.tenant.applications()).toHaveLength(1);
  });

  it('names an application that does not exist', async () => {
    const account = await newAccount();
    const outcome = await setUpAccount(account, '--application', 'nobody');
    expect(outcome).toMatchObject({ state: 'problems' });
    expect(account.tenant.applications()).toHaveLength(1);
  });

  it('reports a tenant that cannot hold more applications', async () => {
    const account = await newAccount();
    account.tenant.switches.applicationQuota = 1;
    await expect(setUpAccount(account)).rejects.toThrow('as many applications as its plan allows');
  });

  it('waits if the tenant limits the rate', async () => {
    const account = await newAccount();
    const limited = { status: 429, headers: { 'retry-after': '1' }, nth: 1 };
    account.tenant.switches.faults = { 'GET /api/v2/clients': limited };
    const waits: number[] = [];
    const token = await managementToken(account.tenant);
    const flags = [
      '--tenant',
      account.tenant.origin,
      '--url',
      serverUrl,
      '--file',
      account.envFile,
      '--token',
      token,
    ];
    const outcome = await setUp(readArguments([...flags, '--yes']), {}, undefined, {
      onWait: (seconds) => waits.push(seconds),
      onPlan: () => {},
    });
    expect(outcome.state).toBe('complete');
    expect(waits).toEqual([1]);
  });
});
