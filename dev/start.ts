/** `npm start`: runs the server on this machine, with a local tenant and a local store. */
import { fileURLToPath } from 'node:url';
import { styleText } from 'node:util';
import { clientLinks } from '../lib/pages/landing-clients.ts';
import { identity } from '../lib/tools/identity.ts';
import { checkProject, formatProblem, type ProjectProblem } from './check-project.ts';
import { readLocalEnvironment, shellVariables } from './environment.ts';
import { formatLine } from './request-line.ts';
import type { Stack, StackOptions } from './stack.ts';
import { readStartOptions, usage } from './start-options.ts';
import { reportTunnel, tunnelCommand } from './tunnel.ts';
import type { ViewHost } from './views/host.ts';
import { watchSources } from './watch-sources.ts';

/** Read first: the parent process may end while the stack starts. */
const parent = process.ppid;

const root = fileURLToPath(new URL('..', import.meta.url));

const color = process.stdout.isTTY && process.stdout.hasColors();
const print = (text: string): void => void process.stdout.write(`${text}\n`);

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

async function start(options: StackOptions & { port: number }): Promise<{ stack: Stack; views: ViewHost }> {
  // Loaded late, so that a mistyped option is reported at once.
  const { startStack } = await import('./stack.ts');
  const { startViewHost } = await import('./views/host.ts');
  const { ownToolPermissions } = await import('../cli/tool-permissions.ts');
  // The check of the project says what is wrong with tools that cannot be loaded.
  const permissions = await ownToolPermissions().catch(() => new Map<string, string>());
  const tenantOptions = { ...options.tenantOptions, apiPermissions: Object.fromEntries(permissions) };
  try {
    const stack = await startStack({
      ...options,
      accounts: true,
      tenantOptions,
      onLine: (line) => print(formatLine(line, color)),
    });
    return { stack, views: await startViewHost({ port: options.port + 4, mcpUrl: stack.mcpUrl }) };
  } catch (error) {
    const { code, port, message } = error as NodeJS.ErrnoException & { port?: number };
    if (code === 'EADDRINUSE')
      fail(`Port ${port} is in use. Choose another, for example: PORT=4000 npm start`);
    return fail(message);
  }
}

/** What the functions and the list of tools would fail with. */
function check(): Promise<ProjectProblem[]> {
  const env = { ...shellVariables(process.env), ...readLocalEnvironment() };
  return checkProject(root, env);
}

function report(title: string, problems: ProjectProblem[]): string {
  const text = [title, ...problems.map(formatProblem)].join('\n\n');
  return `\n${color ? styleText('red', text) : text}\n`;
}

/** Serves what was saved, unless it would fail. */
async function reload(): Promise<void> {
  const problems = await check();
  if (problems.length)
    return print(report('Not reloaded. Your last working version is still served.', problems));
  await stack.functions.reload().then(
    () => {
      print('reloaded');
      views.reload();
    },
    (error: Error) => print(error.message),
  );
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

/** The customers' organizations, and where each is reached. */
function organizationsOf({ tenant, serverUrl, port }: Stack): string {
  const rows = tenant.organizations.map(({ name, members }) => {
    const emails = tenant.users.flatMap(({ user_id, email }) => (members.has(user_id) ? [email] : []));
    return `  ${name}  ${serverUrl}/o/${name}/mcp  http://${name}.localhost:${port}/mcp\n    ${emails.join(', ')}`;
  });
  return `Organizations, and their members\n${rows.join('\n')}\n\n`;
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
// From now on: what is saved while the stack starts may have been loaded before.
const started = Promise.withResolvers<void>();
const watcher = built ? undefined : watchSources(root, () => started.promise.then(reload));
const checking = check();
if (built) {
  const problems = await checking;
  if (problems.length) fail(report('Not built.', problems));
  print('Building the functions as Vercel does. This takes a second per function, if something changed …');
}
const { stack, views } = await start({ ...asked.stack, preload: !built });
const problems = await checking;

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

${stack.provider ? `Accounts to connect, at a stand-in for Google\n${stack.provider.accounts.map(({ email }) => `  ${email}`).join('\n')}\n\n` : ''}${stack.tenant.organizations.length ? organizationsOf(stack) : ''}${stack.identityProvider ? `Identity provider of a company\n  ${stack.identityProvider.issuer}  ada@acme.example, password ada\n\n` : ''}Write a tool
  Edit lib/tools/. Changes are served as soon as you save. README.md explains the rest.
  See the views of your tools at ${views.url}

Requests appear below. Press Ctrl+C to stop.
`);
if (problems.length) print(report('This cannot be served until you fix it:', problems));

let ending = false;
async function end(): Promise<void> {
  // A second signal means now. Instances and Redis end with this process.
  if (ending) process.exit(1);
  ending = true;
  watcher?.close();
  await views.close();
  await stack.close();
  process.exit(0);
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, end);
// Only now: whoever waits for this line may end the process at once.
print(`ready ${stack.mcpUrl}`);
started.resolve();
if (publicOrigin) void reportTunnel(publicOrigin, stack.port, print);

// npm forwards a signal only to the shell between us. When that shell ends, this process has a new parent.
if (process.env.npm_lifecycle_event === 'start')
  setInterval(() => process.ppid !== parent && !ending && end(), 250).unref();
