import type { Stack } from '../../dev/stack.ts';
import { type EventReader, readEvents } from './event-stream.ts';

export type JsonRpc = {
  id?: string | number | null;
  method?: string;
  params?: Record<string, unknown>;
  result?: Record<string, unknown>;
  error?: { code: number; message: string; data?: unknown };
};

export type Answer = {
  status: number;
  headers: Headers;
  /** Every JSON-RPC message of the body, whether it came as JSON or as an event stream. */
  messages: JsonRpc[];
  /** The last of them: the response. */
  last: JsonRpc;
  text: string;
};

export type Post = (body: unknown, headers?: Record<string, string>) => Promise<Answer>;

/** Posts raw messages as a client with this token; for what no well-behaved SDK client would send. */
export function poster(stack: Pick<Stack, 'serverUrl'>, token?: string, path = '/mcp'): Post {
  return async (body, headers = {}) => {
    const response = await fetch(stack.serverUrl + path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...(token && { authorization: `Bearer ${token}` }),
        ...headers,
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return readAnswer(response);
  };
}

export async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  const messages = response.headers.get('content-type')?.startsWith('text/event-stream')
    ? [...text.matchAll(/^data: (.+)$/gm)].map(([, data = '']) => JSON.parse(data))
    : text.startsWith('{')
      ? [JSON.parse(text)]
      : [];
  return { status: response.status, headers: response.headers, messages, last: messages.at(-1) ?? {}, text };
}

let lastId = 0;

/** A request of the legacy era. */
export function request(method: string, params: Record<string, unknown> = {}) {
  return { jsonrpc: '2.0', id: ++lastId, method, params };
}

/** A tool call of the legacy era. */
export function call(name: string, args: Record<string, unknown> = {}) {
  return request('tools/call', { name, arguments: args });
}

export const initialize = (capabilities: Record<string, unknown> = {}, protocolVersion = '2025-11-25') =>
  request('initialize', { protocolVersion, capabilities, clientInfo: { name: 'raw', version: '1' } });

/** A request of the modern era with the headers that belong to it. */
export function modern(
  method: string,
  params: Record<string, unknown> = {},
  capabilities: Record<string, unknown> = {},
): [body: Record<string, unknown>, headers: Record<string, string>] {
  const name = params.name ?? params.uri;
  return [
    request(method, {
      ...params,
      _meta: {
        ...(params._meta as Record<string, unknown> | undefined),
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
        'io.modelcontextprotocol/clientCapabilities': capabilities,
      },
    }),
    {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(typeof name === 'string' && { 'mcp-name': name }),
    },
  ];
}

/** The text of a tool's answer. */
export function textOf(answer: Answer): string {
  const content = (answer.last.result?.content ?? []) as { text?: string }[];
  return content.map((block) => block.text ?? '').join('\n');
}

export type RawClient = ReturnType<typeof rawClient>;

/** A legacy client made of raw requests, each sent to the instance of one's choice. */
export function rawClient(stack: Stack, token: string, path = '/mcp') {
  const url = stack.serverUrl + path;
  const post = poster(stack, token, path);
  let session: Record<string, string> = {};
  const headersAt = (instance: number): Record<string, string> => ({
    authorization: `Bearer ${token}`,
    'x-local-instance': String(instance),
    'mcp-protocol-version': '2025-11-25',
    ...session,
  });
  return {
    async initialize(capabilities: Record<string, unknown> = { elicitation: {}, sampling: {} }) {
      const answer = await post(initialize(capabilities));
      session = { 'mcp-session-id': answer.headers.get('mcp-session-id') ?? '' };
      return session['mcp-session-id'];
    },
    /** Posts a message and reads the whole answer. */
    send: (body: unknown, instance = 0, headers: Record<string, string> = {}) =>
      post(body, { ...headersAt(instance), ...headers }),
    /** Posts a message and reads its events one by one. */
    async stream(body: unknown, instance = 0): Promise<EventReader> {
      const accept = 'application/json, text/event-stream';
      const headers = { ...headersAt(instance), accept, 'content-type': 'application/json' };
      return readEvents(await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) }));
    },
    /** Takes a stream up again after an event, or opens the standing stream. */
    async resume(lastEventId: string | undefined, instance = 0): Promise<EventReader> {
      const headers = { ...headersAt(instance), accept: 'text/event-stream' };
      if (lastEventId !== undefined) Object.assign(headers, { 'last-event-id': lastEventId });
      return readEvents(await fetch(url, { headers }));
    },
  };
}

/** A client's answer to a form. */
export const accepted = (id: unknown, content: Record<string, unknown>) => ({
  jsonrpc: '2.0',
  id,
  result: { action: 'accept', content },
});
