import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { isAuthorized } from './authorization.ts';
import { type Backend, isFailure, type Reply } from './backend.ts';
import { type Faults, noFaults } from './faults.ts';
import { answerLocal } from './local-endpoints.ts';
import { type Encoding, envelope } from './rest-reply.ts';
import {
  BadRequest,
  commandFromBody,
  commandFromPath,
  commandsFromBody,
  pathSegments,
  readBody,
  unavailable,
} from './rest-request.ts';
import { streamSubscription } from './subscription.ts';

export type StoreOptions = {
  /** 0 takes any free port. */
  port: number;
  token: string;
  backend: Backend;
};

export type Store = {
  url: string;
  faults: Faults;
  /** Commands executed, each one of a pipeline or transaction counted. */
  commands: number;
  /** Requests that arrived with the right token, `/_local` aside. */
  requests: number;
  resetCounts(): void;
  /** Ends the server with its streams, and the backend. */
  close(): Promise<void>;
};

/**
 * Serves the Upstash REST protocol on the loopback interface. Rejects when the port is taken (`EADDRINUSE`) or the
 * backend does not answer.
 */
export async function startStore({ port, token, backend }: StoreOptions): Promise<Store> {
  const streams = new Set<ServerResponse>();
  const faults = noFaults(() => {
    for (const stream of streams) stream.end();
  });

  const execute = async (words: string[]): Promise<Reply> => {
    store.commands++;
    return unavailable(words) ?? backend.execute(words);
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [pathname = '/', query = ''] = (request.url ?? '/').split('?', 2);
    const segments = pathSegments(pathname);
    if (!isAuthorized(request, query, token)) {
      return send(response, 401, { error: 'WRONGPASS invalid or missing auth token' });
    }
    if (segments[0] === '_local') {
      const { status, body } = await answerLocal(request, segments, store);
      return send(response, status, body);
    }
    if (!['GET', 'HEAD', 'POST', 'PUT'].includes(request.method ?? '')) {
      return send(response, 405, { error: 'ERR method not allowed' });
    }
    store.requests++;
    if (faults.delayMs > 0) await delay(faults.delayMs);
    if (faults.outage === 'hanging') return;
    if (faults.outage === 'refused') return void request.socket.destroy();
    if (faults.outage === 'unavailable') return send(response, 503, { error: 'ERR service unavailable' });

    const encoding: Encoding = request.headers['upstash-encoding'] === 'base64' ? 'base64' : 'text';
    const body = await readBody(request);
    const [endpoint, ...rest] = segments;
    if (endpoint === 'pipeline' && rest.length === 0) {
      const replies = [];
      for (const words of commandsFromBody(body)) replies.push(envelope(await execute(words), encoding));
      return send(response, 200, replies);
    }
    if (endpoint === 'multi-exec' && rest.length === 0) {
      const commands = commandsFromBody(body);
      store.commands += commands.length;
      const replies = commands.map(unavailable).find(Boolean) ?? (await backend.transaction(commands));
      if (isFailure(replies)) return send(response, 400, replies);
      return send(
        response,
        200,
        replies.map((reply) => envelope(reply, encoding)),
      );
    }
    if (endpoint === 'subscribe' || endpoint === 'psubscribe') {
      const [name, ...others] = rest;
      if (!name || others.length > 0) {
        throw new BadRequest(`ERR wrong number of arguments for '${endpoint}' command`);
      }
      store.commands++;
      streams.add(response);
      response.once('close', () => streams.delete(response));
      const kind = endpoint === 'psubscribe' ? 'pattern' : 'channel';
      return streamSubscription(response, backend, { kind, name }, faults);
    }
    const words = endpoint === '' ? commandFromBody(body) : commandFromPath(segments, body, query);
    const reply = await execute(words);
    return send(response, isFailure(reply) ? 400 : 200, envelope(reply, encoding));
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (response.headersSent) return response.destroy();
      if (error instanceof BadRequest) return send(response, error.status, { error: error.message });
      const reason = error instanceof Error ? error.message : String(error);
      send(response, 503, { error: `ERR the store does not answer: ${reason}` });
    });
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
    async close() {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      await backend.close();
    },
  };

  await backend.execute(['PING']);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  store.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return store;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
