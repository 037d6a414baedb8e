/**
 * Documents of clients that many people use, as published in November 2026, for when fetching fails: bot
 * walls before some of these sites turn data centres away. Only what is certain is listed; a fetched document
 * always goes first.
 */
export const wellKnownClients: ReadonlyMap<string, { client_name: string; redirect_uris: string[] }> =
  new Map([
    [
      'https://claude.ai/oauth/mcp-oauth-client-metadata',
      {
        client_name: 'Claude',
        redirect_uris: [
          'https://claude.ai/api/mcp/auth_callback',
          'https://claude.com/api/mcp/auth_callback',
        ],
      },
    ],
    [
      'https://claude.ai/oauth/claude-code-client-metadata',
      {
        client_name: 'Claude Code',
        redirect_uris: ['http://localhost/callback', 'http://127.0.0.1/callback'],
      },
    ],
    [
      'https://chatgpt.com/oauth/client.json',
      {
        client_name: 'ChatGPT',
        redirect_uris: ['https://chatgpt.com/connector_platform_oauth_redirect'],
      },
    ],
    [
      'https://vscode.dev/oauth/client-metadata.json',
      {
        client_name: 'Visual Studio Code',
        redirect_uris: ['http://127.0.0.1:33418/', 'https://vscode.dev/redirect'],
      },
    ],
  ]);
