import { McpServer, type ServerContext } from '@modelcontextprotocol/server';
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/server/validators/ajv';
import { errorFields, log } from '../../log.ts';
import type { SdkFeature } from '../define/feature.ts';
import { declaredSettings, type Era } from './additions.ts';
import { callerOf } from './call-context.ts';
import { registerPrompt } from './register-prompt.ts';
import { registerResource } from './register-resource.ts';
import { registerTool } from './register-tool.ts';
import type { RequestContext } from './request-context.ts';
import { openState } from './request-state.ts';

/** How long a client may cache a list. Lists change only with a deployment, or differ per user. */
const listTtlMs = 60_000;

/** Made when first needed and shared by the whole process, because compiling validators is slow and they have no state. */
let validator: AjvJsonSchemaValidator | undefined;

/** Creates the server for one request of either era: the same features, bound to the caller. */
export function createServer(context: RequestContext, era: Era): McpServer {
  const { config, offer, extended, deadlineMs } = context;
  const extensions = declaredSettings(extended);
  const { instructions, ...implementation } = offer.identity;
  const listHint = { ttlMs: listTtlMs, cacheScope: 'private' } as const;
  const subscribable = era === 'modern' || config.standingStream;
  const server = new McpServer(implementation, {
    instructions,
    capabilities: {
      tools: { listChanged: false },
      prompts: { listChanged: false },
      resources: { listChanged: subscribable, subscribe: subscribable },
      logging: {},
      completions: {},
      ...(extensions && { extensions }),
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
    inputRequired: { roundTimeoutMs: Math.max(1, deadlineMs - Date.now()) },
    requestState: {
      verify: (state, { mcpReq: { id, method } }: ServerContext) =>
        openState(context, { method, params: context.paramsOf(id) }, state),
    },
  });
  server.server.onerror = (error) => log('info', 'mcp', { reason: error.message.slice(0, 300) });
  for (const feature of offer.features) {
    if (feature.kind === 'tool' && extended.some(({ hides }) => hides?.(feature))) continue;
    if (feature.kind === 'tool') registerTool(server, feature, context);
    else if (feature.kind === 'resource') registerResource(server, feature, context);
    else if (feature.kind === 'prompt') registerPrompt(server, feature, context);
    else registerSdkFeature(server, feature, context);
  }
  for (const { register } of extended) register?.(server);
  return server;
}

/** One that throws is left out: registering a name twice, for example, must not fail the requests for all others. */
function registerSdkFeature(server: McpServer, feature: SdkFeature, context: RequestContext): void {
  try {
    feature.register(server, callerOf(context));
  } catch (error) {
    log('error', 'feature left out', { feature: 'sdk', ...errorFields(error) });
  }
}
