import { spawn } from 'node:child_process';

const openers: Record<string, [command: string, ...args: string[]]> = {
  darwin: ['open'],
  // Not `start`: it would pass the URL through a shell.
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

/** Opens a URL in the browser, or with the command in `BROWSER`. Ignores failures: the URL is printed as well. */
export function openBrowser(url: string, env: Record<string, string | undefined>): void {
  const [command, ...args] = env.BROWSER ? [env.BROWSER] : (openers[process.platform] ?? ['xdg-open']);
  const child = spawn(command, [...args, url], { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}
