import {
  Client as ClientV2,
  StreamableHTTPClientTransport as TransportV2,
} from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
  ResourceListChangedNotificationSchema,
  ResourceUpdatedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';

/** What the client's side answers, when asked. */
export type ClientSide = {
  elicit?: (message: string) => Promise<ElicitAnswer> | ElicitAnswer;
  /** Whether `Mcp-Session-Id` is withheld from every request, as the hosted Claude does. */
  dropSession?: boolean;
  /** Sees and may change each exchange, as a network does. */
  fetch?: typeof fetch;
  onNotification?: (method: string, params: unknown) => void;
};

type ElicitAnswer = { action: 'accept' | 'decline' | 'cancel'; content?: Record<string, string> };
type Options = {
  onprogress?: (progress: { progress: number }) => void;
  signal?: AbortSignal;
  timeout?: number;
};
type Result = { content?: { type: string; text?: string }[]; isError?: boolean };

/** The part of an SDK client that the transport's tests use, alike for both SDK versions. */
export type TokenClient = {
  callTool(params: Record<string, unknown>, options?: Options): Promise<Result>;
  listTools(): Promise<{ tools: { name: string }[] }>;
  listResources(): Promise<{ resources: { uri: string }[] }>;
  readResource(params: { uri: string }): Promise<{ contents: { text?: string }[] }>;
  getPrompt(params: { name: string; arguments: Record<string, string> }): Promise<{ messages: unknown[] }>;
  complete(params: Record<string, unknown>): Promise<{ completion: { values: string[] } }>;
  setLoggingLevel(level: 'debug' | 'info' | 'warning' | 'error'): Promise<unknown>;
  subscribeResource(params: { uri: string }): Promise<unknown>;
  close(): Promise<void>;
};

export type Kind = { name: string; era: 'legacy' | 'modern'; connect: Connect };
export type Connect = (url: string, token: string, side?: ClientSide) => Promise<TokenClient>;

const info = { name: 'test-client', version: '1.0.0' };
const capabilities = { elicitation: {}, sampling: {}, roots: {} };
const sampled = {
  role: 'assistant' as const,
  model: 'test',
  content: { type: 'text' as const, text: 'Paris' },
};
const roots = { roots: [{ uri: 'file:///work', name: 'work' }] };

function transportOptions(token: string, { dropSession, fetch: through = fetch }: ClientSide) {
  return {
    requestInit: { headers: { authorization: `Bearer ${token}` } },
    reconnectionOptions: {
      initialReconnectionDelay: 50,
      maxReconnectionDelay: 200,
      reconnectionDelayGrowFactor: 1.5,
      maxRetries: 5,
    },
    fetch: (input: string | URL | Request, init?: RequestInit) => {
      const headers = new Headers(init?.headers);
      if (dropSession) headers.delete('mcp-session-id');
      return through(input, { ...init, headers });
    },
  };
}

const elicitation = async (side: ClientSide, message: string) =>
  (await side.elicit?.(message)) ?? { action: 'decline' as const };

const connectV1: Connect = async (url, token, side = {}) => {
  const client = new ClientV1(info, { capabilities });
  client.setRequestHandler(ElicitRequestSchema, ({ params }) => elicitation(side, params.message));
  client.setRequestHandler(CreateMessageRequestSchema, () => sampled);
  client.setRequestHandler(ListRootsRequestSchema, () => roots);
  for (const schema of [
    LoggingMessageNotificationSchema,
    ResourceListChangedNotificationSchema,
    ResourceUpdatedNotificationSchema,
  ])
    client.setNotificationHandler(schema, ({ method, params }) => side.onNotification?.(method, params));
  await client.connect(new TransportV1(new URL(url), transportOptions(token, side)));
  const { callTool } = client;
  return Object.assign(client, {
    callTool: (params: never, options?: Options) => callTool.call(client, params, undefined, options),
  }) as unknown as TokenClient;
};

const connectV2 =
  (mode: 'legacy' | 'auto' | { pin: string }): Connect =>
  async (url, token, side = {}) => {
    const client = new ClientV2(info, { capabilities, versionNegotiation: { mode } });
    client.setRequestHandler('elicitation/create', ({ params }) => elicitation(side, params.message));
    client.setRequestHandler('sampling/createMessage', () => sampled);
    client.setRequestHandler('roots/list', () => roots);
    for (const method of [
      'notifications/message',
      'notifications/resources/list_changed',
      'notifications/resources/updated',
    ] as const)
      client.setNotificationHandler(method, ({ params }) => side.onNotification?.(method, params));
    await client.connect(new TransportV2(new URL(url), transportOptions(token, side)));
    return client as unknown as TokenClient;
  };

/** The official SDK's clients with a token in hand, in each way that they can speak to a server. */
export const kinds: Kind[] = [
  { name: 'v1 client', era: 'legacy', connect: connectV1 },
  { name: 'v2 client, legacy', era: 'legacy', connect: connectV2('legacy') },
  { name: 'v2 client, auto', era: 'modern', connect: connectV2('auto') },
  { name: 'v2 client, pinned', era: 'modern', connect: connectV2({ pin: '2026-07-28' }) },
];

export const textOf = ({ content = [] }: Result) => content.map((block) => block.text ?? '').join('\n');

/** A network that loses the connection of each POST's event stream after its first `after` events. */
export function losing(after: number, lost: () => void): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    const streams = response.headers.get('content-type')?.startsWith('text/event-stream');
    if (!response.body || !streams || init?.method !== 'POST') return response;
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let events = 0;
    const body = new ReadableStream<string>({
      pull: async (controller) => {
        const { done, value = '' } = await reader.read();
        if (done) return controller.close();
        controller.enqueue(value);
        events += value.split('\n\n').length - 1;
        if (events < after) return;
        lost();
        await reader.cancel();
        controller.error(new TypeError('connection lost'));
      },
    });
    return new Response(body.pipeThrough(new TextEncoderStream()), response);
  };
}
