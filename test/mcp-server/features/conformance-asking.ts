import { inputRequired, inputResponse, type ServerContext } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Feature } from '../../../lib/mcp/define/feature.ts';
import { definePrompt } from '../../../lib/mcp/define/prompt.ts';
import { ask, type Question } from '../../../lib/mcp/define/question.ts';
import { defineTool } from '../../../lib/mcp/define/tool.ts';

const common = { title: 'Conformance', scopes: [], annotations: { readOnlyHint: true } as const };

const name = z.object({ name: z.string() });
const ok = z.object({ ok: z.boolean() });
const color = z.object({ color: z.string() });
const context = z.object({ context: z.string() });

const sample = (text: string, maxTokens = 100): Question => ({
  kind: 'sampling',
  params: { messages: [{ role: 'user', content: { type: 'text', text } }], maxTokens },
});
const form = (message: string, schema: z.ZodObject): Question => ({ kind: 'form', message, schema });

const textIn = (content: unknown): string => JSON.stringify(content);

/** The tools and the prompt that need something from the client's side before they can answer. */
export const asking: Feature[] = [
  defineTool({
    ...common,
    name: 'test_sampling',
    description: 'Asks the client to sample.',
    input: z.object({ prompt: z.string() }),
    handler: ({ prompt }, call) => {
      const sampled = call.sampled('answer');
      if (!sampled) return ask({ answer: sample(prompt) });
      return `LLM response: ${textIn(sampled.content)}`;
    },
  }),
  defineTool({
    ...common,
    name: 'test_elicitation',
    description: 'Asks the user for name and address.',
    input: z.object({ message: z.string() }),
    handler: ({ message }, call) => {
      const schema = z.object({
        username: z.string().describe("User's response"),
        email: z.string().describe("User's email address"),
      });
      const answer = call.answer('user', schema);
      return answer ? `User response: ${JSON.stringify(answer)}` : ask({ user: form(message, schema) });
    },
  }),
  defineTool({
    ...common,
    name: 'test_elicitation_sep1034_defaults',
    description: 'Asks with a default for each kind of value.',
    handler: (_args, call) => {
      const schema = z.object({
        name: z.string().default('John Doe'),
        age: z.int().default(30),
        score: z.number().default(95.5),
        status: z.enum(['active', 'inactive', 'pending']).default('active'),
        verified: z.boolean().default(true),
      });
      const answer = call.answer('defaults', schema);
      if (!answer) return ask({ defaults: form('Please review and update the form fields', schema) });
      return `Elicitation completed: ${JSON.stringify(answer)}`;
    },
  }),
  {
    kind: 'sdk',
    register: (server) =>
      void server.registerTool(
        'test_elicitation_sep1330_enums',
        {
          description: 'Asks with each kind of choice.',
          inputSchema: z.object({}),
        },
        (_args, { mcpReq }: ServerContext) => {
          const answer = inputResponse(mcpReq.inputResponses, 'choice');
          if (answer.kind === 'elicit')
            return { content: [{ type: 'text', text: `Elicitation completed: ${JSON.stringify(answer)}` }] };
          return inputRequired({
            inputRequests: { choice: inputRequired.elicit({ message: 'Choose', requestedSchema: choices }) },
          });
        },
      ),
  },
  defineTool({
    ...common,
    name: 'test_input_required_result_elicitation',
    description: 'Asks for a name.',
    handler: (_args, call) => {
      const answer = call.answer('user_name', name);
      if (answer?.action !== 'accept') return ask({ user_name: form('What is your name?', name) });
      return `Hello, ${answer.content.name}!`;
    },
  }),
  defineTool({
    ...common,
    name: 'test_input_required_result_sampling',
    description: 'Asks a model.',
    handler: (_args, call) => {
      const sampled = call.sampled('capital_question');
      if (!sampled) return ask({ capital_question: sample('What is the capital of France?') });
      return textIn(sampled.content);
    },
  }),
  defineTool({
    ...common,
    name: 'test_input_required_result_list_roots',
    description: 'Asks for the roots.',
    handler: (_args, call) => {
      const roots = call.roots('client_roots');
      return roots ? `Roots: ${JSON.stringify(roots)}` : ask({ client_roots: { kind: 'roots' } });
    },
  }),
  defineTool({
    ...common,
    name: 'test_input_required_result_request_state',
    description: 'Asks, and carries a state.',
    handler: (_args, call) => {
      const answer = call.answer('confirm', ok);
      if (!answer) return ask({ confirm: form('Please confirm', ok) }, { state: 'kept' });
      return call.state() === 'kept' ? 'state-ok' : 'state lost';
    },
  }),
  defineTool({
    ...common,
    name: 'test_input_required_result_tampered_state',
    description: 'Asks, and carries a state that somebody tampers with.',
    handler: (_args, call) =>
      call.answer('confirm', ok) ? 'confirmed' : ask({ confirm: form('Please confirm', ok) }, { state: 1 }),
  }),
  defineTool({
    ...common,
    name: 'test_input_required_result_multiple_inputs',
    description: 'Asks three things at once.',
    handler: (_args, call) => {
      const answer = call.answer('user_name', name);
      const greeting = call.sampled('greeting');
      const roots = call.roots('client_roots');
      if (answer && greeting && roots) return JSON.stringify({ answer, greeting: greeting.content, roots });
      return ask({
        user_name: form('What is your name?', name),
        greeting: sample('Generate a greeting', 50),
        client_roots: { kind: 'roots' },
      });
    },
  }),
  defineTool({
    ...common,
    name: 'test_input_required_result_multi_round',
    description: 'Asks twice.',
    handler: (_args, call) => {
      const first = call.answer('step1', name);
      const second = call.answer('step2', color);
      if (second?.action === 'accept') return `${textIn(call.state())} likes ${second.content.color}.`;
      if (first?.action === 'accept')
        return ask(
          { step2: form('Step 2: What is your favorite color?', color) },
          { state: first.content.name },
        );
      return ask({ step1: form('Step 1: What is your name?', name) });
    },
  }),
  {
    kind: 'sdk',
    register: (server) =>
      void server.registerTool(
        'test_input_required_result_capabilities',
        { description: 'Asks only what the client can answer.', inputSchema: z.object({}) },
        (_args, { mcpReq }: ServerContext) => {
          const { sampling, elicitation } = server.server.getClientCapabilities() ?? {};
          if (mcpReq.inputResponses) return { content: [{ type: 'text', text: 'Answered.' }] };
          return inputRequired({
            inputRequests: {
              ...(sampling && {
                sampled: inputRequired.createMessage({
                  messages: [{ role: 'user', content: { type: 'text', text: 'Hello' } }],
                  maxTokens: 10,
                }),
              }),
              ...(elicitation && {
                asked: inputRequired.elicit({ message: 'Name?', requestedSchema: name }),
              }),
            },
            requestState: undefined,
          });
        },
      ),
  },
  definePrompt({
    ...common,
    name: 'test_input_required_result_prompt',
    description: 'A prompt that asks first.',
    handler: (_args, call) => {
      const answer = call.answer('user_context', context);
      if (answer?.action !== 'accept')
        return ask({ user_context: form('What context should the prompt use?', context) });
      const text = `Use this context: ${answer.content.context}`;
      return { messages: [{ role: 'user', content: { type: 'text', text } }] };
    },
  }),
];

const choices = {
  type: 'object' as const,
  properties: {
    untitledSingle: { type: 'string' as const, enum: ['option1', 'option2', 'option3'] },
    titledSingle: {
      type: 'string' as const,
      oneOf: [
        { const: 'value1', title: 'First Option' },
        { const: 'value2', title: 'Second Option' },
        { const: 'value3', title: 'Third Option' },
      ],
    },
    legacyEnum: {
      type: 'string' as const,
      enum: ['opt1', 'opt2', 'opt3'],
      enumNames: ['Option One', 'Option Two', 'Option Three'],
    },
    untitledMulti: {
      type: 'array' as const,
      items: { type: 'string' as const, enum: ['option1', 'option2', 'option3'] },
    },
    titledMulti: {
      type: 'array' as const,
      items: {
        anyOf: [
          { const: 'value1', title: 'First Choice' },
          { const: 'value2', title: 'Second Choice' },
          { const: 'value3', title: 'Third Choice' },
        ],
      },
    },
  },
};
