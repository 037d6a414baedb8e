import type { ClientAuthMethod } from '../../lib/oauth/client/client.ts';

/** Server metadata as a client reads it (RFC 8414). */
export type ServerMetadata = {
  issuer: string;
  authorization_endpoint: string;
  token_endpoint: string;
  registration_endpoint: string;
  revocation_endpoint?: string;
  scopes_supported?: string[];
  token_endpoint_auth_methods_supported?: string[];
  client_id_metadata_document_supported?: boolean;
  authorization_response_iss_parameter_supported?: boolean;
};

/** A registration request's body, or what a document says beside its own URL. */
export type Registration = {
  client_name: string;
  redirect_uris: string[];
  token_endpoint_auth_method?: ClientAuthMethod;
  [other: string]: unknown;
};

/** How a client says who it is. */
export type Identity =
  /** Registers, some clients more than once in one attempt. */
  | { by: 'registration'; body: Registration; times?: number }
  /** Id and secret of a registration that somebody made before and typed in. */
  | { by: 'static'; body: Registration }
  /** The URL of its metadata document, but only where the server's metadata lets it. */
  | { by: 'document'; url: string; document: Registration; offered: (metadata: ServerMetadata) => boolean };

/** How one client connects: from vendors' documentation and sources and from servers' logs, November 2026. */
export type ClientRow = {
  name: string;
  identity: Identity;
  redirectUri: string;
  /**
   * Where it learns of the endpoints: from the challenge, from the well-known paths alone, from OpenID's form
   * of the server metadata, nowhere (it takes the root paths for granted), or from the challenge to no avail:
   * hosted Claude has been seen to read the metadata and use the root paths all the same.
   */
  discovery: 'challenge' | 'well-known' | 'openid' | 'none' | 'ignored';
  /** How it spells `resource`; it sends none without. */
  resource?: (origin: string) => string;
  /** What it adds to the authorization request. */
  extra?: Record<string, string>;
  /** The protocol revision it speaks; `probing` tries `server/discover` and falls back to `initialize`. */
  era: 'modern' | 'legacy' | 'probing';
  /** Whether its version header stays at 2025-11-25 beside bodies of 2026-07-28, as hosted Claude's has been seen to. */
  staleVersionHeader?: boolean;
  /** Whether `Mcp-Session-Id` comes back. */
  keepsSession?: boolean;
  revokes?: boolean;
  userAgent: { oauth: string; mcp: string };
};

const codeAndRefresh = {
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
};

/** A public client's registration or document. */
const publicClient = (client_name: string, ...redirect_uris: string[]) => ({
  client_name,
  redirect_uris,
  ...codeAndRefresh,
  token_endpoint_auth_method: 'none' as const,
});

const canonical = (origin: string) => `${origin}/mcp`;
const sameAgent = (agent: string) => ({ oauth: agent, mcp: agent });

const claude = {
  redirectUri: 'https://claude.ai/api/mcp/auth_callback',
  discovery: 'challenge',
  resource: canonical,
  era: 'probing',
  userAgent: { oauth: 'python-httpx/0.28.1', mcp: 'Claude-User' },
} satisfies Partial<ClientRow>;

const claudeRegistration = {
  client_name: 'Claude',
  redirect_uris: ['https://claude.ai/api/mcp/auth_callback'],
  ...codeAndRefresh,
  token_endpoint_auth_method: 'client_secret_post' as const,
};

/** What Claude looks for before it uses a document. */
const offeredToClaude = (metadata: ServerMetadata) =>
  metadata.client_id_metadata_document_supported === true &&
  metadata.token_endpoint_auth_methods_supported?.includes('none') === true;

const claudeCode = {
  discovery: 'challenge',
  resource: canonical,
  era: 'probing',
  keepsSession: true,
  userAgent: sameAgent('claude-code/2.1.0 (cli)'),
} satisfies Partial<ClientRow>;

const chatgpt = {
  discovery: 'challenge',
  resource: canonical,
  era: 'legacy',
  keepsSession: true,
  userAgent: { oauth: 'python-httpx/0.28.1', mcp: 'openai-mcp/1.0.0' },
} satisfies Partial<ClientRow>;

/** What ChatGPT looks for: `iss` in every response, and said so. */
const offeredToChatgpt = (metadata: ServerMetadata) =>
  metadata.client_id_metadata_document_supported === true &&
  metadata.authorization_response_iss_parameter_supported === true;

