/** The name that the dashboard shows for what setup creates. Auth0 does not allow `<` or `>` in it. */
export function displayName(identifier: string): string {
  const host = URL.parse(identifier)?.host ?? identifier;
  return `MCP server ${host.replace(/[<>]/g, '').slice(0, 100)}`;
}
