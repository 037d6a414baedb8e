import { completable, type GetPromptResult } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Feature } from '../../../lib/mcp/define/feature.ts';
import { pixel } from './samples.ts';

const user = (...contents: GetPromptResult['messages'][number]['content'][]): GetPromptResult => ({
  messages: contents.map((content) => ({ role: 'user', content })),
});

/** The prompts that the conformance suite gets. */
export const prompts: Feature = {
  kind: 'sdk',
  register: (server) => {
    server.registerPrompt('test_simple_prompt', { description: 'Says one thing.' }, () =>
      user({ type: 'text', text: 'This is a simple prompt for testing.' }),
    );
    const places = ['paris', 'park', 'party'];
    server.registerPrompt(
      'test_prompt_with_arguments',
      {
        description: 'Repeats its arguments.',
        argsSchema: z.object({
          arg1: completable(z.string(), (started) => places.filter((place) => place.startsWith(started))),
          arg2: z.string(),
        }),
      },
      ({ arg1, arg2 }) =>
        user({ type: 'text', text: `Prompt with arguments: arg1='${arg1}', arg2='${arg2}'` }),
    );
    server.registerPrompt(
      'test_prompt_with_embedded_resource',
      { description: 'Embeds a resource.', argsSchema: z.object({ resourceUri: z.string() }) },
      ({ resourceUri: uri }) =>
        user(
          {
            type: 'resource',
            resource: { uri, mimeType: 'text/plain', text: 'Embedded resource content for testing.' },
          },
          { type: 'text', text: 'Please process the embedded resource above.' },
        ),
    );
    server.registerPrompt('test_prompt_with_image', { description: 'Shows an image.' }, () =>
      user(
        { type: 'image', data: pixel, mimeType: 'image/png' },
        { type: 'text', text: 'Please analyze the image above.' },
      ),
    );
  },
};
