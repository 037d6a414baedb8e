import { Client, StreamableHTTPClientTransport, type Tool } from '@modelcontextprotocol/client';
import {
  AppBridge,
  buildAllowAttribute,
  getToolUiResourceUri,
  PostMessageTransport,
  RESOURCE_MIME_TYPE,
} from '@modelcontextprotocol/ext-apps/app-bridge';
import { z } from 'zod';
import { finishSignIn, isSignedIn, provider, signIn } from './sign-in.ts';

const settings = z
  .object({ mcpUrl: z.string(), sandboxOrigin: z.string() })
  .parse(await (await fetch('/settings.json')).json());

/** What a view's resource declares. The sandbox's server checks the origins. */
const viewMeta = z.looseObject({
  ui: z.looseObject({ csp: z.unknown().optional(), permissions: z.unknown().optional() }),
});

const byId = <T extends HTMLElement>(id: string, type: new () => T): T => {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`There is no ${id}`);
  return found;
};
const toolChoice = byId('tool', HTMLSelectElement);
const args = byId('arguments', HTMLInputElement);
const era = byId('era', HTMLSelectElement);
const theme = byId('theme', HTMLSelectElement);
const width = byId('width', HTMLSelectElement);
const frame = byId('frame', HTMLDivElement);
const status = byId('status', HTMLParagraphElement);
const signInButton = byId('sign-in', HTMLButtonElement);
const messages = byId('messages', HTMLOListElement);

let tools: Tool[] = [];
let bridge: AppBridge | undefined;
let supersede = () => {};

/** Each call of a tool gets a connection of its own, so it sees the server as it was saved last. */
async function connect(): Promise<Client> {
  const client = new Client(
    { name: 'views', version: '1' },
    {
      capabilities: { extensions: { 'io.modelcontextprotocol/ui': { mimeTypes: [RESOURCE_MIME_TYPE] } } },
      versionNegotiation: { mode: era.value === 'legacy' ? 'legacy' : 'auto' },
    },
  );
  await client.connect(
    new StreamableHTTPClientTransport(new URL(settings.mcpUrl), { authProvider: provider }),
  );
  return client;
}

/** Lists the tools that have a view, and shows the chosen one. */
async function show(): Promise<void> {
  const client = await connect();
  tools = (await client.listTools()).tools.filter((tool) => getToolUiResourceUri(tool));
  const chosen = toolChoice.value || sessionStorage.getItem('tool');
  toolChoice.replaceChildren(...tools.map(({ name }) => new Option(name, name, false, name === chosen)));
  const tool = tools.find(({ name }) => name === toolChoice.value);
  if (tool) await showView(client, tool);
  else status.textContent = 'No tool of this server has a view.';
}

async function showView(client: Client, tool: Tool): Promise<void> {
  sessionStorage.setItem('tool', tool.name);
  sessionStorage.setItem('arguments', args.value);
  sessionStorage.setItem('era', era.value);
  const uri = getToolUiResourceUri(tool) ?? '';
  const { contents } = await client.readResource({ uri });
  const [content] = contents;
  if (!content || !('text' in content) || content.mimeType !== RESOURCE_MIME_TYPE)
    throw new Error(`${uri} is not a view`);
  const { ui } = viewMeta.parse(content._meta);
  const permissions = ui.permissions as Parameters<typeof buildAllowAttribute>[0];

  // One that failed does not answer.
  await bridge?.teardownResource({}, { timeout: 500 }).catch(() => {});
  await bridge?.close();
  const sandbox = document.createElement('iframe');
  sandbox.title = tool.title ?? tool.name;
  sandbox.sandbox.value = 'allow-scripts allow-same-origin';
  const allow = buildAllowAttribute(permissions);
  if (allow) sandbox.allow = allow;
  sandbox.src = `${settings.sandboxOrigin}/sandbox?csp=${encodeURIComponent(JSON.stringify(ui.csp ?? {}))}`;
  // `no-referrer` and the like would hide from the sandbox whom it may talk to.
  sandbox.referrerPolicy = 'origin';
  frame.style.width = width.value;
  frame.replaceChildren(sandbox);
  if (!sandbox.contentWindow) throw new Error('The frame has no window');

  const current = new AppBridge(
    client,
    { name: 'Views on this machine', version: '1' },
    { openLinks: {}, serverTools: {}, serverResources: {}, logging: {} },
    { hostContext: { theme: chosenTheme(), displayMode: 'inline', platform: 'web' } },
  );
  bridge = current;
  const ready = new Promise<void>((resolve) => current.addEventListener('initialized', () => resolve()));
  current.addEventListener('sandboxready', () =>
    current.sendSandboxResourceReady({ html: content.text, ...(permissions && { permissions }) }),
  );
  current.addEventListener('sizechange', ({ height }) => {
    if (height !== undefined) sandbox.style.height = `${Math.ceil(height)}px`;
  });
  current.addEventListener('loggingmessage', ({ data }) => note(`log ${JSON.stringify(data)}`));
  current.onopenlink = async ({ url }) => {
    window.open(url, '_blank', 'noopener');
    return {};
  };
  await current.connect(new PostMessageTransport(sandbox.contentWindow, sandbox.contentWindow));
  status.textContent = `Waiting for the view of ${tool.name}. If it does not appear, see the console of the browser.`;
  await Promise.race([ready, superseded()]);

  const input = z.record(z.string(), z.unknown()).parse(JSON.parse(args.value));
  await current.sendToolInput({ arguments: input });
  const result = await client.callTool({ name: tool.name, arguments: input });
  await current.sendToolResult(result);
  note(
    `${tool.name} ${JSON.stringify(input)} → ${JSON.stringify(result.structuredContent ?? result.content)}`,
  );
  status.textContent = `${tool.name} at ${settings.mcpUrl}, revision ${client.getNegotiatedProtocolVersion()}`;
}

function note(text: string): void {
  const item = document.createElement('li');
  item.textContent = text;
  messages.append(item);
}

const chosenTheme = () => (theme.value === 'dark' ? 'dark' : 'light');

/** Rejects as soon as something else is to run: a view that fails never gets ready. */
function superseded(): Promise<never> {
  return new Promise((_, reject) => {
    supersede = () => reject(new Error('Superseded'));
  });
}
/** Runs one thing after the other, and says what went wrong. */
let last = Promise.resolve();
function run(work: () => Promise<void>): void {
  supersede();
  last = last.then(work).catch((error: Error) => {
    status.textContent = error.message;
    signInButton.hidden = isSignedIn();
  });
}

byId('run', HTMLButtonElement).addEventListener('click', () => run(show));
for (const choice of [toolChoice, era]) choice.addEventListener('change', () => run(show));
signInButton.addEventListener('click', () => run(() => signIn(settings.mcpUrl)));
width.addEventListener('change', () => {
  frame.style.width = width.value;
});
theme.addEventListener('change', () => {
  document.documentElement.style.colorScheme = chosenTheme();
  void bridge?.sendHostContextChange({ theme: chosenTheme() });
});
theme.value = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
// The address may name what to show. It is remembered while the user signs in.
for (const [name, value] of new URL(location.href).searchParams)
  if (['tool', 'arguments', 'era'].includes(name)) sessionStorage.setItem(name, value);
args.value = sessionStorage.getItem('arguments') ?? '{}';
era.value = sessionStorage.getItem('era') ?? 'auto';
new EventSource('/reloads').addEventListener('message', () => run(show));

run(async () => {
  await finishSignIn(settings.mcpUrl);
  if (isSignedIn()) return show();
  status.textContent = 'Sign in to call tools.';
  signInButton.hidden = false;
});
