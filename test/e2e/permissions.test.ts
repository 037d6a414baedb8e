import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { scopeDescriptions } from '../../lib/scopes.ts';
import { accessToken, administrator, demo, grantIn, newApplication } from '../support/access-token.ts';
import { useClock } from '../support/clock.ts';
import { call, type JsonRpc, modern, poster, rawClient, request } from '../support/mcp-request.ts';
import { oauthClient } from '../support/oauth-client.ts';
import { useStack } from '../support/stack.ts';

const refund = 'orders:refund';
const tenantOptions = { apiScopes: { ...scopeDescriptions, [refund]: 'Refund orders' } };
const clock = useClock();
const stack = useStack({
  root: fileURLToPath(new URL('../mcp-server', import.meta.url)),
  instances: 2,
  env: clock.env,
  tenantOptions,
});
let clientId: string;
beforeAll(async () => {
  clientId = await newApplication(stack());
  assign();
});

const connect = (user = demo) => accessToken(stack(), { clientId, user, scope: 'mcp:read offline_access' });

const toolsIn = ({ last }: { last: JsonRpc }) =>
  ((last.result?.tools ?? []) as { name: string }[]).map(({ name }) => name);

async function refundWith(token: string) {
  const { last } = await poster(
    stack(),
    token,
  )(...modern('tools/call', { name: 'refund_order', arguments: {} }));
  const [{ text = '' } = {}] = (last.result?.content ?? []) as { text?: string }[];
  return { text, isError: last.result?.isError === true };
}

/** Gives the demo user a permission at the tenant, or takes it away. */
function assign(...permissions: string[]): void {
  for (const user of stack().tenant.users)
    if (user.email === demo.username) user.permissions = ['mcp:read', 'mcp:write', ...permissions];
}

describe('a tool that needs a permission', () => {
  it('is listed for those who have it, and works', async () => {
    const token = await connect(administrator);
    expect(toolsIn(await poster(stack(), token)(...modern('tools/list')))).toContain('refund_order');
    expect(await refundWith(token)).toEqual({ text: 'Refunded.', isError: false });
  });

  it('is not listed for others, in either era', async () => {
    const token = await connect();
    expect(toolsIn(await poster(stack(), token)(...modern('tools/list')))).not.toContain('refund_order');
    const legacy = rawClient(stack(), token);
    await legacy.initialize();
    const listed = toolsIn(await legacy.send(request('tools/list')));
    expect(listed).toContain('whoami');
    expect(listed).not.toContain('refund_order');
  });

  it('called all the same is refused, with what is missing and who can help, in either era', async () => {
    const token = await connect();
    const expected = { isError: true, text: expect.stringMatching(/orders:refund.*administrator/) };
    expect(await refundWith(token)).toEqual(expected);
    const legacy = rawClient(stack(), token);
    await legacy.initialize();
    const { last } = await legacy.send(call('refund_order'));
    expect(last.result?.isError).toBe(true);
  });

  it('opens and closes with the permission within an hour, without another sign-in', async () => {
    assign(refund);
    const token = await connect();
    expect(grantIn(stack(), token).permissions).toEqual([refund]);
    expect((await refundWith(token)).isError).toBe(false);
    assign();
    clock.advance('80 min');
    expect((await refundWith(token)).isError).toBe(true);
    expect(toolsIn(await poster(stack(), token)(...modern('tools/list')))).not.toContain('refund_order');
    assign(refund);
    clock.advance('80 min');
    expect((await refundWith(token)).isError).toBe(false);
    assign();
  });

  it('is not opened by a scope of that name that a client asks for', async () => {
    const token = await accessToken(stack(), { clientId, scope: `mcp:read offline_access ${refund}` });
    expect((await refundWith(token)).isError).toBe(true);
  });
});

describe('behind a whole sign-in', () => {
  const whole = useStack({ tenantOptions });

  it('the token carries the user’s further permissions, and the client learns nothing of them', async () => {
    const client = oauthClient(whole().serverUrl);
    const tokens = await client.tokens(await client.register(), {
      user: { email: administrator.username, password: administrator.password },
    });
    expect(grantIn(whole(), tokens.access_token).permissions).toEqual([refund]);
    expect(tokens.scope).not.toContain(refund);
  });
});
