import { beforeAll, describe, expect, test } from 'vitest';
import { useTools } from '../../kit/tools.ts';
import { accessToken } from '../../support/access-token.ts';
import { connectAccount, linkIn } from '../../support/account-user.ts';
import { modern, poster, textOf } from '../../support/mcp-request.ts';
import { useStack } from '../../support/stack.ts';

const stack = useStack({ accounts: true });
let token: string;

async function call(args: Record<string, unknown> = {}) {
  const answer = await poster(
    stack(),
    token,
  )(...modern('tools/call', { name: 'upcoming_events', arguments: args }));
  return { text: textOf(answer), result: answer.last.result };
}

beforeAll(async () => {
  token = await accessToken(stack(), { scope: 'mcp:read offline_access' });
  const { text } = await call();
  await connectAccount(linkIn(text), { at: { account: 'work@company.example' } });
});

const provider = () => {
  const found = stack().provider;
  if (!found) throw new Error('no provider');
  return found;
};

describe('the user’s next events', () => {
  test('are listed from now on, soonest first, with days that last all day', async () => {
    const { text, result } = await call();
    expect(result).toMatchObject({
      structuredContent: {
        events: [
          { title: 'Stand-up (work)', start: expect.stringMatching(/T/) },
          { title: 'Dentist', location: '12 Main Street' },
          { title: '(No title)', start: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) },
        ],
      },
    });
    expect(text).toContain('Dentist, 12 Main Street');
    expect(text).not.toContain('lunch');
  });

  test('are as many as asked for, between 1 and 20', async () => {
    expect((await call({ count: 1 })).result).toMatchObject({
      structuredContent: { events: [{ title: 'Stand-up (work)' }] },
    });
    for (const count of [0, 21]) expect((await call({ count })).result?.isError).toBe(true);
  });

  test('may be none', async () => {
    const account = provider().accounts.find(({ email }) => email === 'work@company.example');
    const events = account?.events.splice(0) ?? [];
    const { text } = await call();
    account?.events.push(...events);
    expect(text).toBe('There are no upcoming events.');
  });

  test('are not to be had while Google is down, or once the user has withdrawn access there', async () => {
    provider().switches.isDown = true;
    const down = await call();
    provider().switches.isDown = false;
    expect([down.result?.isError, down.text]).toEqual([
      true,
      'Google Calendar answered 503. Try again in a minute.',
    ]);
    provider().withdraw('work@company.example');
    const withdrawn = await call();
    expect([withdrawn.result?.isError, withdrawn.text]).toEqual([
      true,
      expect.stringContaining('withdrawn access there'),
    ]);
  });
});

describe('without an account to use', () => {
  const as = useTools();

  test('a server that is not set up says so', async () => {
    const { isError, text } = await as().call('upcoming_events');
    expect([isError, text]).toEqual([true, expect.stringContaining('not set up to use accounts at Google')]);
  });
});
