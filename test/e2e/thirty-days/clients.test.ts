import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useClock } from '../../support/clock.ts';
import { effort } from '../../support/effort.ts';
import { clientKinds } from '../../support/mcp-clients.ts';
import { type McpRemote, mcpRemote } from '../../support/mcp-remote.ts';
import { libraries } from '../../support/oauth-libraries.ts';
import { useStack } from '../../support/stack.ts';
import { connect, connection, instanceCount, signedOut, tenantCalls, works } from './connection.ts';

const clock = useClock();
const stack = useStack({ instances: instanceCount, env: clock.env });

const days = 30;

describe('a client that never refreshes', () => {
  it('keeps its one access token for 30 days, with the tenant asked once an hour of use, then has to sign in', async () => {
    const user = await connect(stack());
    // Every so many days it is used for two hours, and on the others once.
    const interval = effort(6, 1);
    const hours = 2;
    const before = tenantCalls(stack());
    for (let day = 0; day < days; day++) {
      const hoursToday = day % interval === 0 ? hours : 0;
      for (let minutes = 0; minutes <= hoursToday * 60; minutes += 30) {
        expect([day, minutes, (await user.call()).status]).toEqual([day, minutes, 200]);
        await stack().functions.idle();
        clock.advance('30 min');
      }
      if (day < days - 1) clock.advance(`${24 - hoursToday - 1 / 2} h`);
    }
    const asked = tenantCalls(stack()) - before;
    // The first call of a day, and one for each hour after it. The day of the sign-in starts with the tenant's word.
    const longDays = days / interval;
    expect(asked).toBeLessThanOrEqual(days + longDays * hours);
    expect(asked).toBeGreaterThanOrEqual(days + longDays * (hours - 1));

    expect(await user.everywhere()).toEqual(works);
    clock.advance('1 d');
    expect(await user.everywhere()).toEqual(signedOut);
    expect((await user.call()).headers.get('www-authenticate')).toContain('resource_metadata=');
    expect(await (await connect(stack())).everywhere()).toEqual(works);
  });
});

describe.each(clientKinds)('$name', ({ connect }) => {
  it('stays connected for 60 days: with one access token for 30, then with what a refresh gives', async () => {
    const user = await connect(stack().mcpUrl);
    const first = user.tokens().access_token;
    for (let day = 0; day < 2 * days; day += 5) {
      await user.reconnect();
      const { structuredContent } = await user.callTool('whoami');
      expect([day, structuredContent]).toMatchObject([day, { email: 'demo@example.com' }]);
      expect([day, user.tokens().access_token === first]).toEqual([day, day < days]);
      clock.advance('5 d');
    }
    await user.close();
  });
});

describe.each(libraries)('$name', ({ connect }) => {
  it('accepts every answer of a sign-in, of refreshes over 60 days and of the revocation', async () => {
    const client = await connect(stack().serverUrl);
    let { tokens } = client;
    for (let day = 0; day < 2 * days; day += 12) {
      clock.advance('12 d');
      tokens = await client.refresh(tokens.refresh_token ?? '');
      expect(tokens).toMatchObject({ scope: 'mcp:read mcp:write offline_access', expires_in: days * 86_400 });
      const { access_token } = tokens;
      const user = connection(stack(), '', { ...client.tokens, access_token });
      expect(await user.everywhere()).toEqual(works);
    }
    await client.revoke(tokens.access_token);
    await expect(client.refresh(tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });
});

describe('mcp-remote', () => {
  let app: McpRemote;
  beforeAll(() => {
    app = mcpRemote(stack().mcpUrl, clock.env);
  });
  afterAll(() => app.remove());

  it('signs in once and stays connected for 40 days, started anew now and then', async () => {
    for (const pause of ['0 d', '20 d', '20 d'] as const) {
      clock.advance(pause);
      const client = await app.start();
      const { structuredContent } = await client.callTool({ name: 'whoami', arguments: {} });
      expect(structuredContent).toMatchObject({ email: 'demo@example.com' });
      await client.close();
      expect(app.signIns()).toBe(1);
    }
  });
});
