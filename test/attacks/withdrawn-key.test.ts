import { beforeAll, describe, expect, it } from 'vitest';
import * as tenants from '../dev/auth0/fixture.ts';
import { useClock } from '../support/clock.ts';
import { manageTenant } from '../support/manage-tenant.ts';
import { modern, poster } from '../support/mcp-request.ts';
import { useStack } from '../support/stack.ts';

const clock = useClock();
/** The tenant's machine client: the tenant's own JWTs are the bearer tokens that a signing key vouches for. */
const application = 'LocalManagementApplication000000';
const stack = useStack({ env: { ...clock.env, ALLOWED_APPLICATIONS: application } });
let token: string;

const call = async () => (await poster(stack(), token)(...modern('tools/list'))).status;

beforeAll(async () => {
  const { tenant, env } = stack();
  const manage = await manageTenant(stack());
  const audience = env.SERVER_URL ?? '';
  const policies = { user: { policy: 'allow_all' }, client: { policy: 'require_client_grant' } };
  await manage('PATCH', `resource-servers/${encodeURIComponent(audience)}`, {
    subject_type_authorization: policies,
  });
  await manage('POST', 'client-grants', { client_id: application, audience, scope: ['mcp:read'] });
  const { body } = await tenants.postForm(tenant, '/oauth/token', {
    grant_type: 'client_credentials',
    client_id: application,
    client_secret: env.AUTH0_CLIENT_SECRET ?? '',
    audience,
  });
  token = String(body.access_token);
});

describe('a token signed by a key that the tenant withdraws', () => {
  it('is good until then', async () => {
    expect(await call()).toBe(200);
  });

  it('is refused ten minutes later at the latest, also by an instance that was frozen in between', async () => {
    // The key set holds the current key and the one before.
    await stack().tenant.rotateKeys();
    await stack().tenant.rotateKeys();
    clock.advance('10 min');
    expect(await call()).toBe(401);
  });

  it('stays refused while the tenant does not answer', async () => {
    stack().tenant.switches.faults = { '/.well-known/jwks.json': { status: 503 } };
    clock.advance('11 min');
    expect(await call()).toBe(401);
  });
});
