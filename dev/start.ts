/** `npm start`: the whole server on this machine, with a tenant and a store beside it. */
import { parseArgs } from 'node:util';
import { trialsIn } from './environment.ts';
import { formatLine } from './request-line.ts';
import { type Stack, type StackOptions, startStack } from './stack.ts';
import { watchSources } from './watch-sources.ts';

const usage = `Usage: npm start -- [options]

  --instances N          run N separate instances and ask them in turn, as a deployment does (default 1)
  --built                serve the functions as Vercel's own builder compiles them
  --store memory|redis   what holds the state (default memory); redis uses REDIS_URL, or starts redis-server
  --help                 show this

PORT (default 3000) is the server's; the tenant listens on PORT+1, the store on PORT+2.`;

const color = process.stdout.isTTY && process.stdout.hasColors();
const print = (text: string) => process.stdout.write(`${text}\n`);

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/** The command line and environment as options; ends with one line when they make no sense. */
function readOptions(): StackOptions {
  const { values } = parse();
  if (values.help) {
    print(usage);
    process.exit(0);
  }
  if (!/^([1-9]|[12]\d|3[0-2])$/.test(values.instances)) fail('--instances must be a number from 1 to 32');
  if (values.store !== 'memory' && values.store !== 'redis') fail('--store must be memory or redis');
  const port = process.env.PORT || '3000';
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_533)
    fail('PORT must be a number from 1 to 65533');
  return {
    port: Number(port),
    instances: Number(values.instances),
    built: values.built,
    store: values.store,
    redisUrl: process.env.REDIS_URL || undefined,
    env: trialsIn(process.env),
    onLine: (line) => print(formatLine(line, color)),
  };
}

function parse() {
  try {
    return parseArgs({
      options: {
        instances: { type: 'string', default: '1' },
        built: { type: 'boolean', default: false },
        store: { type: 'string', default: 'memory' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    // The first sentence names the option; the rest explains how to escape a dash.
    const [reason] = (error as Error).message.split('. ');
    return fail(`${reason}. See npm start -- --help`);
  }
}

async function start(options: StackOptions): Promise<Stack> {
  try {
    return await startStack(options);
  } catch (error) {
    const { code, port, message } = error as NodeJS.ErrnoException & { port?: number };
    if (code === 'EADDRINUSE') fail(`Port ${port} is taken; choose three free ones: PORT=4000 npm start`);
    return fail(message);
  }
}

const options = readOptions();
if (options.built) print('Building the functions as Vercel does (a second each, when something changed) …');
const stack = await start(options);

print(`
Connect
  Claude Code     claude mcp add --transport http notes ${stack.mcpUrl}   then /mcp to sign in
  MCP Inspector   npx @modelcontextprotocol/inspector   then enter ${stack.mcpUrl}
Sign in as        demo@example.com, password demo
Look next         lib/tools/ (write a tool; it is served as soon as you save) and README.md
`);
print(`ready ${stack.mcpUrl}`);

const watcher = options.built
  ? undefined
  : watchSources(() =>
      stack.functions.reload().then(
        () => print('reloaded'),
        (error: Error) => print(error.message),
      ),
    );

let ending = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, async () => {
    // Asked twice, a person means now; instances and Redis end with this process.
    if (ending) process.exit(1);
    ending = true;
    watcher?.close();
    await stack.close();
    process.exit(0);
  });
