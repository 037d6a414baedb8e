import { setTimeout as delay } from 'node:timers/promises';
import type { LoggingLevel } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { log } from '../../../lib/log.ts';
import type { Feature } from '../../../lib/mcp/define/feature.ts';
import { ask } from '../../../lib/mcp/define/question.ts';
import { defineTool } from '../../../lib/mcp/define/tool.ts';

const common = { title: 'Behaviour', scopes: [], annotations: { readOnlyHint: true } as const };
const text = z.object({ text: z.string() });
const names = ['a', 'b', 'c', 'd', 'e'];

/** Tools that show what the transport does: take time, ask, fail, talk. */
export const behaviours: Feature[] = [
  defineTool({
    ...common,
    name: 'work',
    description: 'Works for a while and reports each step.',
    input: z.object({ steps: z.int().max(1000), ms: z.int().max(10_000), tag: z.string().optional() }),
    handler: async ({ steps, ms, tag }, call) => {
      call.signal.addEventListener('abort', () => log('warn', 'work stopped', { tag }));
      for (let step = 1; step <= steps; step++) {
        await delay(ms, undefined, { signal: call.signal });
        await call.progress(step, steps, `step ${step}`);
      }
      return `Did ${steps} steps.`;
    },
  }),
  defineTool({
    ...common,
    name: 'environment',
    description: 'Shows the environment of the process.',
    handler: () => JSON.stringify(process.env),
  }),
  defineTool({
    ...common,
    name: 'oblivious',
    description: 'Works on, whatever happens.',
    input: z.object({ ms: z.int().max(60_000) }),
    handler: async ({ ms }) => {
      await delay(ms);
      return 'Done.';
    },
  }),
  defineTool({
    ...common,
    name: 'ask_five',
    description: 'Asks five things at once.',
    handler: (_args, call) => {
      const answers = names.map((name) => call.answer(name, text));
      if (answers.every((answer) => answer?.action === 'accept'))
        return answers.map((answer) => (answer?.action === 'accept' ? answer.content.text : '')).join(' ');
      const questions = names.map((name) => [name, { kind: 'form', message: name, schema: text }] as const);
      return ask(Object.fromEntries(questions));
    },
  }),
  defineTool({
    ...common,
    name: 'ask_once',
    description: 'Asks for something that counts one time.',
    input: z.object({ about: z.string() }),
    handler: ({ about }, call) => {
      const answer = call.answer('text', text);
      if (answer?.action === 'accept') return `${about}: ${answer.content.text}`;
      return ask({ text: { kind: 'form', message: about, schema: text } }, { once: true });
    },
  }),
  defineTool({
    ...common,
    name: 'throw',
    description: 'Fails with something that is nobody’s business.',
    handler: () => {
      throw new Error('database password is hunter2');
    },
  }),
  defineTool({
    ...common,
    name: 'talk',
    description: 'Says much.',
    input: z.object({ characters: z.int().max(2_000_000) }),
    handler: ({ characters }) => 'x'.repeat(characters),
  }),
  defineTool({
    ...common,
    name: 'log_levels',
    description: 'Logs at each level.',
    handler: async (_args, call) => {
      const levels: LoggingLevel[] = ['debug', 'info', 'warning', 'error'];
      for (const level of levels) await call.log(level, level);
      return 'Logged.';
    },
  }),
  {
    kind: 'sdk',
    register: (server) =>
      void server.registerTool(
        'client',
        { description: 'What the server knows of its client.', inputSchema: z.object({}) },
        () => {
          const known = {
            capabilities: server.server.getClientCapabilities(),
            info: server.server.getClientVersion(),
            revision: server.server.getNegotiatedProtocolVersion(),
          };
          return { content: [{ type: 'text', text: JSON.stringify(known) }] };
        },
      ),
  },
];
