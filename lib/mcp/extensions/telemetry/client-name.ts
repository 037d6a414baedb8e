/** Clients by what their user agent contains, in the names that Vercel's page shows. The first match counts. */
const byUserAgent: readonly (readonly [RegExp, string])[] = [
  [/claude-code/i, 'claude-code'],
  [/^claude-user\b/i, 'claude'],
  [/^openai-mcp\b/i, 'chatgpt'],
  [/codex/i, 'codex'],
  [/^cursor\b/i, 'cursor'],
  [/visual studio code|vscode|copilot/i, 'vscode'],
  [/windsurf/i, 'windsurf'],
  [/gemini/i, 'gemini'],
  [/^v0\b/i, 'v0'],
  [/mcp-inspector/i, 'mcp-inspector'],
  [/^(node|undici|axios|curl|python-(httpx|requests)|aiohttp|go-http-client|okhttp|java)\b/i, 'http-library'],
];

const longestRead = 256;

/** One of few names for a client, `other` if it is none of them. What clients send would be as many names as they like. */
export function clientName(userAgent: string | null): string {
  const read = userAgent?.slice(0, longestRead) ?? '';
  return byUserAgent.find(([pattern]) => pattern.test(read))?.[1] ?? 'other';
}
