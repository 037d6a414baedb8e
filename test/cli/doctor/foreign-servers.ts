import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { DemoInMemoryAuthProvider } from '@modelcontextprotocol/sdk/examples/server/demoInMemoryOAuthProvider.js';
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
import {
  getOAuthProtectedResourceMetadataUrl,
  mcpAuthRouter,
} from '@modelcontextprotocol/sdk/server/auth/router.js';
import { createMcpExpressApp } from '@modelcontextprotocol/sdk/server/express.js';
import { McpServer as McpServerV1 } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { createMcpHandler as createRouteHandler, protectedResourceHandler, withMcpAuth } from 'mcp-handler';

export type ForeignServer = { url: string; close(): Promise<void> };

const info = { name: 'foreign', version: '1' };
const readOnly = { annotations: { readOnlyHint: true } };
const hello = () => ({ content: [{ type: 'text' as const, text: 'hello' }] });

/** The official SDK's handler, version 2, without sign-in. */
export function sdkHandler(): Promise<ForeignServer> {
  const handler = createMcpHandler(() => {
    const server = new McpServer(info);
    server.registerTool('hello', readOnly, hello);
    return server;
  });
  return listen(() => fetchListener((request) => handler.fetch(request)));
}

/** `mcp-handler` with its bearer check and metadata, and another authorization server. */
export function mcpHandler(authorizationServer: string): Promise<ForeignServer> {
  const handler = createRouteHandler((server) => {
    server.registerTool('hello', readOnly, hello);
  });
  const guarded = withMcpAuth(handler, () => undefined, { required: true });
  const metadata = protectedResourceHandler({ authServerUrls: [authorizationServer] });
  return listen(() =>
    fetchListener((request) => {
      const { pathname } = new URL(request.url);
      if (pathname === '/mcp') return guarded(request);
      if (pathname === '/.well-known/oauth-protected-resource') return metadata(request);
      return new Response('Not found', { status: 404 });
    }),
  );
}

/** The official SDK's example of an authorization server, version 1: Express, in memory. */
export function sdkAuthRouter(): Promise<ForeignServer> {
  return listen((origin) => {
    const resource = new URL('/mcp', origin);
    const provider = new DemoInMemoryAuthProvider();
    const app = createMcpExpressApp();
    app.use(mcpAuthRouter({ provider, issuerUrl: new URL(origin), resourceServerUrl: resource }));
    const bearer = requireBearerAuth({
      verifier: provider,
      resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(resource),
    });
    app.post('/mcp', bearer, async (request, response) => {
      const server = new McpServerV1(info);
      server.registerTool('hello', readOnly, hello);
      const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
      await server.connect(transport);
      await transport.handleRequest(request, response);
    });
    return app;
  });
}

/** A web server without content. */
export function emptyServer(): Promise<ForeignServer> {
  return listen(() => (_request, response) => response.writeHead(404).end());
}

async function listen(app: (origin: string) => RequestListener): Promise<ForeignServer> {
  const server = createServer((request, response) => serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const serve = app(origin);
  return {
    url: `${origin}/mcp`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Runs a web-standard handler under node:http. */
function fetchListener(handle: (request: Request) => Response | Promise<Response>): RequestListener {
  return async (incoming, outgoing) => {
    const headers = Object.entries(incoming.headers).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, [value].flat().join(', ')]],
    );
    const hasBody = incoming.method === 'POST';
    const request = new Request(`http://${incoming.headers.host}${incoming.url}`, {
      method: incoming.method,
      headers,
      ...(hasBody ? { body: Readable.toWeb(incoming) as ReadableStream, duplex: 'half' } : {}),
    });
    const response = await handle(request);
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    for await (const chunk of response.body ?? []) outgoing.write(chunk);
    outgoing.end();
  };
}
