import {
  type ClientCapabilities,
  inputResponse,
  type McpServer,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { Call, Caller } from '../define/call.ts';
import { userCollection } from '../define/collection.ts';
import { signalAt } from './deadline.ts';
import type { RequestContext } from './request-context.ts';
import type { OpenedState } from './request-state.ts';
import { publishChange } from './resource-changes.ts';

/** Who is calling, outside any one call. */
export function callerOf({ config, principal }: RequestContext): Caller {
  return {
    config,
    principal,
    collection: (name, schema, limits) => userCollection(config, principal, name, schema, limits),
  };
}

/** What a handler is given, for a request that the SDK dispatched; the same in both eras. */
export function callOf(server: McpServer, serving: RequestContext, context: ServerContext): Call {
  const { requestId, deadline } = serving;
  const { mcpReq } = context;
  const answers = mcpReq.inputResponses;
  const view = (name: string) => {
    // Answers count only together with the sealed state of the round that asked for them.
    if (mcpReq.requestState() === undefined) return { kind: 'missing' } as const;
    return inputResponse(answers, name);
  };
  return {
    ...callerOf(serving),
    requestId,
    signal: AbortSignal.any([mcpReq.signal, signalAt(deadline)]),
    canAskUser: canShowForms(server.server.getClientCapabilities()),
    answer: (name, schema) => {
      const answer = view(name);
      if (answer.kind !== 'elicit') return undefined;
      if (answer.action !== 'accept') return { action: answer.action };
      const content = schema.safeParse(answer.content ?? {});
      return content.success ? { action: 'accept', content: content.data } : undefined;
    },
    sampled: (name) => {
      const answer = view(name);
      return answer.kind === 'sampling' ? answer.result : undefined;
    },
    roots: (name) => {
      const answer = view(name);
      return answer.kind === 'roots' ? answer.roots : undefined;
    },
    state: () => mcpReq.requestState<OpenedState | undefined>()?.state,
    log: (level, message) => mcpReq.log(level, message),
    progress: async (progress, total, message) => {
      const progressToken = mcpReq._meta?.progressToken;
      if (progressToken === undefined) return;
      const params = {
        progressToken,
        progress,
        ...(total !== undefined && { total }),
        ...(message && { message }),
      };
      await mcpReq.notify({ method: 'notifications/progress', params });
    },
    changed: (...uris) => publishChange(serving.config, serving.principal, uris),
  };
}

/** Whether form elicitation is declared; an empty declaration means forms, as before modes existed. */
function canShowForms(capabilities: ClientCapabilities | undefined): boolean {
  const elicitation = capabilities?.elicitation;
  return elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined);
}
