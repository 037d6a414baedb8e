import { createMcpHandler, type ServerEventBus } from '@modelcontextprotocol/server';
import { errorFields, log } from '../log.ts';
import { isObject } from './json-rpc.ts';
import type { RequestContext } from './server/request-context.ts';
import { followChanges, newestChange } from './server/resource-changes.ts';
import { createServer } from './server/server.ts';

/** Serves a request of the modern era (2026-07-28). It is stateless: only `subscriptions/listen` uses the store. */
export async function serveModern(
  request: Request,
  message: unknown,
  context: RequestContext,
): Promise<Response> {
  const { config, principal, authInfo } = context;
  // Looked up before the acknowledgement, so that no change after it is missed.
  const from =
    isObject(message) && message.method === 'subscriptions/listen'
      ? await newestChange(config, principal)
      : '0-0';
  const handler = createMcpHandler(() => createServer(context, 'modern'), {
    legacy: 'reject',
    // Closing the handler ends its subscriptions with a result, as the specification requires.
    bus: changesBus(context, from, () => handler.close()),
    onerror: (error) => log('info', 'mcp', { reason: error.message.slice(0, 300) }),
  });
  return handler.fetch(request, { parsedBody: message, authInfo });
}

/** The caller's changes, made on any instance, as events for the SDK's listeners, until the deadline. */
function changesBus(
  { config, principal, deadlineMs }: RequestContext,
  from: string,
  onDeadline: () => void,
): ServerEventBus {
  return {
    // Handlers publish changes with `call.changed`.
    publish: () => {},
    subscribe: (listener) => {
      const unsubscribed = new AbortController();
      const timer = setTimeout(onDeadline, Math.max(0, deadlineMs - Date.now()));
      followChanges(
        config,
        principal,
        ({ uris }) => {
          listener({ kind: 'resources_list_changed' });
          for (const uri of uris) listener({ kind: 'resource_updated', uri });
        },
        unsubscribed.signal,
        from,
      ).catch((error) => log('error', 'changes not followed', errorFields(error)));
      return () => {
        clearTimeout(timer);
        unsubscribed.abort();
      };
    },
  };
}
