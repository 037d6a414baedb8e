import { spawn } from 'node:child_process';

type Env = Record<string, string | undefined>;

const openers: Record<string, [command: string, ...args: string[]]> = {
  darwin: ['open'],
  // Not `start`: it would pass the URL through a shell.
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

/** Returns what shows the URL of a sign-in and, with `open`, opens it in the browser. */
export function presentSignIn(say: (text: string) => void, open: boolean, env: Env): (url: string) => void {
  return (url) => {
    say(`\nSign in here${open ? ' (your browser opens)' : ''}:\n${url}\n\n`);
    if (open) openBrowser(url, env);
  };
}

/** Opens a URL in the browser, or with the command in `BROWSER`. Ignores failures: the URL is printed as well. */
function openBrowser(url: string, env: Env): void {
  const [command, ...args] = env.BROWSER ? [env.BROWSER] : (openers[process.platform] ?? ['xdg-open']);
  const child = spawn(command, [...args, url], { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}
