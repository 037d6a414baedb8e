import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { ask } from '../../../lib/mcp/define/question.ts';
import { defineTool, failure } from '../../../lib/mcp/define/tool.ts';

const common = { title: 'Task', scopes: [] };
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
];
