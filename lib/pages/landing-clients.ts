/** Links and commands that add this server to an app. */
export type ClientLinks = {
  claude: string;
  claudeCode: string;
  chatgpt: string;
  vscode: string;
  cursor: string;
};

/**
 * Builds the links and commands that add a server to each app, as the app's own documentation describes them.
 *
 * @param name what the server is called in commands and configurations.
 * @param url the MCP endpoint.
 * @param title what the server is called where people read it. Default: the name.
 */
export function clientLinks(name: string, url: string, title = name): ClientLinks {
  const claude = new URLSearchParams({
    modal: 'add-custom-connector',
    connectorName: title,
    connectorUrl: url,
  });
  const cursor = new URLSearchParams({ name, config: btoa(JSON.stringify({ url })) });
  return {
    // Claude documentation, "Directory vs custom connectors": install links.
    claude: `https://claude.ai/customize/connectors?${claude}`,
    claudeCode: `claude mcp add --transport http ${commandName(name)} ${url}`,
    // OpenAI documentation, "ChatGPT developer mode": no link can include the URL.
    chatgpt: 'https://chatgpt.com/#settings/Connectors',
    // VS Code documentation, "MCP developer guide": URL handler.
    vscode: `vscode:mcp/install?${encodeURIComponent(JSON.stringify({ name, type: 'http', url }))}`,
    // Cursor documentation, "MCP install links".
    cursor: `cursor://anysphere.cursor-deeplink/mcp/install?${cursor}`,
  };
}

/** A name that a shell takes as one word and Claude Code as a server's name: letters, digits and `-`. */
function commandName(name: string): string {
  return name.match(/[A-Za-z0-9]+/g)?.join('-') ?? 'server';
}
