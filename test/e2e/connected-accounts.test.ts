import { beforeEach, describe, expect, it } from 'vitest';
import { connectAccount, linkIn } from '../support/account-user.ts';
import { demoUser, type User } from '../support/browser-user.ts';
import { clientKinds } from '../support/mcp-clients.ts';
import { useStack } from '../support/stack.ts';

const stack = useStack({ accounts: true, instances: 2 });
const otherUser: User = { email: 'other@example.com', password: 'other' };
const tool = 'upcoming_events';

beforeEach(async () => {
  const { tenant } = stack();
  (tenant.connectedAccounts() as unknown[]).length = 0;
});

const textOf = (content: unknown) => (content as { text?: string }[]).map(({ text = '' }) => text).join('\n');

describe.each(clientKinds)('a tool that uses an account at another company, $name', ({ connect }) => {
  it('asks the user to connect it, and goes on when that is done', async () => {
    const opened: string[] = [];
    const client = await connect(stack().mcpUrl, {
      open: async (url, message) => {
        opened.push(message);
        const { text } = await connectAccount(url);
        expect(text).toContain('Google is connected');
        return { action: 'accept' };
      },
    });
    const result = await client.callTool(tool, { count: 2 });
    expect(result.isError).toBeFalsy();
    expect(textOf(result.content)).toContain('Stand-up (demo)');
    expect(result.structuredContent).toMatchObject({
      events: [{ title: 'Stand-up (demo)' }, { title: 'Dentist' }],
    });
    expect(opened).toEqual(['This needs an account at Google that you connect to this server.']);

    // And the next time without a question.
    expect(textOf((await client.callTool(tool)).content)).toContain('Dentist');
    expect(opened).toHaveLength(1);
    await client.close();
  });

  it('waits for a user who agreed and is still on the way', async () => {
    let way: Promise<unknown> | undefined;
    const client = await connect(stack().mcpUrl, {
      open: async (url) => {
        way = new Promise((resolve) => setTimeout(resolve, 1500)).then(() => connectAccount(url));
        return { action: 'accept' };
      },
    });
    const result = await client.callTool(tool);
    expect(textOf(result.content)).toContain('Dentist');
    await way;
    await client.close();
  });

  it('tells the model if the user declines, in the app or on the page', async () => {
    let press = false;
    const client = await connect(stack().mcpUrl, {
      open: async (url) => {
        if (!press) return { action: 'decline' };
        await connectAccount(url, { at: { decision: 'deny' } });
        return { action: 'accept' };
      },
    });
    for (press of [false, true]) {
      const { isError, content } = await client.callTool(tool);
      expect(isError).toBe(true);
      expect(textOf(content)).toContain('chose not to connect an account at Google');
    }
    expect(stack().tenant.connectedAccounts()).toEqual([]);
    await client.close();
  });

  it('gives a client that cannot offer pages a link for its user', async () => {
    const client = await connect(stack().mcpUrl);
    const { isError, content } = await client.callTool(tool);
    expect(isError).toBe(true);
    expect(textOf(content)).toContain('Show them this link');
    await connectAccount(linkIn(textOf(content)));
    expect(textOf((await client.callTool(tool)).content)).toContain('Dentist');
    await client.close();
  });

  it('is each user’s own', async () => {
    const demo = await connect(stack().mcpUrl, { user: demoUser });
    await connectAccount(linkIn(textOf((await demo.callTool(tool)).content)));
    const other = await connect(stack().mcpUrl, { user: otherUser });
    const link = linkIn(textOf((await other.callTool(tool)).content));
    await connectAccount(link, { user: otherUser, at: { account: 'work@company.example' } });
    expect(textOf((await other.callTool(tool)).content)).toContain('Stand-up (work)');
    expect(textOf((await demo.callTool(tool)).content)).toContain('Stand-up (demo)');
    await Promise.all([demo.close(), other.close()]);
  });
});
