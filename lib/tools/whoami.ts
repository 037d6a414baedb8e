import { z } from 'zod';
import { defineTool } from '../mcp/define/tool.ts';

/** Shows who is signed in: the quickest check that signing in worked. */
export const whoami = defineTool({
  name: 'whoami',
  title: 'Who am I?',
  description: 'Shows the signed-in user, the client in use and the permissions it was given.',
  scopes: ['mcp:read'],
  annotations: { readOnlyHint: true, openWorldHint: false },
  output: z.object({
    userId: z.string(),
    email: z.string().optional(),
    name: z.string().optional(),
    organization: z.object({ id: z.string(), name: z.string() }).optional(),
    clientId: z.string(),
    scopes: z.array(z.string()),
    expiresAt: z.string().optional().describe('When the access token expires, ISO 8601'),
  }),
  handler: async (_args, call) => {
    const { subject, organization, clientId, scopes, expiresAt } = call.principal;
    const { email, name } = await call.user();
    const identity = {
      userId: subject,
      ...(email && { email }),
      ...(name && { name }),
      ...(organization && { organization }),
      clientId,
      scopes,
      ...(Number.isFinite(new Date(expiresAt * 1000).getTime()) && {
        expiresAt: new Date(expiresAt * 1000).toISOString(),
      }),
    };
    return {
      content: [{ type: 'text', text: JSON.stringify(identity, null, 2) }],
      structuredContent: identity,
    };
  },
});
