import { beforeAll, describe, expect, it } from 'vitest';
import { userHash } from '../../../lib/access-token/principal.ts';
import { grantIn } from '../../support/access-token.ts';
import { useClock } from '../../support/clock.ts';
import { call, poster } from '../../support/mcp-request.ts';
import { oauthClient, type Tokens } from '../../support/oauth-client.ts';
import { useStack } from '../../support/stack.ts';
import { adminJson, keysIn } from './fixture.ts';

const clock = useClock();
const stack = useStack({ organizations: 'optional', env: clock.env });
const admin = (...args: string[]) => adminJson(stack(), args);

let clientId: string;
let tokens: Tokens;
const client = () => oauthClient(stack().serverUrl);
const connect = () => client().tokens(clientId, {}, { resource: `${stack().serverUrl}/o/acme/mcp` });
const callAcme = async () =>
  (
    await poster(
      stack(),
      tokens.access_token,
      '/o/acme/mcp',
    )(call('add_note', { title: 'At Acme', text: '' }))
  ).status;

beforeAll(async () => {
  clientId = await client().register();
  tokens = await connect();
  expect(await callAcme()).toBe(200);
});

describe('an operator', () => {
  it('sees the connections of a user in every organization, by user id, by e-mail address and by either hash', async () => {
    const { id, subject, organization } = grantIn(stack(), tokens.access_token);
    const { issuer } = stack().tenant;
    // The tenant's word makes hashes known.
    clock.advance('70 min');
    expect(await callAcme()).toBe(200);
    await stack().functions.idle();
    const hashes = [userHash({ issuer, subject }), userHash({ issuer, subject, organization })];
    for (const user of [subject, 'demo@example.com', ...hashes]) {
      const { code, json } = await admin('connections', user);
      expect([user, code]).toEqual([user, 0]);
      expect(json.connections).toContainEqual(expect.objectContaining({ id, organization }));
    }
  });

  it('signs a user out of every organization', async () => {
    const { code } = await admin('sign-out', 'demo@example.com', '--yes');
    expect(code).toBe(0);
    clock.advance('61 s');
    expect(await callAcme()).toBe(401);
    expect((await client().refresh(clientId, tokens.refresh_token)).status).toBe(400);
  });

  it('forgets what a user left in every organization', async () => {
    clock.advance('2 s');
    tokens = await connect();
    expect(await callAcme()).toBe(200);
    await stack().functions.idle();
    const { subject, organization } = grantIn(stack(), tokens.access_token);
    const hash = userHash({ issuer: stack().tenant.issuer, subject, organization });
    const ofUser = async () =>
      (await keysIn(stack())).filter((key) => key.includes(hash) || key.startsWith('orgs:'));
    expect((await ofUser()).map((key) => key.split(':')[0]).sort()).toEqual(
      expect.arrayContaining(['grants', 'orgs', 'profile', 'u']),
    );
    await admin('sign-out', 'demo@example.com', '--yes');
    clock.advance('66 s');
    expect((await admin('forget', 'demo@example.com', '--yes')).code).toBe(0);
    expect(await ofUser()).toEqual([]);
  });
});
