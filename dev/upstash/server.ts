import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { unplug } from '../unplug.ts';
import { accessOf } from './authorization.ts';
import type { Backend } from './backend.ts';
import { noFaults } from './faults.ts';
import { answerLocal } from './local-endpoints.ts';
import { notPermitted } from './read-only.ts';
import { answerRest } from './rest-endpoints.ts';
import { BadRequest, pathSegments, readBody } from './rest-request.ts';
import type { Store } from './store.ts';
import { streamSubscription, topicOf } from './subscription.ts';

export type { Store } from './store.ts';

export type StoreOptions = {
  /** 0 takes any free port. */
  port: number;
  token: string;
  /** Upstash's second token, with which nothing can be written. Default: none. */
  readOnlyToken?: string;
  backend: Backend;
};

/**
 * Serves the Upstash REST protocol on the loopback interface. Rejects if the port is in use (`EADDRINUSE`) or the
 * backend does not answer. In both cases the backend is closed.
 *
 * Enforces, from Upstash's page "REST API":
 * - a token: 401 (`authorization.ts`), of which the second one only reads (`read-only.ts`);
 * - the methods GET, HEAD, POST and PUT: 405;
 * - `Upstash-Response-Format` is `json` or `resp2`, and not `resp2` together with `Upstash-Encoding: base64`: 400. This store
 *   has no `resp2` and refuses it too;
 * - 400 for a body that is no command, a command that Upstash does not serve over REST (`available-commands.ts`), sizes beyond
 *   its limits (`size-limits.ts`; a body beyond them is 413), and whatever Redis refuses;
 * - a pipeline goes on after an error, and a transaction with an invalid command is discarded as a whole
 *   (`rest-endpoints.ts`);
 * - one channel or pattern for a stream of messages (`subscription.ts`).
 */
export async function startStore({ port, token, readOnlyToken, backend }: StoreOptions): Promise<Store> {
  const streams = new Set<ServerResponse>();
  const faults = noFaults(() => {
    for (const stream of streams) stream.end();
  });
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => sendError(response, error));
  });
  const store: Store = {
    url: '',
    faults,
    commands: 0,
    requests: 0,
    resetCounts() {
      store.commands = 0;
      store.requests = 0;
    },
    unplug: () => unplug(server),
    async close() {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      await backend.close();
    },
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [pathname = '/', query = ''] = (request.url ?? '/').split('?', 2);
    const segments = pathSegments(pathname);
    const access = accessOf(request, query, { token, readOnlyToken });
    if (!access) {
      return send(response, 401, { error: 'WRONGPASS invalid or missing auth token' });
    }
    if (segments[0] === '_local' && access === 'standard') {
      const { status, body } = await answerLocal(request, segments, store);
      return send(response, status, body);
    }
    if (!['GET', 'HEAD', 'POST', 'PUT'].includes(request.method ?? '')) {
      return send(response, 405, { error: 'ERR method not allowed' });
    }
    store.requests++;
    if ((await store.intercept?.()) === 'drop') return void request.socket.destroy();
    if (faults.delayMs > 0) await delay(faults.delayMs);
    if (faults.outage === 'hanging') return;
    if (faults.outage === 'refused') return void request.socket.destroy();
    if (faults.outage === 'unavailable') return send(response, 503, { error: 'ERR service unavailable' });
    if (faults.outage === 'failing') return send(response, 500, { error: 'ERR internal error' });
    if (faults.outage === 'limited') return send(response, 429, { error: 'ERR max requests limit exceeded' });

    const format = unsupportedFormat(request);
    if (format) return send(response, 400, format);
    const topic = topicOf(segments);
    if (topic) {
      if (access === 'read-only') return send(response, 400, notPermitted(['subscribe']));
      store.commands++;
      streams.add(response);
      response.once('close', () => streams.delete(response));
      return streamSubscription(response, backend, topic, faults);
    }
    const encoding = request.headers['upstash-encoding'] === 'base64' ? 'base64' : 'text';
    const rest = { segments, query, body: await readBody(request), encoding } as const;
    const { status, body } = await answerRest({ ...rest, access }, backend, (commands) => {
      store.commands += commands;
    });
    if (faults.outage === 'lost') return void request.socket.destroy();
    if (faults.outage === 'cut') return sendHalf(response, body);
    send(response, status, body);
  }

  try {
    await backend.execute(['PING']);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
  } catch (error) {
    await backend.close();
    throw error;
  }
  store.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return store;
}

/** The error for a format that Upstash or this store cannot answer in, or undefined. */
function unsupportedFormat({ headers }: IncomingMessage): { error: string } | undefined {
  const format = headers['upstash-response-format'] ?? 'json';
  if (format === 'json') return undefined;
  if (format !== 'resp2') return { error: 'ERR unsupported response format' };
  if (headers['upstash-encoding'] === 'base64')
    return { error: 'ERR base64 encoding is not permitted with the response format resp2' };
  return { error: 'ERR the local store has no response format resp2' };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** Sends the first half of an answer as if it were all of it. */
function sendHalf(response: ServerResponse, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(200, { 'content-type': 'application/json' }).end(text.slice(0, text.length / 2));
}

function sendError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) response.destroy();
  else if (error instanceof BadRequest) send(response, error.status, { error: error.message });
  else {
    const reason = error instanceof Error ? error.message : String(error);
    send(response, 503, { error: `ERR the store does not answer: ${reason}` });
  }
}
