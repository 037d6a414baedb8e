import { setTimeout as delay } from 'node:timers/promises';
import { fromJsonSchema, type ServerContext } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Feature } from '../../../lib/mcp/define/feature.ts';
import { ask } from '../../../lib/mcp/define/question.ts';
import { defineTool, failure } from '../../../lib/mcp/define/tool.ts';
import { contact, pixel, silence } from './samples.ts';

const common = { title: 'Conformance', scopes: [], annotations: { readOnlyHint: true } as const };

/** The tools that the conformance suite calls by name and whose results it knows. */
export const conformanceTools: Feature[] = [
  defineTool({
    ...common,
    name: 'test_simple_text',
    description: 'Returns text.',
    handler: () => 'This is a simple text response for testing.',
  }),
  defineTool({
    ...common,
    name: 'test_image_content',
    description: 'Returns an image.',
    handler: () => ({ content: [{ type: 'image', data: pixel, mimeType: 'image/png' }] }),
  }),
  defineTool({
    ...common,
    name: 'test_audio_content',
    description: 'Returns sound.',
    handler: () => ({ content: [{ type: 'audio', data: silence, mimeType: 'audio/wav' }] }),
  }),
  defineTool({
    ...common,
    name: 'test_embedded_resource',
    description: 'Returns a resource.',
    handler: () => ({
      content: [
        {
          type: 'resource',
          resource: {
            uri: 'test://embedded-resource',
            mimeType: 'text/plain',
            text: 'This is an embedded resource content.',
          },
        },
      ],
    }),
  }),
  defineTool({
    ...common,
    name: 'test_multiple_content_types',
    description: 'Returns text, an image and a resource.',
    handler: () => ({
      content: [
        { type: 'text', text: 'Multiple content types test:' },
        { type: 'image', data: pixel, mimeType: 'image/png' },
        {
          type: 'resource',
          resource: {
            uri: 'test://mixed-content-resource',
            mimeType: 'application/json',
            text: JSON.stringify({ test: 'data', value: 123 }),
          },
        },
      ],
    }),
  }),
  defineTool({
    ...common,
    name: 'test_tool_with_logging',
    description: 'Logs while it works.',
    handler: async (_args, call) => {
      await call.log('info', 'Tool execution started');
      await delay(50);
      await call.log('info', 'Tool processing data');
      await delay(50);
      await call.log('info', 'Tool execution completed');
      return 'Logged three times.';
    },
  }),
  defineTool({
    ...common,
    name: 'test_tool_with_progress',
    description: 'Reports progress while it works.',
    handler: async (_args, call) => {
      for (const done of [0, 50, 100]) {
        if (done > 0) await delay(50);
        await call.progress(done, 100, `Completed step ${done} of 100`);
      }
      return 'Done.';
    },
  }),
  defineTool({
    ...common,
    name: 'test_logging_tool',
    description: 'Logs once.',
    handler: async (_args, call) => {
      await call.log('info', 'Logged');
      return 'Logged once.';
    },
  }),
  defineTool({
    ...common,
    name: 'test_streaming_elicitation',
    description: 'Says something, then asks.',
    handler: async (_args, call) => {
      await call.log('info', 'About to ask');
      const schema = z.object({ name: z.string() });
      if (call.answer('name', schema)) return 'Thank you.';
      return ask({ name: { kind: 'form', message: 'What is your name?', schema } });
    },
  }),
  defineTool({
    ...common,
    name: 'test_error_handling',
    description: 'Fails.',
    handler: () => failure('This tool intentionally returns an error for testing'),
  }),
  {
    kind: 'sdk',
    register: (server) =>
      void server.registerTool(
        'json_schema_2020_12_tool',
        {
          description: 'Has arguments that need a whole JSON Schema dialect.',
          inputSchema: fromJsonSchema(contact),
        },
        () => ({ content: [{ type: 'text', text: 'Accepted.' }] }),
      ),
  },
  defineTool({
    ...common,
    name: 'test_x_mcp_header',
    description: 'Has an argument that is mirrored in a header.',
    input: z.object({ region: z.string().meta({ 'x-mcp-header': 'Region' }) }),
    handler: ({ region }) => `In ${region}.`,
  }),
  defineTool({
    ...common,
    name: 'test_missing_capability',
    description: 'Needs a client that can sample.',
    handler: () =>
      ask({
        sampled: {
          kind: 'sampling',
          params: { messages: [{ role: 'user', content: { type: 'text', text: 'Hello' } }], maxTokens: 10 },
        },
      }),
  }),
  {
    kind: 'sdk',
    register: (server) =>
      void server.registerTool(
        'test_reconnection',
        { description: 'Closes its stream while it works.', inputSchema: z.object({}) },
        async (_args, { http }: ServerContext) => {
          await delay(50);
          http?.closeSSE?.();
          await delay(100);
          return { content: [{ type: 'text', text: 'Reconnected.' }] };
        },
      ),
  },
];
