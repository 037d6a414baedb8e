import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { listenOnLoopback } from '../vercel/loopback.ts';
import { contentSecurityPolicy, declaredCsp } from './csp.ts';
import { bundle } from './esbuild.ts';

export type ViewHost = {
  /** The page that shows views, without a trailing slash. */
  url: string;
  /** Makes every open page show its view anew. */
  reload(): void;
  close(): Promise<void>;
};

const page = (name: string) => fileURLToPath(new URL(`./page/${name}`, import.meta.url));

/**
 * Serves a page that shows any tool's view as a client with MCP Apps would: the official `app-bridge`, the view in a
 * frame of another origin, with the Content Security Policy that it declared. The user signs in to the server as in any
 * client.
 *
 * @param port 0 takes a free one. Rejects with `EADDRINUSE` if it is in use.
 */
export async function startViewHost({ port, mcpUrl }: { port: number; mcpUrl: string }): Promise<ViewHost> {
  const loopback = await listenOnLoopback(port);
  const listeners = new Set<ServerResponse>();
  const origin = `http://localhost:${loopback.port}`;
  // A different host name is a different origin, and needs no second port.
  const sandboxOrigin = `http://127.0.0.1:${loopback.port}`;
  const settings = JSON.stringify({ mcpUrl, sandboxOrigin });

  const respond = async ({ url = '/' }: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(url, origin);
    const send = (type: string, body: string, headers: Record<string, string> = {}) =>
      void response
        .writeHead(200, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store', ...headers })
        .end(body);
    switch (pathname) {
      case '/':
        return send('text/html', await readFile(page('host.html'), 'utf8'));
      case '/host.css':
        return send('text/css', await readFile(page('host.css'), 'utf8'));
      case '/settings.json':
        return send('application/json', settings);
      case '/host.js':
        return send('text/javascript', await script('host.ts'));
      case '/sandbox':
        return send('text/html', await readFile(page('sandbox.html'), 'utf8'), {
          'content-security-policy': contentSecurityPolicy(
            declaredCsp.parse(JSON.parse(searchParams.get('csp') ?? '{}')),
          ),
        });
      case '/sandbox.js':
        return send('text/javascript', await script('sandbox.ts'));
      case '/reloads':
        response
          .writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
          .flushHeaders();
        listeners.add(response);
        return void response.once('close', () => listeners.delete(response));
      default:
        response.writeHead(404).end();
    }
  };
  loopback.serve((request, response) => {
    respond(request, response).catch((error: Error) => response.writeHead(500).end(error.message));
  });
  return {
    url: origin,
    reload: () => {
      for (const listener of listeners) listener.write('data: reload\n\n');
    },
    close: loopback.close,
  };
}

const scripts = new Map<string, Promise<string>>();

/** A script of the page, bundled when it is first asked for. */
function script(name: string): Promise<string> {
  const bundled = scripts.get(name) ?? bundleScript(name);
  scripts.set(name, bundled);
  return bundled;
}

async function bundleScript(name: string): Promise<string> {
  const { outputFiles } = await bundle({ entryPoints: [page(name)] });
  return outputFiles[0]?.text ?? '';
}
