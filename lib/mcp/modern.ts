import { type AuthInfo, createMcpHandler } from '@modelcontextprotocol/server';
import { log } from '../log.ts';
import type { Feature } from './feature.ts';
import { createServer, type Serving } from './server.ts';

/** Serves a request of the modern era (2026-07-28): stateless, so the store is not touched for it. */
export function serveModern(
  request: Request,
  message: unknown,
  { features, serving, authInfo }: { features: readonly Feature[]; serving: Serving; authInfo: AuthInfo },
): Promise<Response> {
  const handler = createMcpHandler(() => createServer(features, serving, 'modern'), {
    legacy: 'reject',
    onerror: (error) => log('info', 'mcp', { reason: error.message.slice(0, 300) }),
  });
  return handler.fetch(request, { parsedBody: message, authInfo });
}
