/**
 * One instance: a process with its own module state that runs functions, as one of Vercel's machines does.
 * Started by `instances.ts`; it ends when asked to, or when the process that started it is gone.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import { type FetchHandler, invoke } from './invoke.ts';
import type { FunctionEntry } from './project.ts';
import { idle, keep, provideRequestContext, runInContext } from './request-context.ts';
import { confineToTracedFiles } from './traced-files.ts';

/** What an instance is started with, as JSON in its first argument. */
export type InstanceOptions = {
  functions: FunctionEntry[];
  /** Whether the files are what the builder made of the sources. */
  built: boolean;
};
export type ToInstance = 'close' | 'idle';
export type FromInstance = { port: number } | 'idle';

/** How long work that goes on after a response may hold up the end of the process, milliseconds. */
const closeGraceMs = 2_000;

const options: InstanceOptions = JSON.parse(process.argv[2] ?? '{}');
const functions = new Map(options.functions.map((entry) => [entry.route, entry]));
const tell = (message: FromInstance) => process.send?.(message);

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
    // A function that stops because its client left has not failed.
    if (!(outgoing.destroyed && error instanceof Error && error.name === 'AbortError'))
      console.error(entry?.source, error);
    if (outgoing.headersSent) outgoing.destroy();
    else outgoing.writeHead(500, { 'x-local-failure': '1' }).end();
  }
}

/** The function behind up to five `default`s, as Vercel's own launcher unwraps what compilers put around it. */
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

// The front keeps connections open between requests; closing one under it would look like a crash.
const server = createServer(
  { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0, maxHeaderSize: 64 * 1024 },
  (incoming, outgoing) => keep(serve(incoming, outgoing)),
);
server.listen(0, '127.0.0.1', () => tell({ port: (server.address() as AddressInfo).port }));

process.on('message', async (message: ToInstance) => {
  if (message === 'close') setTimeout(() => process.exit(0), closeGraceMs);
  await idle();
  if (message === 'close') process.exit(0);
  tell('idle');
});
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole process group; the parent decides in which order things end.
process.on('SIGINT', () => {});
