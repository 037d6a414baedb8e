import {
  auth as authV2,
  Client as ClientV2,
  type OAuthClientProvider as ProviderV2,
  StreamableHTTPClientTransport as TransportV2,
} from '@modelcontextprotocol/client';
import {
  auth as authV1,
  type OAuthClientProvider as ProviderV1,
} from '@modelcontextprotocol/sdk/client/auth.js';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { demoUser, signIn, type User } from './browser-user.ts';
import { clientProvider, type Provider } from './client-provider.ts';

/** What a person would answer when a tool asks. */
type Answer = {
  action: 'accept' | 'decline' | 'cancel';
  content?: Record<string, string | number | boolean>;
};

export type ConnectOptions = {
  user?: User;
  /** What to choose at the tenant if it asks for an organization, by its label. */
  organization?: string;
  /** Withhold `Mcp-Session-Id` from every request, as the hosted Claude does. */
  dropSession?: boolean;
  elicit?: (message: string) => Answer;
  /** What a person does with a page that a tool asks them to open. Without it, the client cannot offer pages. */
  open?: (url: string, message: string) => Promise<Answer>;
};

type ToolResult = { content: unknown; isError?: boolean; structuredContent?: unknown };

/** The part of an SDK client that the tests use, alike for both SDK versions. */
export type Connected = {
  serverName: string | undefined;
  protocolVersion: string | undefined;
  tokens(): { access_token: string; refresh_token?: string | undefined; scope?: string | undefined };
  clientId(): string;
  listTools(): Promise<string[]>;
  callTool(name: string, args?: Record<string, unknown>): Promise<ToolResult>;
  listResources(): Promise<string[]>;
  readResource(uri: string): Promise<unknown>;
  listPrompts(): Promise<string[]>;
  getPrompt(name: string, args?: Record<string, string>): Promise<unknown>;
  /** Exchanges the refresh token as the SDK does. */
  refresh(): Promise<void>;
  /** Starts anew with the tokens that it has, as an app that was closed. Rejects if the user would have to sign in. */
  reconnect(): Promise<void>;
  /** Signs in once more, for more scopes, as a client does after `insufficient_scope`. */
  stepUp(scope: string): Promise<void>;
  close(): Promise<void>;
};

export type ClientKind = {
  name: string;
  connect(mcpUrl: string, options?: ConnectOptions): Promise<Connected>;
};

const info = { name: 'test-client', version: '1.0.0' };

function fetchWith(options: ConnectOptions): typeof fetch {
  if (!options.dropSession) return fetch;
  return (input, init) => {
    const headers = new Headers(init?.headers);
    headers.delete('mcp-session-id');
    return fetch(input, { ...init, headers });
  };
}

/** What the client can show its user. */
const capabilitiesOf = ({
  open,
}: ConnectOptions): { elicitation: Record<string, Record<string, string>> } => ({
  elicitation: open ? { form: {}, url: {} } : {},
});

/** Answers a form, or opens a page. */
function answerTo(
  { elicit = decline, open }: ConnectOptions,
  params: { message: string; url?: unknown },
): Answer | Promise<Answer> {
  return open && typeof params.url === 'string' ? open(params.url, params.message) : elicit(params.message);
}

const decline = (): Answer => ({ action: 'decline' });

/** What both SDK versions' clients have in common. */
type SdkClient = {
  getServerVersion(): { name: string } | undefined;
  getNegotiatedProtocolVersion?(): string | undefined;
  listTools(): Promise<{ tools: { name: string }[] }>;
  callTool(params: { name: string; arguments: Record<string, unknown> }): Promise<unknown>;
  listResources(): Promise<{ resources: { uri: string }[] }>;
  readResource(params: { uri: string }): Promise<unknown>;
  listPrompts(): Promise<{ prompts: { name: string }[] }>;
  getPrompt(params: { name: string; arguments: Record<string, string> }): Promise<unknown>;
  close(): Promise<void>;
};

