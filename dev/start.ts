/** `npm start`: runs the server on this machine, with a local tenant and a local store. */
import { clientLinks } from '../lib/pages/landing-clients.ts';
import { identity } from '../lib/tools/identity.ts';
import { formatLine } from './request-line.ts';
import type { Stack, StackOptions } from './stack.ts';
import { readStartOptions, usage } from './start-options.ts';
import { reportTunnel, tunnelCommand } from './tunnel.ts';
import { watchSources } from './watch-sources.ts';

/** Read first: the parent process may end while the stack starts. */
const parent = process.ppid;

const color = process.stdout.isTTY && process.stdout.hasColors();
const print = (text: string) => process.stdout.write(`${text}\n`);

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

async function start(options: StackOptions): Promise<Stack> {
  // Loaded late, so that a mistyped option is reported at once.
  const { startStack } = await import('./stack.ts');
  try {
    return await startStack({ ...options, onLine: (line) => print(formatLine(line, color)) });
  } catch (error) {
    const { code, port, message } = error as NodeJS.ErrnoException & { port?: number };
    if (code === 'EADDRINUSE')
      fail(`Port ${port} is in use. Choose another, for example: PORT=4000 npm start`);
    return fail(message);
  }
}

/** Who can sign in with a password, and what they may grant. */
function accounts({ tenant }: Stack): string {
  const rows = tenant.users.flatMap(({ email, password, permissions }) =>
    password === undefined ? [] : [{ email, password, may: permissions?.join(', ') ?? 'every permission' }],
  );
  const width = Math.max(...rows.map(({ email }) => email.length));
  return rows
    .map(({ email, password, may }) => `  ${email.padEnd(width)}  password ${password.padEnd(6)}  ${may}`)
    .join('\n');
}

/** How to connect a hosted assistant through a tunnel. */
function publicAccess(publicOrigin: string, port: number): string {
  const url = `${publicOrigin}/mcp`;
  return `
Anyone can reach it at ${url} while this tunnel runs:
  ${tunnelCommand(port)}

Connect a hosted assistant
  Claude         ${clientLinks(identity.name, url, identity.title).claude}
  ChatGPT        In Settings → Apps, turn on developer mode under Advanced, then create an app with
                 ${url}
Sign in with a browser on this machine, because the sign-in page is on localhost.
`;
}

const asked = readStartOptions(process.argv.slice(2), process.env);
if ('refusal' in asked) fail(asked.refusal);
if ('help' in asked) {
  print(usage);
  process.exit(0);
}
const { built, publicOrigin } = asked.stack;
if (built)
  print('Building the functions as Vercel does. This takes a second per function, if something changed …');
const stack = await start(asked.stack);

print(`
Your MCP server runs at ${stack.mcpUrl}
${publicOrigin ? publicAccess(publicOrigin, stack.port) : ''}
Connect a client
  Claude Code    ${clientLinks(identity.name, stack.mcpUrl).claudeCode}
                 Then run /mcp in Claude Code to sign in.
  MCP Inspector  npx @modelcontextprotocol/inspector
                 Then enter the URL above.

Sign in as
${accounts(stack)}

${stack.identityProvider ? `Identity provider of a company\n  ${stack.identityProvider.issuer}  ada@acme.example, password ada\n\n` : ''}Write a tool
  Edit lib/tools/. Changes are served as soon as you save. README.md explains the rest.

Requests appear below. Press Ctrl+C to stop.
`);
print(`ready ${stack.mcpUrl}`);
if (publicOrigin) void reportTunnel(publicOrigin, stack.port, print);

const watcher = built
  ? undefined
  : watchSources(() =>
      stack.functions.reload().then(
        () => print('reloaded'),
        (error: Error) => print(error.message),
      ),
    );

let ending = false;
async function end(): Promise<void> {
  // A second signal means now. Instances and Redis end with this process.
  if (ending) process.exit(1);
  ending = true;
  watcher?.close();
  await stack.close();
  process.exit(0);
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, end);

// npm forwards a signal only to the shell between us. When that shell ends, this process has a new parent.
if (process.env.npm_lifecycle_event === 'start')
  setInterval(() => process.ppid !== parent && !ending && end(), 250).unref();
