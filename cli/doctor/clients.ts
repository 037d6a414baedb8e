/** Claude's identities and redirect URI, which the doctor replays. */
export const claude = {
  redirectUri: 'https://claude.ai/api/mcp/auth_callback',
  /** Claude's other callback URL, which its directory requires too. */
  comRedirectUri: 'https://claude.com/api/mcp/auth_callback',
  document: 'https://claude.ai/oauth/mcp-oauth-client-metadata',
  codeDocument: 'https://claude.ai/oauth/claude-code-client-metadata',
};

/** The name of every registration that the doctor makes begins with this, to tell it from other clients. */
export const doctorName = 'MCP doctor';
