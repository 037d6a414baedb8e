import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request to a platform's management API. The body is parsed JSON, undefined if there is none. */
export type ApiRequest = {
  method: string;
  path: string;
  query: URLSearchParams;
  authorization: string;
  body: unknown;
};

export type ApiReply = { status: number; body: unknown; headers?: Record<string, string> };

/** An answer instead of the real one. With `after`, the request takes effect and only its answer is lost. */
export type ApiFault = ApiReply | { reset: true; after?: boolean };

/** A running stand-in for a platform's management API. */
export type PlatformApi = {
  /** Origin, without a trailing slash. */
  url: string;
  /** Every request so far, such as `POST /v10/projects/mcp/env`. */
  requests: string[];
  /** By method and path. A fault ends the first time it was used if `faultOnce` is on. */
  faults: Record<string, ApiFault>;
  faultOnce: boolean;
  close(): Promise<void>;
};

const largestBody = 4 * 1024 * 1024;

/** Serves a management API on the loopback interface. `malformed` is the answer to a body that is not JSON. */
export async function startPlatformApi(
  answer: (request: ApiRequest) => ApiReply | Promise<ApiReply>,
  malformed: ApiReply,
): Promise<PlatformApi> {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const name = `${request.method} ${url.pathname}`;
    api.requests.push(name);
    const fault = api.faults[name];
    if (fault && api.faultOnce) delete api.faults[name];
    const lost = fault && 'reset' in fault ? fault : undefined;
    if (lost && !lost.after) return void request.socket.destroy();
    const body = await readJson(request);
    const reply =
      fault && 'status' in fault
        ? fault
        : body === malformedBody
          ? malformed
          : await answer({
              method: request.method ?? '',
              path: url.pathname,
              query: url.searchParams,
              authorization: request.headers.authorization ?? '',
              body,
            });
    if (lost) return void request.socket.destroy();
    response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
    response.end(JSON.stringify(reply.body));
  });
  const api: PlatformApi = {
    url: '',
    requests: [],
    faults: {},
    faultOnce: true,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  api.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return api;
}

const malformedBody = Symbol('malformed body');

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > largestBody) return malformedBody;
    chunks.push(chunk);
  }
  if (size === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return malformedBody;
  }
}
