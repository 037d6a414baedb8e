import type { Stack } from '../../dev/stack.ts';

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
export function poster(stack: Stack, token?: string, path = '/mcp'): Post {
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
