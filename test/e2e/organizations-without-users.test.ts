import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../../dev/stack.ts';
import { grantIn } from '../support/access-token.ts';
import { machineClientWithKey, machineClientWithSecret } from '../support/machine-client.ts';
import { type ManageTenant, manageTenant } from '../support/manage-tenant.ts';
import { modern, poster } from '../support/mcp-request.ts';

type Key = Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];

/** Acme's identity provider, whose key the tests hold. */
let company: { issuer: string; key: Key; close(): Promise<void> };
let stack: Stack;
let manage: ManageTenant;

beforeAll(async () => {
  company = await startCompany();
  const provider = {
    issuer: company.issuer,
    jwks_uri: `${company.issuer}/jwks.json`,
    subject: 'oidc|acme|{sub}',
  };
  stack = await startStack({
    port: 0,
    instances: 2,
    organizations: 'optional',
    env: { ENTERPRISE_IDENTITY_PROVIDERS: JSON.stringify([{ ...provider, organization: 'acme' }]) },
  });
  manage = await manageTenant(stack);
});
afterAll(async () => {
  await stack.close();
  await company.close();
});

async function startCompany() {
  const { privateKey: key, publicKey } = await generateKeyPair('ES256');
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', kid: 'acme' }] };
  const server = createServer((_request, response) => response.end(JSON.stringify(jwks)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return { issuer: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, key, close };
}

const resourceOf = (name: string) => `${stack.serverUrl}/o/${name}/mcp`;
const idOf = (name: string) => stack.tenant.organizations.find((each) => each.name === name)?.id ?? '';

async function tokenRequest(fields: Record<string, string>) {
  const response = await fetch(`${stack.serverUrl}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams(fields),
  });
  const body = (await response.json()) as { access_token?: string; error?: string };
  return { token: body.access_token ?? '', said: body.error ?? 'granted' };
}

async function statusAt(path: string, token: string) {
  return (await poster(stack, token, path)(...modern('tools/list'))).status;
}

describe('a machine client with a secret', () => {
  let machine: { clientId: string; clientSecret: string };
  const ask = (resource?: string) =>
    tokenRequest({
      grant_type: 'client_credentials',
      client_id: machine.clientId,
      client_secret: machine.clientSecret,
      ...(resource && { resource }),
    });
  const grantSettings = async (settings: object) => {
    const [grant] = await manage('GET', `client-grants?client_id=${machine.clientId}`);
    await manage('PATCH', `client-grants/${grant.id}`, settings);
    return String(grant.id);
  };
  beforeAll(async () => {
    machine = await machineClientWithSecret(stack, ['mcp:read']);
  });

  it('acts for no organization until the tenant allows it', async () => {
    expect((await ask(resourceOf('acme'))).said).toBe('unauthorized_client');
    expect((await ask()).said).toBe('granted');
  });

  it('acts for the organizations with which its client grant is associated, each at its own address', async () => {
    const grant = await grantSettings({ organization_usage: 'allow' });
    await manage('POST', `organizations/${idOf('acme')}/client-grants`, { grant_id: grant });
    const { token } = await ask(resourceOf('acme'));
    expect(grantIn(stack, token).organization).toEqual({ id: idOf('acme'), name: 'acme' });
    expect(await statusAt('/o/acme/mcp', token)).toBe(200);
    expect(await statusAt('/o/globex/mcp', token)).toBe(401);
    expect(await statusAt('/mcp', token)).toBe(401);
    expect((await ask(resourceOf('globex'))).said).toBe('unauthorized_client');
    expect((await ask(resourceOf('nobody'))).said).toBe('invalid_target');
  });

  it('acts for its default organization if the client grant requires one and the request names none', async () => {
    await grantSettings({ organization_usage: 'require' });
    await manage('PATCH', `clients/${machine.clientId}`, {
      default_organization: { organization_id: idOf('acme'), flows: ['client_credentials'] },
    });
    const { token } = await ask();
    expect(grantIn(stack, token)).toMatchObject({ organization: { name: 'acme' } });
    expect(await statusAt('/mcp', token)).toBe(200);
  });
});

it('a machine client that signs cannot act for an organization', async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const clientId = await machineClientWithKey(stack, await exportJWK(publicKey), 'mcp:read');
  const assertion = () =>
    new SignJWT({ iss: clientId, sub: clientId, aud: stack.serverUrl, jti: randomUUID() })
      .setProtectedHeader({ alg: 'ES256' })
      .setIssuedAt()
      .setExpirationTime('1 min')
      .sign(privateKey);
  const ask = async (resource: Record<string, string>) =>
    tokenRequest({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await assertion(),
      ...resource,
    });
  expect((await ask({ resource: resourceOf('acme') })).said).toBe('unauthorized_client');
  expect((await ask({})).said).toBe('granted');
});

describe('an employee whose company manages access', () => {
  let client: { client_id: string; client_secret: string };
  beforeAll(async () => {
    const response = await fetch(`${stack.serverUrl}/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        client_name: 'Assistant',
        redirect_uris: ['https://client.example.com/callback'],
        token_endpoint_auth_method: 'client_secret_post',
      }),
    });
    client = (await response.json()) as typeof client;
  });

  async function present(resource: string | undefined, changes: Record<string, string> = {}) {
    const nowSeconds = Math.floor(Date.now() / 1000);
    const claims = {
      ...{ iss: company.issuer, sub: 'E1', aud: stack.serverUrl, client_id: client.client_id },
      ...{ jti: randomUUID(), iat: nowSeconds, exp: nowSeconds + 300 },
      ...(resource && { resource }),
    };
    const assertion = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', typ: 'oauth-id-jag+jwt', kid: 'acme' })
      .sign(company.key);
    const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
    return tokenRequest({ grant_type, assertion, ...client, ...changes });
  }

  it('is in the organization of the identity provider, at each of its addresses', async () => {
    const atPath = await present(resourceOf('acme'));
    expect(grantIn(stack, atPath.token).organization).toEqual({ id: idOf('acme'), name: 'acme' });
    expect([await statusAt('/o/acme/mcp', atPath.token), await statusAt('/mcp', atPath.token)]).toEqual([
      200, 401,
    ]);
    const atRoot = await present(stack.mcpUrl);
    expect(grantIn(stack, atRoot.token).organization?.name).toBe('acme');
    expect(await statusAt('/mcp', atRoot.token)).toBe(200);
  });

  it('does not get into another organization', async () => {
    expect((await present(resourceOf('globex'))).said).toBe('invalid_grant');
    expect((await present(undefined, { resource: resourceOf('globex') })).said).toBe('invalid_grant');
    expect((await present(resourceOf('acme'), { resource: resourceOf('globex') })).said).toBe(
      'invalid_target',
    );
  });
});
