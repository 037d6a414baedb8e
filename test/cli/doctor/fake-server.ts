import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Reply = {
  status?: number;
  headers?: Record<string, string>;
  /** A string is sent as a page, a buffer as it is, everything else as JSON. */
  body?: unknown;
  /** Never answers. */
  hang?: boolean;
};

export type Visit = { url: URL; headers: IncomingMessage['headers']; text: string };

/** The reply of a path, or a function that makes one for each request. */
export type Route = Reply | ((visit: Visit) => Reply);

/** Routes by `METHOD /path`. */
export type Routes = Map<string, Route>;

export type FakeServer = { origin: string; mcpUrl: string; close(): Promise<void> };

/** Headers of every answer, including preflights, unless a route has its own. */
const cors = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': 'authorization, content-type, mcp-protocol-version',
  'access-control-expose-headers': 'www-authenticate',
};

/** Serves routes on a free port. `routes` gets the server's origin. */
export async function startFakeServer(routes: (origin: string) => Routes): Promise<FakeServer> {
  let table: Routes = new Map();
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', origin);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString('utf8');
    const route = table.get(`${request.method} ${url.pathname}`) ?? unknown(request.method);
    send(response, typeof route === 'function' ? route({ url, headers: request.headers, text }) : route);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  table = routes(origin);
  return {
    origin,
    mcpUrl: `${origin}/mcp`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function unknown(method: string | undefined): Reply {
  return method === 'OPTIONS' ? { status: 204 } : { status: 404, body: 'Not found' };
}

function send(response: ServerResponse, { status = 200, headers = {}, body, hang }: Reply): void {
  if (hang) return;
  const type = typeof body === 'string' ? 'text/html' : 'application/json';
  response.writeHead(status, { 'content-type': type, ...cors, ...headers });
  const isRaw = body === undefined || typeof body === 'string' || Buffer.isBuffer(body);
  response.end(isRaw ? body : JSON.stringify(body));
}