/** Connects until the client wants its user to sign in, signs in through the pages, connects again. */
async function signInAndConnect<T extends SdkClient>(
  options: ConnectOptions,
  sdk: {
    provider: Provider;
    connect(): Promise<T>;
    finish(callback: URLSearchParams): Promise<void>;
    authorize(scope?: string): Promise<unknown>;
  },
): Promise<Connected> {
  const { provider } = sdk;
  await sdk.connect().catch((error) => {
    if (!provider.pendingAuthorization()) throw error;
  });
  const { user = demoUser, organization } = options;
  const signInAs = { user, ...(organization && { organization }) };
  const finishSignIn = async () => {
    const callback = await signIn(provider.takeAuthorization(), signInAs);
    await sdk.finish(callback.searchParams);
  };
  await finishSignIn();
  let client = await sdk.connect();
  return {
    serverName: client.getServerVersion()?.name,
    protocolVersion: client.getNegotiatedProtocolVersion?.(),
    tokens: provider.requireTokens,
    clientId: provider.requireClientId,
    listTools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    callTool: async (name, args = {}) => (await client.callTool({ name, arguments: args })) as ToolResult,
    listResources: async () => (await client.listResources()).resources.map((resource) => resource.uri),
    readResource: (uri) => client.readResource({ uri }),
    listPrompts: async () => (await client.listPrompts()).prompts.map((prompt) => prompt.name),
    getPrompt: (name, args = {}) => client.getPrompt({ name, arguments: args }),
    refresh: async () => {
      await sdk.authorize();
    },
    reconnect: async () => {
      await client.close();
      client = await sdk.connect();
    },
    stepUp: async (scope) => {
      // With a refresh token at hand the SDKs would refresh, which cannot widen the scope.
      provider.forgetTokens();
      await sdk.authorize(scope);
      await finishSignIn();
    },
    close: () => client.close(),
  };
}

function connectV1(mcpUrl: string, options: ConnectOptions = {}): Promise<Connected> {
  const provider = clientProvider('v1 client');
  const authProvider = provider as unknown as ProviderV1;
  const transport = () => new TransportV1(new URL(mcpUrl), { authProvider, fetch: fetchWith(options) });
  return signInAndConnect(options, {
    provider,
    connect: async () => {
      const client = new ClientV1(info, { capabilities: capabilitiesOf(options) });
      client.setRequestHandler(ElicitRequestSchema, (request) => answerTo(options, request.params));
      await client.connect(transport());
      return client;
    },
    finish: (callback) => transport().finishAuth(callback.get('code') ?? ''),
    authorize: (scope) => authV1(authProvider, { serverUrl: mcpUrl, scope }),
  });
}

function connectV2(
  mode: 'legacy' | 'auto' | { pin: string },
  mcpUrl: string,
  options: ConnectOptions = {},
): Promise<Connected> {
  const provider = clientProvider('v2 client');
  const authProvider = provider as unknown as ProviderV2;
  const transport = () => new TransportV2(new URL(mcpUrl), { authProvider, fetch: fetchWith(options) });
  return signInAndConnect(options, {
    provider,
    connect: async () => {
      const client = new ClientV2(info, {
        capabilities: capabilitiesOf(options),
        versionNegotiation: { mode },
      });
      client.setRequestHandler('elicitation/create', (request) => answerTo(options, request.params));
      await client.connect(transport());
      return client;
    },
    finish: (callback) => transport().finishAuth(callback),
    authorize: (scope) => authV2(authProvider, { serverUrl: mcpUrl, scope }),
  });
}

/** The official SDK's clients, in each way that they can speak to a server. */
export const clientKinds: ClientKind[] = [
  { name: 'v1 client', connect: connectV1 },
  { name: 'v2 client, legacy', connect: (url, options) => connectV2('legacy', url, options) },
  { name: 'v2 client, auto', connect: (url, options) => connectV2('auto', url, options) },
  { name: 'v2 client, pinned', connect: (url, options) => connectV2({ pin: '2026-07-28' }, url, options) },
];
