import { McpServer, type ServerContext } from '@modelcontextprotocol/server';
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/server/validators/ajv';
import { log } from '../../log.ts';
import type { Offer } from '../define/offer.ts';
import { callerOf } from './call-context.ts';
import { registerPrompt } from './register-prompt.ts';
import { registerResource } from './register-resource.ts';
import { registerTool } from './register-tool.ts';
import type { RequestContext } from './request-context.ts';
import { openState } from './request-state.ts';

/** Milliseconds a client may keep a list; what is listed changes only with a deployment, or per user. */
const listTtl = 60_000;

/** Compiling validators is slow and they are stateless: one for the whole process, made when first needed. */
let validator: AjvJsonSchemaValidator | undefined;

/** Makes the server for one request, of either era: the same features, bound to who is calling. */
export function createServer(
  { identity, features }: Offer,
  serving: RequestContext,
  era: 'legacy' | 'modern',
): McpServer {
  const { config, principal } = serving;
  const { instructions, ...implementation } = identity;
  const listHint = { ttlMs: listTtl, cacheScope: 'private' } as const;
  const subscribable = era === 'modern' || config.standingStream;
  const server = new McpServer(implementation, {
    instructions,
    capabilities: {
      tools: { listChanged: false },
      prompts: { listChanged: false },
      resources: { listChanged: subscribable, subscribe: subscribable },
      logging: {},
      completions: {},
    },
    cacheHints: {
      'tools/list': listHint,
      'prompts/list': listHint,
      'resources/templates/list': listHint,
      'server/discover': listHint,
    },
    jsonSchemaValidator: {
      getValidator: (schema) => {
        validator ??= new AjvJsonSchemaValidator();
        return validator.getValidator(schema);
      },
    },
    inputRequired: { roundTimeoutMs: Math.max(1, serving.deadline - Date.now()) },
    requestState: {
      verify: (state, context: ServerContext) => {
        const { id, method } = context.mcpReq;
        return openState(config, principal, method, serving.paramsOf(id), state);
      },
    },
  });
  server.server.onerror = (error) => log('info', 'mcp', { reason: error.message.slice(0, 300) });
  for (const feature of features) {
    if (feature.kind === 'tool') registerTool(server, feature, serving);
    else if (feature.kind === 'resource') registerResource(server, feature, serving);
    else if (feature.kind === 'prompt') registerPrompt(server, feature, serving);
    else feature.register(server, callerOf(serving));
  }
  return server;
}
