import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../lib/config.ts';
import { requestedResource } from '../../../lib/oauth/resource-indicator.ts';
import { organizationInPath, organizationOfOrigin } from '../../../lib/organizations/address.ts';
import { originOf, ourResource, registeredCallback } from '../../../lib/origin.ts';
import { baseEnvironment, testConfig } from '../../support/config.ts';

const organizations = { ORGANIZATIONS: 'optional', ORGANIZATION_DOMAIN: 'example.com' };
const config = testConfig({ ...organizations, ALLOWED_ORIGINS: 'https://mcp-git-branch.vercel.app' });
const canonical = 'https://mcp.example.com';

describe('the origin of an organization', () => {
  it.each([
    ['acme.example.com', 'acme'],
    ['ACME.example.com', 'acme'],
    ['a-1.example.com', 'a-1'],
  ])('%s is that of %s', (host, name) => {
    const origin = originOf(new Request('https://ignored.example/', { headers: { host } }), config);
    expect(origin).toBe(`https://${host.toLowerCase()}`);
    expect(organizationOfOrigin(origin, config)).toBe(name);
  });

  it.each([
    'mcp.example.com',
    'example.com',
    'a.b.example.com',
    'acme.example.com.evil.example',
    'evilexample.com',
    'acme.example.com:8443',
    '-acme.example.com',
    'acme-.example.com',
    'ac_me.example.com',
    '.example.com',
    `${'a'.repeat(51)}.example.com`,
    'ac%6de.example.com',
    'acmé.example.com',
  ])('is not %s', (host) => {
    const headers = { get: (name: string) => (name === 'host' ? host : null) };
    const request = { headers, url: 'https://ignored.example/' } as unknown as Request;
    expect(originOf(request, config)).toBe(canonical);
    expect(organizationOfOrigin(`https://${host}`, config)).toBeUndefined();
  });

  it('does not exist without ORGANIZATIONS, nor by plain http', () => {
    expect(organizationOfOrigin('https://acme.example.com', testConfig())).toBeUndefined();
    expect(organizationOfOrigin('http://acme.example.com', config)).toBeUndefined();
  });

  it('has one callback entry at the tenant for all organizations', () => {
    const entry = 'https://{organization_name}.example.com/callback';
    expect(registeredCallback('https://acme.example.com', config)).toBe(entry);
    expect(registeredCallback('https://globex.example.com', config)).toBe(entry);
    expect(registeredCallback(canonical, config)).toBe(`${canonical}/callback`);
  });
});

describe('the path of an organization', () => {
  it.each([
    ['/o/acme/mcp', 'acme'],
    ['/o/acme/mcp/', 'acme'],
    ['/o/a_b-1/mcp', 'a_b-1'],
  ])('%s names %s', (path, name) => {
    expect(organizationInPath(path)).toBe(name);
  });

  it.each([
    '/mcp',
    '/o/mcp',
    '/o//mcp',
    '/o/Acme/mcp',
    '/o/acme/MCP',
    '/o/acme/x/mcp',
    '/o/acme/mcp/x',
    '/o/acme%2Fmcp',
    '/o/ac%6de/mcp',
    '/o/../mcp',
    '/o/acmé/mcp',
    '/o/acme;a=b/mcp',
    '/o/acme /mcp',
    `/o/${'a'.repeat(51)}/mcp`,
    '/O/acme/mcp',
    '//o/acme/mcp',
  ])('%s names none', (path) => {
    expect(organizationInPath(path)).toBeUndefined();
  });
});

