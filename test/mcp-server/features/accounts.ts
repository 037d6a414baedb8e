import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Feature } from '../../../lib/mcp/define/feature.ts';
import { ask } from '../../../lib/mcp/define/question.ts';
import { defineTool } from '../../../lib/mcp/define/tool.ts';

const confirmation = z.object({ sure: z.boolean() });

/** Uses an account at another company, with the connection and the scopes that tests name. */
export const accounts: Feature[] = [
  defineTool({
    name: 'use_account',
    title: 'Use an account',
    description: 'Shows the hash of the token that the user’s account gives.',
    scopes: [],
    annotations: { readOnlyHint: true },
    input: z.object({
      connection: z.string().default('google-oauth2'),
      scopes: z
        .array(z.string())
        .min(1)
        .default(['https://www.googleapis.com/auth/calendar.events.readonly']),
      /** Ask something as well. */
      confirm: z.boolean().default(false),
    }),
    handler: async ({ connection, scopes: [first = '', ...others], confirm }, call) => {
      const token = await call.tokenFrom(connection, { scopes: [first, ...others] });
      if (confirm && !call.answer('sure', confirmation))
        return ask({ sure: { kind: 'form', message: 'Are you sure?', schema: confirmation } });
      return createHash('sha256').update(token).digest('hex');
    },
  }),
];
