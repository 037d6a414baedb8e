import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { log } from '../../../lib/log.ts';
import { ask } from '../../../lib/mcp/define/question.ts';
import { defineTool, failure } from '../../../lib/mcp/define/tool.ts';
import { openTask } from '../../../lib/mcp/extensions/tasks/worker.ts';
import { allScopes } from '../../../lib/scope-rules.ts';

const common = { title: 'Task', scopes: [], annotations: { readOnlyHint: true } as const };
const confirmation = z.object({ confirm: z.boolean() });
const userName = z.object({ name: z.string() });

/** Longer than a call may take before it becomes a task. */
const slowMs = 800;

/** What the conformance suite expects of a server with tasks. */
export const tasks = [
  defineTool({
    ...common,
    name: 'greet',
    description: 'Greets at once.',
    input: z.object({ name: z.string() }),
    handler: ({ name }) => `Hello, ${name}!`,
  }),
  defineTool({
    ...common,
    name: 'slow_compute',
    description: 'Takes its time.',
    input: z.object({ seconds: z.number(), label: z.string() }),
    task: true,
    handler: async ({ seconds, label }, call) => {
      call.signal.addEventListener('abort', () => log('warn', 'computing stopped', { label }));
      await delay(seconds * 1000, undefined, { signal: call.signal });
      return `Computed ${label}.`;
    },
  }),
  defineTool({
    ...common,
    name: 'failing_job',
    description: 'Fails after a while.',
    task: 'required',
    handler: async () => {
      await delay(slowMs);
      return failure('It did not work.');
    },
  }),
  defineTool({
    ...common,
    name: 'protocol_error_job',
    description: 'Asks for what hardly any client has.',
    task: true,
    handler: async () => {
      await delay(slowMs);
      return ask({ roots: { kind: 'roots' } });
    },
  }),
  defineTool({
    ...common,
    name: 'confirm_delete',
    description: 'Asks in the middle of its work.',
    input: z.object({ filename: z.string() }),
    task: true,
    handler: async ({ filename }, call) => {
      const answer = call.answer('confirm', confirmation);
      if (answer) return answer.action === 'accept' ? `Deleted ${filename}.` : `Kept ${filename}.`;
      await delay(slowMs);
      return ask({ confirm: { kind: 'form', message: `Delete ${filename}?`, schema: confirmation } });
    },
  }),
  defineTool({
    ...common,
    name: 'multi_input',
    description: 'Asks two things at once.',
    task: true,
    handler: async (_args, call) => {
      const name = call.answer('name', userName);
      const confirm = call.answer('confirm', confirmation);
      if (name?.action === 'accept' && confirm?.action === 'accept') return `Thanks, ${name.content.name}.`;
      await delay(slowMs);
      return ask({
        name: { kind: 'form', message: 'Your name?', schema: userName },
        confirm: { kind: 'form', message: 'Sure?', schema: confirmation },
      });
    },
  }),
  defineTool({
    ...common,
    name: 'test_tool_with_task',
    description: 'Asks first, then works.',
    task: 'required',
    handler: async (_args, call) => {
      const answer = call.answer('user_name', userName);
      if (answer?.action !== 'accept')
        return ask({ user_name: { kind: 'form', message: 'Your name?', schema: userName } });
      await delay(slowMs);
      return `Hello, ${answer.content.name}!`;
    },
  }),
  defineTool({
    ...common,
    name: 'count',
    description: 'Counts and reports each step.',
    input: z.object({ to: z.int().max(100), ms: z.int().max(1_000) }),
    task: true,
    handler: async ({ to, ms }, call) => {
      for (let step = 1; step <= to; step++) {
        await delay(ms, undefined, { signal: call.signal });
        await call.progress(step, to, `step ${step}`);
      }
      return `Counted to ${to}.`;
    },
  }),
  defineTool({
    ...common,
    name: 'misfit',
    description: 'Returns what does not fit its output schema.',
    output: z.object({ count: z.int() }),
    task: true,
    handler: async () => {
      await delay(slowMs);
      return { content: [], structuredContent: { count: 'many' } };
    },
  }),
  defineTool({
    ...common,
    name: 'read_slowly',
    description: 'Needs a scope, and takes its time.',
    scopes: allScopes.slice(0, 1),
    task: true,
    handler: async () => {
      await delay(slowMs);
      return 'Read.';
    },
  }),
  defineTool({
    ...common,
    name: 'ask_then_count',
    description: 'Asks, then counts how often it went on.',
    task: true,
    handler: async (_args, call) => {
      if (!call.answer('confirm', confirmation)) {
        await delay(slowMs);
        const question = { kind: 'form', message: 'Go on?', schema: confirmation } as const;
        return ask({ confirm: question }, { state: 'kept' });
      }
      const runs = call.collection('runs', z.string(), { maxEntries: 100, maxCharacters: 100 });
      await runs.put(call.requestId, 'run');
      await delay(slowMs);
      return `Run ${(await runs.all()).length}, state ${call.state()}.`;
    },
  }),
  defineTool({
    ...common,
    name: 'hand_over',
    description: 'Leaves the work to somebody else.',
    input: z.object({ silenceSeconds: z.int() }),
    task: true,
    handler: async ({ silenceSeconds }, call) => {
      await call.task?.handOver({ silenceSeconds });
      log('info', `handed over ${call.task?.handle}`);
      return 'Queued.';
    },
  }),
  defineTool({
    ...common,
    name: 'work_on',
    description: 'Does the work that was left.',
    input: z.object({ handle: z.string(), step: z.enum(['progress', 'complete']) }),
    handler: async ({ handle, step }) => {
      const task = openTask(handle);
      return String(
        step === 'progress' ? await task.progress(1, 2, 'Half done') : await task.complete('Report written.'),
      );
    },
  }),
];
