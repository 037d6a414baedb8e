/**
 * One instance: a process that runs functions with its own module state, like one of Vercel's machines. Started by
 * `instances.ts`. Ends on request, or when the process that started it ends.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import { type FetchHandler, invoke } from './invoke.ts';
import type { FunctionEntry } from './project.ts';
import { idle, provideRequestContext, runInContext, waitUntil } from './request-context.ts';
import { confineToTracedFiles } from './traced-files.ts';

/** The options of an instance, passed as JSON in its first argument. */
export type InstanceOptions = {
  functions: FunctionEntry[];
  /** Whether the files were compiled by Vercel's builder. */
  built: boolean;
  /** Whether to load every function before the first request. */
  preload: boolean;
};
export type ToInstance = 'close' | 'idle';
export type FromInstance = { port: number } | 'idle';

/** How long work that continues after a response may delay the end of the process. */
const closeGraceMs = 2_000;

const options: InstanceOptions = JSON.parse(process.argv[2] ?? '{}');
const functions = new Map(options.functions.map((entry) => [entry.route, entry]));
const sendToParent = (message: FromInstance) => process.send?.(message);

if (options.built) confineToTracedFiles();
provideRequestContext();

async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const entry = functions.get(String(incoming.headers['x-local-function']));
  const deadline = String(incoming.headers['x-local-deadline']);
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
  );
  try {
    if (!entry) throw new Error(`No function at ${incoming.headers['x-local-function']}`);
    const handler = await load(entry);
    await runInContext(deadline, headers, () =>
      invoke(handler, incoming, outgoing, entry.supportsCancellation),
    );
  } catch (error) {
    // A function that stops because its client disconnected has not failed.
    if (!(outgoing.destroyed && error instanceof Error && error.name === 'AbortError'))
      console.error(entry?.source, error);
    if (outgoing.headersSent) outgoing.destroy();
    else outgoing.writeHead(500, { 'x-local-failure': '1' }).end();
  }
}

/** Unwraps up to five `default` exports, as Vercel's launcher does for compiled modules. */
async function load(entry: FunctionEntry): Promise<FetchHandler> {
  let candidate: unknown = await import(pathToFileURL(entry.file).href);
  for (let depth = 0; depth < 5 && !isFetchHandler(candidate); depth += 1)
    candidate = (candidate as { default?: unknown } | undefined)?.default;
  if (!isFetchHandler(candidate)) throw new Error(`${entry.source} must export default { fetch }`);
  return candidate;
}

function isFetchHandler(value: unknown): value is FetchHandler {
  return typeof value === 'object' && value !== null && 'fetch' in value && typeof value.fetch === 'function';
}

// The front reuses connections. If this side closed one, it would look like a crash.
const server = createServer(
  { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0, maxHeaderSize: 64 * 1024 },
  (incoming, outgoing) => waitUntil(serve(incoming, outgoing)),
);
// One that does not load says so when it is requested.
if (options.preload) await Promise.allSettled([...functions.values()].map(load));
server.listen(0, '127.0.0.1', () => sendToParent({ port: (server.address() as AddressInfo).port }));

process.on('message', async (message: ToInstance) => {
  if (message === 'close') setTimeout(() => process.exit(0), closeGraceMs);
  await idle();
  if (message === 'close') process.exit(0);
  sendToParent('idle');
});
process.on('disconnect', () => process.exit(0));
// Ctrl+C reaches the whole process group. The parent decides in which order processes end.
process.on('SIGINT', () => {});
