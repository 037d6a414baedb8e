import { type AuthInfo, createMcpHandler, type ServerEventBus } from '@modelcontextprotocol/server';
import { errorFields, log } from '../log.ts';
import type { Offer } from './define/offer.ts';
import { isObject } from './json-rpc.ts';
import type { RequestContext } from './server/request-context.ts';
import { followChanges, newestChange } from './server/resource-changes.ts';
import { createServer } from './server/server.ts';

/** Serves a request of the modern era (2026-07-28): stateless, so the store is not touched for it. */
export async function serveModern(
  request: Request,
  message: unknown,
  { offer, serving, authInfo }: { offer: Offer; serving: RequestContext; authInfo: AuthInfo },
): Promise<Response> {
  // Looked up before the acknowledgement, so that nothing is missed from that on.
  const from =
    isObject(message) && message.method === 'subscriptions/listen'
      ? await newestChange(serving.config, serving.principal)
      : '0-0';
  const handler = createMcpHandler(() => createServer(offer, serving, 'modern'), {
    legacy: 'reject',
    // A closed handler ends its subscriptions as the specification wants it: with a result.
    bus: changesBus(serving, from, () => handler.close()),
    onerror: (error) => log('info', 'mcp', { reason: error.message.slice(0, 300) }),
  });
  return handler.fetch(request, { parsedBody: message, authInfo });
}

/** The caller's changes, from whichever instance, as the SDK's listeners want them, as long as time is left. */
function changesBus(
  { config, principal, deadline }: RequestContext,
  from: string,
  onTimeUp: () => void,
): ServerEventBus {
  return {
    // Changes are published by what makes them, through `call.changed`.
    publish: () => {},
    subscribe: (listener) => {
      const over = new AbortController();
      const timer = setTimeout(onTimeUp, Math.max(0, deadline - Date.now()));
      followChanges(
        config,
        principal,
        ({ uris }) => {
          listener({ kind: 'resources_list_changed' });
          for (const uri of uris) listener({ kind: 'resource_updated', uri });
        },
        over.signal,
        from,
      ).catch((error) => log('error', 'changes not followed', errorFields(error)));
      return () => {
        clearTimeout(timer);
        over.abort();
      };
    },
  };
}
