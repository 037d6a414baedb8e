import { fileURLToPath } from 'node:url';
import { describe, expect, type TestContext, test } from 'vitest';
import { accessToken } from '../../support/access-token.ts';
import { eventually } from '../../support/eventually.ts';
import { useStack } from '../../support/stack.ts';
import { type ClientSide, kinds, losing, type TokenClient, textOf } from '../../support/token-clients.ts';

const root = fileURLToPath(new URL('../../mcp-server', import.meta.url));

describe.each([1, 2])('with %i instances', (instances) => {
  const stack = useStack({ root, instances });
  const cases = kinds.flatMap((kind) =>
    // Only the legacy era has sessions to drop.
    (kind.era === 'legacy' ? [false, true] : [false]).map((dropSession) => ({
      ...kind,
      dropSession,
      title: dropSession ? `${kind.name}, session header dropped` : kind.name,
    })),
  );

  /** Waits for the line of the tool that was called with this tag. */
  const expectOneLine = (tag: string) =>
    eventually(() => expect(stack().lines.filter((line) => String(line).includes(tag))).toHaveLength(1));

  // They wait more than they compute, each with a client and a principal of its own.
  describe.concurrent.each(cases)('$title', ({ connect, era, dropSession }) => {
    const connected = async ({ onTestFinished }: TestContext, side: ClientSide = {}) => {
      const client = await connect(stack().mcpUrl, await accessToken(stack()), { dropSession, ...side });
      onTestFinished(() => client.close());
      return client;
    };
    const call = async (
      client: TokenClient,
      name: string,
      args: Record<string, unknown> = {},
      options?: Parameters<TokenClient['callTool']>[1],
    ) => textOf(await client.callTool({ name, arguments: args }, options));

    test('lists and calls tools, reads resources, gets prompts, completes', async (context) => {
      const client = await connected(context);
      const title = `Note ${crypto.randomUUID()}`;
      const id = /\(id (\w+)\)/.exec(await call(client, 'add_note', { title, text: 'Some text' }))?.[1] ?? '';
      expect(await call(client, 'list_notes')).toContain(title);
      expect(await call(client, 'search_notes', { query: title.toUpperCase() })).toContain('Some text');
      expect((await client.listTools()).tools.map((tool) => tool.name)).toContain('delete_note');
      expect((await client.listResources()).resources.map(({ uri }) => uri)).toContain(`note://${id}`);
      expect((await client.readResource({ uri: `note://${id}` })).contents[0]?.text).toContain('Some text');
      const prompt = await client.getPrompt({ name: 'summarize_notes', arguments: { focus: 'titles' } });
      expect(JSON.stringify(prompt.messages)).toContain(title);
      const ref = { type: 'ref/resource', uri: 'note://{id}' };
      const { completion } = await client.complete({ ref, argument: { name: 'id', value: id.slice(0, 4) } });
      expect(completion.values).toContain(id);
    });

    test('the user is asked before a note goes', async (context) => {
      const asked: string[] = [];
      let action: 'accept' | 'decline' = 'decline';
      const client = await connected(context, {
        elicit: (message) => {
          asked.push(message);
          return action === 'accept'
            ? { action, content: { delete: true as unknown as string } }
            : { action };
        },
      });
      const id = /\(id (\w+)\)/.exec(await call(client, 'add_note', { title: 'Doomed', text: '' }))?.[1];
      expect(await call(client, 'delete_note', { id, confirm: true })).toBe('The user kept the note.');
      action = 'accept';
      expect(await call(client, 'delete_note', { id })).toBe('Deleted "Doomed".');
      expect(asked).toEqual(['Delete the note "Doomed"?', 'Delete the note "Doomed"?']);
      expect(await call(client, 'list_notes')).not.toContain(id);
    });

    test('five questions at once get five answers, each its own', async (context) => {
      const client = await connected(context, {
        elicit: async (message) => ({ action: 'accept', content: { text: message.toUpperCase() } }),
      });
      expect(await call(client, 'ask_five')).toBe('A B C D E');
    });

    test("the client's model and roots can be asked", async (context) => {
      const client = await connected(context);
      expect(await call(client, 'test_sampling', { prompt: 'Capital of France?' })).toContain('Paris');
      expect(await call(client, 'test_input_required_result_list_roots')).toContain('file:///work');
    });

    test('progress arrives while the tool works', async (context) => {
      const client = await connected(context);
      const steps: number[] = [];
      const text = await call(
        client,
        'work',
        { steps: 3, ms: 20 },
        { onprogress: ({ progress }) => steps.push(progress) },
      );
      expect([text, steps]).toEqual(['Did 3 steps.', [1, 2, 3]]);
    });

    test('log messages respect the level that the client set', async (context) => {
      const levels: unknown[] = [];
      const client = await connected(context, {
        onNotification: (_method, params) => levels.push((params as { level: string }).level),
      });
      if (era === 'legacy') await client.setLoggingLevel('warning');
      const _meta = era === 'modern' ? { 'io.modelcontextprotocol/logLevel': 'warning' } : undefined;
      await client.callTool({ name: 'log_levels', arguments: {}, ...(_meta && { _meta }) });
      expect(levels).toEqual(['warning', 'error']);
    });

    test('cancelling reaches the tool, wherever it runs', async (context) => {
      const client = await connected(context);
      const tag = crypto.randomUUID();
      const giveUp = new AbortController();
      const working = call(client, 'work', { steps: 200, ms: 50, tag }, { signal: giveUp.signal });
      setTimeout(() => giveUp.abort('changed my mind'), 1_500);
      await expect(working).rejects.toThrow();
      await expectOneLine(tag);
    });

    const lost = {
      legacy: 'a stream that is lost is taken up again, and nothing is missed',
      modern: 'a stream that is lost ends the call: the tool hears of it',
    };
    test(lost[era], async (context) => {
      let losses = 0;
      const steps: number[] = [];
      const tag = crypto.randomUUID();
      const client = await connected(context, { fetch: losing(4, () => losses++) });
      const working = call(
        client,
        'work',
        { steps: 10, ms: 150, tag },
        { onprogress: ({ progress }) => steps.push(progress) },
      );
      if (era === 'legacy') {
        expect(await working).toBe('Did 10 steps.');
        expect(steps).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      } else {
        // The SDK's client goes on waiting; closing it ends that.
        working.catch(() => {});
        await expectOneLine(tag);
      }
      expect(losses).toBeGreaterThan(0);
    });
  });
});