describe('a resource value', () => {
  it.each([
    [`${canonical}/o/acme/mcp`, canonical, 'acme'],
    [`${canonical}/o/acme/mcp/`, canonical, 'acme'],
    ['HTTPS://MCP.example.com:443/o/acme/mcp', canonical, 'acme'],
    ['https://mcp-git-branch.vercel.app/o/acme/mcp', 'https://mcp-git-branch.vercel.app', 'acme'],
    ['https://acme.example.com/mcp', 'https://acme.example.com', undefined],
  ])('%s is ours', (value, origin, organizationPath) => {
    expect(ourResource(value, config)).toEqual({ origin, organizationPath });
  });

  it.each([
    `${canonical}/o/acme/../globex/mcp`,
    `${canonical}/x/../o/acme/mcp`,
    `${canonical}/o/ac\tme/mcp`,
    `${canonical}\\o\\acme\\mcp`,
    `${canonical}/o/Acme/mcp`,
    `${canonical}/o/ac%6de/mcp`,
    `${canonical}/o/acme/mcp?x`,
    `${canonical}/o/acme/mcp#x`,
    'https://acme.example.com/o/globex/mcp',
    'https://acme.example.com/o/acme/mcp',
    'https://a.b.example.com/mcp',
  ])('%s is not', (value) => {
    expect(ourResource(value, config)).toBeUndefined();
  });

  it.each([
    [canonical, `${canonical}/o/acme/mcp`, { organization: 'acme', organizationPath: 'acme' }],
    [canonical, `${canonical}/mcp`, { organization: undefined, organizationPath: undefined }],
    [canonical, undefined, { organization: undefined, organizationPath: undefined }],
    ['https://acme.example.com', undefined, { organization: 'acme', organizationPath: undefined }],
    ['https://acme.example.com', 'https://acme.example.com/mcp', { organization: 'acme' }],
  ])('asked for at %s, %s is for %j', (origin, resource, expected) => {
    const parameters = new Map(resource ? [['resource', resource]] : []);
    expect(requestedResource(parameters, { config, origin })).toMatchObject(expected);
  });

  it.each([
    ['https://acme.example.com', 'https://globex.example.com/mcp'],
    ['https://acme.example.com', `${canonical}/mcp`],
    ['https://acme.example.com', `${canonical}/o/globex/mcp`],
    [canonical, 'https://acme.example.com/mcp'],
  ])('asked for at %s, %s is refused', (origin, resource) => {
    const parameters = new Map([['resource', resource]]);
    expect(() => requestedResource(parameters, { config, origin })).toThrow(/another organization/);
  });
});

describe('the configuration', () => {
  const problemsOf = (env: Record<string, string>) => {
    const read = readConfig({ ...baseEnvironment, ...env });
    return 'failure' in read ? read.failure.map(({ variable }) => variable) : [];
  };

  it('knows no organizations by default', () => {
    expect(testConfig().organizations).toBeUndefined();
    expect(testConfig({ ORGANIZATIONS: 'off' }).organizations).toBeUndefined();
  });

  it.each([
    [{ ORGANIZATIONS: 'required' }, { required: true, domain: undefined }],
    [organizations, { required: false, domain: { scheme: 'https:', host: 'example.com' } }],
    [
      { ORGANIZATIONS: 'optional', ORGANIZATION_DOMAIN: 'localhost:3000' },
      { required: false, domain: { scheme: 'http:', host: 'localhost:3000' } },
    ],
  ])('%j is read', (env, expected) => {
    expect(testConfig(env).organizations).toEqual(expected);
  });

  it.each([
    [{ ORGANIZATIONS: 'sometimes' }, 'ORGANIZATIONS'],
    [{ ORGANIZATION_DOMAIN: 'example.com' }, 'ORGANIZATION_DOMAIN'],
    [{ ...organizations, ORGANIZATION_DOMAIN: 'https://example.com' }, 'ORGANIZATION_DOMAIN'],
    [{ ...organizations, ORGANIZATION_DOMAIN: '*.example.com' }, 'ORGANIZATION_DOMAIN'],
    [{ ...organizations, ORGANIZATION_DOMAIN: 'example.com/x' }, 'ORGANIZATION_DOMAIN'],
    [{ ...organizations, ORGANIZATION_DOMAIN: 'com' }, 'ORGANIZATION_DOMAIN'],
    [{ ...organizations, ORGANIZATION_DOMAIN: '10.0.0.1' }, 'ORGANIZATION_DOMAIN'],
    [{ ...organizations, ORGANIZATION_DOMAIN: 'vercel.app' }, 'ORGANIZATION_DOMAIN'],
    [{ ...organizations, ORGANIZATION_DOMAIN: 'acme.vercel.app' }, 'ORGANIZATION_DOMAIN'],
    [{ ORGANIZATIONS: 'optional', OAUTH_ENABLED: 'false' }, 'ORGANIZATIONS'],
  ])('%j is refused', (env, variable) => {
    expect(problemsOf(env)).toContain(variable);
  });

  it('maps an identity provider to an organization, and must if organizations are required', () => {
    const provider = {
      issuer: 'https://idp.example',
      jwks_uri: 'https://idp.example/keys',
      subject: 'oidc|acme|{sub}',
    };
    const providers = (change = {}) => JSON.stringify([{ ...provider, ...change }]);
    const required = { ORGANIZATIONS: 'required' };
    const name = 'ENTERPRISE_IDENTITY_PROVIDERS';
    expect(problemsOf({ ...required, [name]: providers({ organization: 'acme' }) })).toEqual([]);
    expect(problemsOf({ ...required, [name]: providers() })).toEqual([name]);
    expect(problemsOf({ [name]: providers({ organization: 'acme' }) })).toEqual([name]);
    expect(problemsOf({ ...organizations, [name]: providers({ organization: 'Acme' }) })).toContain(name);
  });
});
