import { type AuthInfo, createMcpHandler, type ServerEventBus } from '@modelcontextprotocol/server';
import { errorFields, log } from '../log.ts';
import { followChanges } from './changes.ts';
import type { Feature } from './feature.ts';
import { isObject } from './json-rpc.ts';
import { createServer, type Serving } from './server.ts';

/** Serves a request of the modern era (2026-07-28): stateless, so the store is not touched for it. */
export async function serveModern(
  request: Request,
  message: unknown,
  { features, serving, authInfo }: { features: readonly Feature[]; serving: Serving; authInfo: AuthInfo },
): Promise<Response> {
  const handler = createMcpHandler(() => createServer(features, serving, 'modern'), {
    legacy: 'reject',
    bus: changesBus(serving),
    onerror: (error) => log('info', 'mcp', { reason: error.message.slice(0, 300) }),
  });
  const response = await handler.fetch(request, { parsedBody: message, authInfo });
  if (isObject(message) && message.method === 'subscriptions/listen') {
    // A closed handler ends its subscriptions as the specification wants it: with a result.
    const timer = setTimeout(() => handler.close(), Math.max(0, serving.deadline - Date.now()));
    request.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  }
  return response;
}

/** The caller's changes, from whichever instance, as the SDK's listeners want them; nobody else's. */
function changesBus({ config, principal }: Serving): ServerEventBus {
  return {
    // Changes are published by what makes them, through `call.changed`.
    publish: () => {},
    subscribe: (listener) => {
      const over = new AbortController();
      followChanges(
        config,
        principal,
        ({ uris }) => {
          listener({ kind: 'resources_list_changed' });
          for (const uri of uris) listener({ kind: 'resource_updated', uri });
        },
        over.signal,
      ).catch((error) => log('error', 'changes not followed', errorFields(error)));
      return () => over.abort();
    },
  };
}
