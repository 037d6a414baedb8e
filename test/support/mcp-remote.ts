import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { signIn } from './browser-user.ts';

const program = fileURLToPath(new URL('../../node_modules/mcp-remote/dist/proxy.js', import.meta.url));

/** mcp-remote as desktop apps run it: a process that speaks stdio to the app, and OAuth and HTTP to the server. */
export type McpRemote = {
  /** Starts the process and connects. Its user signs in if it asks. */
  start(): Promise<Client>;
  /** How often it has sent its user to sign in. */
  signIns(): number;
  /** Removes what it kept on disk. */
  remove(): void;
};

/** @param env variables of the process besides its own. */
export function mcpRemote(mcpUrl: string, env: Record<string, string> = {}): McpRemote {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-remote-'));
  let signIns = 0;
  return {
    async start() {
      const transport = new StdioClientTransport({
        command: process.execPath,
        args: [program, mcpUrl, '--transport', 'http-only'],
        env: {
          ...env,
          HOME: folder,
          MCP_REMOTE_CONFIG_DIR: folder,
          BROWSER: '/bin/true',
          PATH: '/usr/bin:/bin',
        },
        stderr: 'pipe',
      });
      let asked = false;
      const { stderr } = transport;
      if (stderr instanceof Readable)
        createInterface({ input: stderr }).on('line', (line) => {
          if (asked && URL.canParse(line)) {
            signIns += 1;
            // It waits for the browser at a port of its own.
            void signIn(line).then((callback) => fetch(callback));
          }
          asked = line.startsWith('Please authorize this client');
        });
      const client = new Client({ name: 'desktop-app', version: '1.0.0' });
      await client.connect(transport);
      return client;
    },
    signIns: () => signIns,
    remove: () => rmSync(folder, { recursive: true }),
  };
}
