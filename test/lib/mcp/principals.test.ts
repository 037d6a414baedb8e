import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { accessToken, demo, newApplication, other } from '../../support/access-token.ts';
import {
  accepted,
  call,
  modern,
  type RawClient,
  rawClient,
  request,
  textOf,
} from '../../support/mcp-request.ts';
import { useStack } from '../../support/stack.ts';

const root = fileURLToPath(new URL('../../mcp-server', import.meta.url));
const stack = useStack({ root, instances: 3 });

/** A window of a client of a user; what its user owns is marked with the user's name. */
type Window = { user: 'demo' | 'other'; principal: string; raw: RawClient };
type Open = { window: number; id: unknown; finish(): Promise<string> };

let windows: Window[] = [];
beforeAll(async () => {
  const clients = [await newApplication(stack()), await newApplication(stack())];
  windows = [];
  for (const [user, credentials] of [
    ['demo', demo],
    ['other', other],
  ] as const)
    for (const clientId of clients) {
      const token = await accessToken(stack(), { user: credentials, clientId });
      for (let count = 0; count < 2; count++) {
        const raw = rawClient(stack(), token);
        await raw.initialize({ elicitation: {} });
        windows.push({ user, principal: `${user} ${clientId}`, raw });
      }
    }
});

const steps = fc.array(
  fc.record({
    window: fc.nat(7),
    instance: fc.nat(2),
    dropHeader: fc.boolean(),
    action: fc.constantFrom(
      'note',
      'list',
      'read',
      'ask',
      'answer',
      'answer for another',
      'borrow session',
      'resume',
    ),
    pick: fc.nat(1_000),
  }),
  { minLength: 60, maxLength: 80 },
);

test('no principal sees a session, note, answer or event of another, however their requests interleave', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (plan) => {
      const notes: { user: string; id: string }[] = [];
      const open: Open[] = [];
      const lastEvents: { principal: string; id: string }[] = [];
      const sessions = await Promise.all(windows.map(({ raw }) => raw.initialize({ elicitation: {} })));
      for (const { window, instance, dropHeader, action, pick } of plan) {
        const mine = windows[window];
        if (!mine) continue;
        const headers: Record<string, string> = dropHeader ? { 'mcp-session-id': '' } : {};
        const send = (body: unknown, more = {}) => mine.raw.send(body, instance, { ...headers, ...more });
        if (action === 'note') {
          const text = textOf(await send(call('add_note', { title: `of ${mine.user}`, text: '' })));
          const id = /\(id (\w+)\)/.exec(text)?.[1];
          if (id) notes.push({ user: mine.user, id });
        } else if (action === 'list') {
          const foreign = mine.user === 'demo' ? 'of other' : 'of demo';
          const [body, modernHeaders] = modern('tools/call', { name: 'list_notes', arguments: {} });
          const answer = pick % 2 ? await send(call('list_notes')) : await send(body, modernHeaders);
          expect(answer.text).not.toContain(foreign);
        } else if (action === 'read' && notes.length) {
          const note = notes[pick % notes.length];
          const answer = await send(request('resources/read', { uri: `note://${note?.id}` }));
          expect(answer.last.result !== undefined).toBe(note?.user === mine.user);
        } else if (action === 'ask') {
          const stream = await mine.raw.stream(call('test_input_required_result_elicitation'), instance);
          const { id, message } = await stream.until(({ method }) => method === 'elicitation/create');
          if (id) lastEvents.push({ principal: mine.principal, id });
          const finish = async () => JSON.stringify((await stream.rest()).at(-1)?.message?.result);
          open.push({ window, id: message?.id, finish });
        } else if (action === 'answer for another' && open.length) {
          const question = open[pick % open.length];
          if (windows[question?.window ?? 0]?.principal !== mine.principal)
            expect((await send(accepted(question?.id, { name: 'Eve' }))).status).toBe(202);
        } else if (action === 'answer' && open.length) {
          const [question] = open.splice(pick % open.length, 1);
          const asker = windows[question?.window ?? 0];
          await asker?.raw.send(accepted(question?.id, { name: `Ada of ${asker.user}` }), instance, headers);
          expect(await question?.finish()).toContain(`Hello, Ada of ${asker?.user}!`);
        } else if (action === 'borrow session') {
          const owner = pick % windows.length;
          const answer = await send(call('whoami'), { 'mcp-session-id': sessions[owner] });
          expect(answer.status).toBe(windows[owner]?.principal === mine.principal ? 200 : 404);
        } else if (action === 'resume' && lastEvents.length) {
          const event = lastEvents[pick % lastEvents.length];
          if (event?.principal === mine.principal) continue;
          const stream = await mine.raw.resume(event?.id, instance);
          await stream.leave();
          expect(stream.status).toBe(200);
        }
      }
      for (const question of open) {
        const asker = windows[question.window];
        await asker?.raw.send(accepted(question.id, { name: `Ada of ${asker.user}` }));
        expect(await question.finish()).toContain(`Hello, Ada of ${asker?.user}!`);
      }
    }),
    { numRuns: 5, endOnFailure: true },
  );
}, 120_000);
