import {
  type ClientCapabilities,
  type InputResponseView,
  inputResponse,
  type McpServer,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { isMachine } from '../../access-token/principal.ts';
import { profileOf } from '../../access-token/profile.ts';
import { checkStore } from '../../health.ts';
import type { Call, Caller, CoreCall } from '../define/call.ts';
import { extendedCall } from './additions.ts';
import { signalAt } from './deadline.ts';
import type { RequestContext } from './request-context.ts';
import type { OpenedState } from './request-state.ts';
import { publishChange } from './resource-changes.ts';
import { userCollection } from './user-collection.ts';

/** Who is calling, outside any one call. The configuration stays here, because it holds secrets. */
export function callerOf({ config, principal }: RequestContext): Caller {
  return {
    principal,
    isMachine: isMachine(principal),
    user: () => profileOf(config, principal),
    collection: (name, schema, limits) => userCollection(config, principal, name, schema, limits),
  };
}

/** What a handler gets, for a request that the SDK dispatched. It is the same in both eras. */
export function callOf(server: McpServer, context: RequestContext, { mcpReq }: ServerContext): Call {
  const { config, principal, requestId, deadlineMs, extended } = context;
  let signal: AbortSignal | undefined;
  const responseTo = (name: string) => {
    // Answers count only together with the sealed state of the round that asked for them.
    if (mcpReq.requestState() === undefined) return { kind: 'missing' } as const;
    return inputResponse(mcpReq.inputResponses, name);
  };
  return extendedCall(extended, {
    ...callerOf(context),
    requestId,
    // Created on first use: most handlers don't use it.
    get signal() {
      signal ??= AbortSignal.any([mcpReq.signal, signalAt(deadlineMs)]);
      return signal;
    },
    canAskUser: canShowForms(server.server.getClientCapabilities()),
    canOpenLinks: server.server.getClientCapabilities()?.elicitation?.url !== undefined,
    ...answersOf(responseTo, () => mcpReq.requestState<OpenedState | undefined>()?.state),
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
    changed: (...uris) => publishChange(config, principal, uris),
    deployment: config.deployment,
    checkStore: () => checkStore(config),
  });
}

/** What a handler gets of the answers to its questions. */
export function answersOf(
  responseTo: (name: string) => InputResponseView,
  state: () => unknown,
): Pick<CoreCall, 'answer' | 'sampled' | 'roots' | 'state'> {
  return {
    answer: (name, schema) => {
      const answer = responseTo(name);
      if (answer.kind !== 'elicit') return undefined;
      if (answer.action !== 'accept') return { action: answer.action };
      const content = schema.safeParse(answer.content ?? {});
      return content.success ? { action: 'accept', content: content.data } : undefined;
    },
    sampled: (name) => {
      const answer = responseTo(name);
      return answer.kind === 'sampling' ? answer.result : undefined;
    },
    roots: (name) => {
      const answer = responseTo(name);
      return answer.kind === 'roots' ? answer.roots : undefined;
    },
    state,
  };
}

/** Whether the client declared form elicitation. An empty declaration means forms, as it did before modes existed. */
export function canShowForms(capabilities: ClientCapabilities | undefined): boolean {
  const elicitation = capabilities?.elicitation;
  return elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined);
}
