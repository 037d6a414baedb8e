/** `npm start`: the whole server on this machine, with a tenant and a store beside it. */
import { clientLinks } from '../lib/pages/landing-clients.ts';
import { identity } from '../lib/tools/identity.ts';
import { formatLine } from './request-line.ts';
import type { Stack, StackOptions } from './stack.ts';
import { readStartOptions, usage } from './start-options.ts';
import { watchSources } from './watch-sources.ts';

/** Before anything takes time, in which it might go away. */
const parent = process.ppid;

const color = process.stdout.isTTY && process.stdout.hasColors();
const print = (text: string) => process.stdout.write(`${text}\n`);

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

async function start(options: StackOptions): Promise<Stack> {
  // Loaded late, so that a mistyped option is answered at once.
  const { startStack } = await import('./stack.ts');
  try {
    return await startStack({ ...options, onLine: (line) => print(formatLine(line, color)) });
  } catch (error) {
    const { code, port, message } = error as NodeJS.ErrnoException & { port?: number };
    if (code === 'EADDRINUSE') fail(`Port ${port} is taken; choose three free ones: PORT=4000 npm start`);
    return fail(message);
  }
}

const asked = readStartOptions(process.argv.slice(2), process.env);
if ('refusal' in asked) fail(asked.refusal);
if ('help' in asked) {
  print(usage);
  process.exit(0);
}
const { built } = asked.stack;
if (built) print('Building the functions as Vercel does (a second each, when something changed) …');
const stack = await start(asked.stack);

print(`
Connect
  Claude Code     ${clientLinks(identity.name, stack.mcpUrl).claudeCode}   then /mcp to sign in
  MCP Inspector   npx @modelcontextprotocol/inspector   then enter ${stack.mcpUrl}
Sign in as        demo@example.com, password demo
Look next         lib/tools/ (write a tool; it is served as soon as you save) and README.md
`);
print(`ready ${stack.mcpUrl}`);

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
  // Asked twice, a person means now; instances and Redis end with this process.
  if (ending) process.exit(1);
  ending = true;
  watcher?.close();
  await stack.close();
  process.exit(0);
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, end);

// npm passes a signal on to the shell between us, which dies of it without a word: then we have lost our parent.
if (process.env.npm_lifecycle_event === 'start')
  setInterval(() => process.ppid !== parent && !ending && end(), 250).unref();
