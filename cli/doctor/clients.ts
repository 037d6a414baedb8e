/** Claude's own identities and redirect URIs, as the doctor replays them. */
export const claude = {
  redirectUri: 'https://claude.ai/api/mcp/auth_callback',
  document: 'https://claude.ai/oauth/mcp-oauth-client-metadata',
  codeDocument: 'https://claude.ai/oauth/claude-code-client-metadata',
};

/** Every registration of the doctor's begins with this, so that it is told from other clients'. */
export const doctorName = 'MCP doctor';
