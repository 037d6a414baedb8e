import { describe, expect, it } from 'vitest';
import { demoOrganizations } from '../../../dev/auth0/model/organizations.ts';
import { verifyTenantToken } from '../../../lib/access-token/tenant-token.ts';
import { newApplication, tenantTokens } from '../../support/access-token.ts';
import { useInstances } from '../../support/instances.ts';

const running = useInstances({ organizations: demoOrganizations });

/** What a token that the tenant issued to an allowed application comes to at a path. */
async function verified(env: Record<string, string>, path: string, organization?: string) {
  const {
    config: { oauth, serverUrl },
  } = running().instance();
  const stack = {
    tenant: running().tenant,
    env: { SERVER_URL: serverUrl, AUTH0_CLIENT_ID: oauth.clientId, AUTH0_CLIENT_SECRET: oauth.clientSecret },
  };
  const clientId = await newApplication(stack, { organization_usage: 'allow' });
  const { tokens } = await tenantTokens(stack, { clientId, ...(organization && { organization }) });
  const context = running().instance({ ALLOWED_APPLICATIONS: clientId, ...env });
  const outcome = await verifyTenantToken(tokens.access_token, {
    ...context,
    url: new URL(path, context.origin),
  });
  return 'value' in outcome
    ? (outcome.value.organization?.name ?? 'no organization')
    : String(outcome.failure);
}

const optional = { ORGANIZATIONS: 'optional' };
const required = { ORGANIZATIONS: 'required' };

describe('a token that the tenant issued', () => {
  it.each([
    [optional, '/o/acme/mcp', 'acme', 'acme'],
    [optional, '/mcp', 'acme', 'acme'],
    [optional, '/mcp', undefined, 'no organization'],
    [required, '/mcp', 'globex', 'globex'],
    [{}, '/mcp', undefined, 'no organization'],
    // Without organizations the claim means nothing, as before.
    [{}, '/mcp', 'acme', 'no organization'],
  ])('with %j at %s for %s is for %s', async (env, path, organization, expected) => {
    expect(await verified(env, path, organization)).toBe(expected);
  });

  it.each([
    [optional, '/o/globex/mcp', 'acme', /another organization/],
    [optional, '/o/acme/mcp', undefined, /another organization/],
    [required, '/mcp', undefined, /no organization/],
  ])('with %j at %s for %s is refused: %s', async (env, path, organization, expected) => {
    expect(await verified(env, path, organization)).toMatch(expected);
  });
});
