import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { defineTool } from '../../../lib/mcp/define/tool.ts';

/** Uses an account at another company in a call that becomes a task. */
export const accountTask = defineTool({
  name: 'use_account_later',
  title: 'Use an account later',
  description: 'Says how long the token is that the user’s account gives.',
  scopes: [],
  annotations: { readOnlyHint: true },
  input: z.object({}),
  task: true,
  handler: async (_, call) => {
    await delay(700);
    const scope = 'https://www.googleapis.com/auth/calendar.events.readonly';
    const token = await call.tokenFrom('google-oauth2', { scopes: [scope] });
    return `${token.length} characters`;
  },
});
