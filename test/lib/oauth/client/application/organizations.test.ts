import { expect, it } from 'vitest';
import { deadlineIn } from '../../../../../lib/auth0/request.ts';
import { callbacksFor } from '../../../../../lib/oauth/client/application/application.ts';
import { ensureApplication } from '../../../../../lib/oauth/client/application/create.ts';
import { listOurs } from '../../../../../lib/oauth/client/application/list.ts';
import { pruneClients } from '../../../../../lib/oauth/client/application/prune.ts';
import { makeReady } from '../../../../../lib/oauth/client/application/update.ts';
import { callbackUrl } from '../../../../../lib/origin.ts';
import { useInstances } from '../../../../support/instances.ts';

const running = useInstances();
const optional = { ORGANIZATIONS: 'optional', ORGANIZATION_DOMAIN: 'example.com' };

const registration = (name: string) => ({
  name,
  redirectUris: ['https://client.example.com/callback'],
  authMethod: 'none' as const,
  usesRefreshToken: true,
});

function atTenant(id: string) {
  const found = running()
    .tenant.applications()
    .find(({ client_id }) => client_id === id);
  const { organization_usage: usage, organization_require_behavior: prompt, callbacks } = found ?? {};
  return { usage, prompt, callbacks, initiates: found?.initiate_login_uri };
}

it.each([
  [{}, { usage: 'deny', prompt: undefined, initiates: undefined }],
  [
    optional,
    { usage: 'allow', prompt: 'post_login_prompt', initiates: 'https://mcp.example.com/connections' },
  ],
  [{ ORGANIZATIONS: 'required' }, { usage: 'require', prompt: 'post_login_prompt' }],
])('with %j an application is made with %j', async (env, expected) => {
  const { config } = running().instance(env);
  const making = { claim: 'approved' as const, callbacks: callbacksFor(config, config.serverUrl) };
  const made = await ensureApplication(config, registration(JSON.stringify(env)), making);
  expect(atTenant(made.application)).toMatchObject(expected);
});

it('an application is updated once when organizations are turned on, made required, and turned off', async () => {
  const { config: off } = running().instance();
  const making = { claim: 'approved' as const, callbacks: callbacksFor(off, off.serverUrl) };
  let record = await ensureApplication(off, registration('From before'), making);
  const usages = [];
  const settings: Record<string, string>[] = [{}, optional, { ORGANIZATIONS: 'required' }, {}];
  for (const env of settings) {
    const { config, origin } = running().instance(env);
    const ready = await makeReady(config, record, callbackUrl(origin));
    if (!ready) throw new Error('gone');
    running().asked();
    record = (await makeReady(config, ready, callbackUrl(origin))) ?? record;
    expect(running().asked()).toEqual([]);
    usages.push(atTenant(record.application).usage);
  }
  expect(usages).toEqual(['deny', 'allow', 'require', 'deny']);
});

it('has one callback for all origins of organizations, which pruning keeps as long as there are organizations', async () => {
  const { config } = running().instance(optional);
  const entry = 'https://{organization_name}.example.com/callback';
  const making = { claim: 'approved' as const, callbacks: callbacksFor(config, 'https://acme.example.com') };
  expect(making.callbacks).toEqual(['https://mcp.example.com/callback', entry]);
  const made = await ensureApplication(config, registration('At an origin'), making);
  const pruned = async (env: Record<string, string>) => {
    const { callbacks_removed } = await pruneClients(running().instance(env).config, true, deadlineIn(5_000));
    return callbacks_removed.filter(({ application }) => application === made.application);
  };
  expect((await listOurs(config, deadlineIn(5_000))).map(({ application }) => application)).toContain(
    made.application,
  );
  expect(await pruned(optional)).toEqual([]);
  expect(await pruned({})).toMatchObject([{ callbacks: [entry] }]);
});