const vscode = {
  discovery: 'challenge',
  resource: canonical,
  era: 'legacy',
  keepsSession: true,
  userAgent: sameAgent('node'),
} satisfies Partial<ClientRow>;

const cursorRegistration = publicClient(
  'Cursor',
  'cursor://anysphere.cursor-mcp/oauth/callback',
  'https://www.cursor.com/agents/mcp/oauth/callback',
  'http://localhost:8787/callback',
);

const cursor = {
  identity: { by: 'registration', body: cursorRegistration },
  discovery: 'well-known',
  resource: canonical,
  era: 'legacy',
  keepsSession: true,
  userAgent: sameAgent('Cursor/2.4.0 (linux x64)'),
} satisfies Partial<ClientRow>;

const inspector = {
  discovery: 'challenge',
  resource: canonical,
  era: 'legacy',
  keepsSession: true,
  userAgent: sameAgent(
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0',
  ),
} satisfies Partial<ClientRow>;

/** Every client that this server promises to connect: one row for each way it has been seen to do it. */
export const clientTable: ClientRow[] = [
  {
    name: 'Claude, registered with a secret, twice in one attempt',
    ...claude,
    identity: { by: 'registration', body: claudeRegistration, times: 2 },
    revokes: true,
  },
  {
    name: 'Claude, registered without a secret',
    ...claude,
    identity: {
      by: 'registration',
      body: {
        ...claudeRegistration,
        token_endpoint_auth_method: 'none',
        scope: 'mcp:read mcp:write offline_access',
        application_type: 'web',
      },
    },
    extra: { prompt: 'consent' },
  },
  {
    name: 'Claude, by the root paths whatever the metadata says',
    ...claude,
    discovery: 'ignored',
    identity: { by: 'registration', body: claudeRegistration },
    revokes: true,
  },
  {
    name: 'Claude, by a typed-in id and secret',
    ...claude,
    identity: { by: 'static', body: { ...claudeRegistration, client_name: 'Claude of our company' } },
  },
  {
    name: 'Claude, by its document',
    ...claude,
    identity: {
      by: 'document',
      url: 'https://claude.ai/oauth/mcp-oauth-client-metadata',
      document: publicClient(
        'Claude',
        'https://claude.ai/api/mcp/auth_callback',
        'https://claude.com/api/mcp/auth_callback',
      ),
      offered: offeredToClaude,
    },
    staleVersionHeader: true,
    revokes: true,
  },
  {
    name: 'Claude at claude.com, by its document',
    ...claude,
    redirectUri: 'https://claude.com/api/mcp/auth_callback',
    identity: {
      by: 'document',
      url: 'https://claude.ai/oauth/mcp-oauth-client-metadata',
      document: publicClient(
        'Claude',
        'https://claude.ai/api/mcp/auth_callback',
        'https://claude.com/api/mcp/auth_callback',
      ),
      offered: offeredToClaude,
    },
  },
  {
    name: 'Claude Code, registered at localhost',
    ...claudeCode,
    redirectUri: 'http://localhost:54321/callback',
    identity: {
      by: 'registration',
      body: publicClient('Claude Code (notebook)', 'http://localhost:54321/callback'),
    },
    resource: (origin) => `${origin}/`,
    revokes: true,
  },
  {
    name: 'Claude Code, registered at 127.0.0.1 and come back at another port',
    ...claudeCode,
    redirectUri: 'http://127.0.0.1:61234/callback',
    identity: {
      by: 'registration',
      body: publicClient('Claude Code (notebook)', 'http://127.0.0.1:3118/callback'),
    },
  },
  {
    name: 'Claude Code, by its document',
    ...claudeCode,
    redirectUri: 'http://localhost:49152/callback',
    identity: {
      by: 'document',
      url: 'https://claude.ai/oauth/claude-code-client-metadata',
      document: publicClient('Claude Code', 'http://localhost/callback', 'http://127.0.0.1/callback'),
      offered: offeredToClaude,
    },
  },
  {
    name: 'ChatGPT, by its document',
    ...chatgpt,
    redirectUri: 'https://chatgpt.com/connector_platform_oauth_redirect',
    identity: {
      by: 'document',
      url: 'https://chatgpt.com/oauth/client.json',
      document: publicClient('ChatGPT', 'https://chatgpt.com/connector_platform_oauth_redirect'),
      offered: offeredToChatgpt,
    },
  },
  {
    name: 'ChatGPT, by a document for this connection',
    ...chatgpt,
    redirectUri: 'https://chatgpt.com/connector/oauth/Xk2mPq7RtY9w',
    identity: {
      by: 'document',
      url: 'https://chatgpt.com/oauth/Xk2mPq7RtY9w/client.json',
      document: publicClient('ChatGPT', 'https://chatgpt.com/connector/oauth/Xk2mPq7RtY9w'),
      offered: offeredToChatgpt,
    },
  },
  {
    name: 'ChatGPT, registered',
    ...chatgpt,
    redirectUri: 'https://chatgpt.com/connector_platform_oauth_redirect',
    identity: {
      by: 'registration',
      body: publicClient('ChatGPT', 'https://chatgpt.com/connector_platform_oauth_redirect'),
    },
  },
  {
    name: 'Codex, by its document',
    discovery: 'challenge',
    redirectUri: 'http://127.0.0.1:50123/callback/q7RtY9w',
    identity: {
      by: 'document',
      url: 'https://chatgpt.com/oauth/codex/client.json',
      document: publicClient('Codex', 'http://127.0.0.1/callback', 'http://127.0.0.1/callback/q7RtY9w'),
      offered: offeredToChatgpt,
    },
    resource: canonical,
    era: 'legacy',
    keepsSession: true,
    userAgent: sameAgent('codex_cli_rs/0.60.0'),
  },
  {
    name: 'VS Code, by its document',
    ...vscode,
    redirectUri: 'http://127.0.0.1:33418/',
    identity: {
      by: 'document',
      url: 'https://vscode.dev/oauth/client-metadata.json',
      document: publicClient('Visual Studio Code', 'http://127.0.0.1:33418/', 'https://vscode.dev/redirect'),
      offered: (metadata) => metadata.client_id_metadata_document_supported === true,
    },
  },
  {
    name: 'VS Code, registered, in the browser',
    ...vscode,
    redirectUri: 'https://vscode.dev/redirect',
    identity: {
      by: 'registration',
      body: {
        ...publicClient(
          'Visual Studio Code',
          'https://insiders.vscode.dev/redirect',
          'https://vscode.dev/redirect',
          'http://127.0.0.1/',
          'http://127.0.0.1:33418/',
        ),
        client_uri: 'https://code.visualstudio.com',
        grant_types: [...codeAndRefresh.grant_types, 'urn:ietf:params:oauth:grant-type:device_code'],
        application_type: 'native',
      },
    },
  },
  {
    name: 'Cursor, sent back to the app',
    ...cursor,
    redirectUri: 'cursor://anysphere.cursor-mcp/oauth/callback',
  },
  {
    name: 'Cursor, sent back to its agents on the web',
    ...cursor,
    redirectUri: 'https://www.cursor.com/agents/mcp/oauth/callback',
  },
  {
    name: 'Cursor, sent back to its command line',
    ...cursor,
    redirectUri: 'http://localhost:8787/callback',
  },
  {
    name: 'MCP Inspector, registered',
    ...inspector,
    redirectUri: 'http://localhost:6274/oauth/callback',
    identity: {
      by: 'registration',
      body: {
        ...publicClient('MCP Inspector', 'http://localhost:6274/oauth/callback'),
        client_uri: 'https://github.com/modelcontextprotocol/inspector',
        scope: 'mcp:read mcp:write',
      },
    },
    era: 'modern',
  },
  {
    name: 'MCP Inspector, step by step in its guided flow',
    ...inspector,
    discovery: 'openid',
    redirectUri: 'http://127.0.0.1:6274/oauth/callback/debug',
    identity: {
      by: 'registration',
      body: publicClient('MCP Inspector', 'http://127.0.0.1:6274/oauth/callback/debug'),
    },
  },
  {
    name: 'Gemini CLI, registered',
    discovery: 'well-known',
    redirectUri: 'http://localhost:7777/oauth/callback',
    identity: {
      by: 'registration',
      body: { ...publicClient('Gemini CLI MCP Client', 'http://localhost:7777/oauth/callback'), scope: '' },
    },
    resource: canonical,
    era: 'legacy',
    keepsSession: true,
    userAgent: sameAgent('node'),
  },
  {
    name: 'a client of the first revision, which knows neither metadata nor resources',
    discovery: 'none',
    redirectUri: 'http://localhost:3334/oauth/callback',
    identity: {
      by: 'registration',
      body: { client_name: 'Old client', redirect_uris: ['http://localhost:3334/oauth/callback'] },
    },
    era: 'legacy',
    keepsSession: true,
    userAgent: sameAgent('node'),
  },
];
