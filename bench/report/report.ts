import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { tenantMs } from '../parts/latency.ts';
import type { Results } from '../run.ts';
import type { Spread } from '../statistics.ts';
import { table } from './table.ts';
import { targetRows } from './targets.ts';

const spread = ({ median, low, high }: Spread, digits = 2) =>
  `${median.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
const ratio = (value: Spread) =>
  `${value.median.toFixed(2)}× (${value.low.toFixed(2)} to ${value.high.toFixed(2)})`;

function versionOf(name: string): string {
  const file = new URL(`../../node_modules/${name}/package.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')).version;
}

/** The whole of docs/benchmarks.md. */
export function report(results: Results): string {
  const { warm, cold, operations, latency, scale, crowd, streams } = results;
  const packages = [
    '@modelcontextprotocol/server',
    '@modelcontextprotocol/sdk',
    'mcp-handler',
    'zod',
    '@vercel/node',
  ];
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `# Benchmarks

\`npm run bench\` measures everything on this page and writes it. It takes about ten minutes; \`npm run bench -- --quick\`
takes less than one, and prints a rougher version. No test depends on a time. The number of round trips is tested
([\`test/bench/operations.test.ts\`](../test/bench/operations.test.ts)).

Measured on ${new Date().toISOString().slice(0, 10)} with Node.js ${process.version.slice(1)} on ${cpus().length} cores (${cpus()[0]?.model.trim()}) and ${gigabytes} GB of memory, with
${packages.map((name) => `\`${name}\` ${versionOf(name)}`).join(', ')}.

**How to read the figures.** All contestants run in one session and take turns, so that a busy moment of the machine counts
for all of them. Ratios are taken within each turn. Figures are medians, with the first and the third quartile in
parentheses. *Processor time* is what the process used (user and system), which other work on the machine changes less than
the clock. Compare ratios; the milliseconds belong to this machine.

## Targets

${table(['what', 'measured', 'target', ''], targetRows(results))}

## What falls short, and why

- **Cold starts.** A function's own share is mostly Node's ESM loader: it takes about half a millisecond for each file, and an
  OAuth function loads 60 to 75. Bundled into one file with esbuild, the same functions took a third of that share: by
  processor time 1.4× (register), 1.6× (token), 1.5× (authorize, callback) and 1.7× (landing) of a trivial one. Vercel deploys the files that a
  function imports as they are, and a build command that bundles them first could not be tried against Vercel itself, so it is not
  done. The landing page also loads the tools, and with them the whole of zod 4.
- **Warm calls.** Three quarters of a modern call are spent in the SDK and in Node's HTTP server, as with the bare SDK. What this server
  adds and \`mcp-handler\` does not: one log line for each request, the check of a revocation, the limits of time and size, and
  its answers' security headers. In the legacy era it also replays the session's \`initialize\`, asks the store, and sends the answer
  as a stream that can be resumed.
- **Sign-in.** A person waits for five round trips; four more note the approval, the sign-in, the profile and the connection after the
  answers. Each rate limit runs three commands in one script.
- **Registration of a known client.** The third round trip counts how often the client was registered, in its first hour only, so that nobody
  can delete a client that others use.

## Warm calls

A tool call over HTTP to a process that has answered many: one tool that does nothing, a client that sends one call after the
other. \`mcp-handler\` verifies an RS256 token with \`withMcpAuth\`, as its documentation shows; this server opens its own
token, checks revocations, counts limits and writes its log line. In the legacy era (2025-11-25), this server also reads the session from
the store, over HTTP, with a real Redis behind it; the others have no sessions. The bare SDKs verify nothing.

![Processor time of a warm call](benchmarks/warm-calls.svg)

${table(
  ['contestant', 'processor time, ms', 'time, ms'],
  warm.contestants.map(({ name, cpuMs, ms }) => [name, spread(cpuMs), spread(ms)]),
)}

${table(
  ['throughput of', 'in multiples of', 'by processor time', 'by the clock'],
  warm.ratios.map(({ name, of, cpu, wall }) => [name, of, ratio(cpu), ratio(wall)]),
)}

## Cold starts

From the start of a new process to its first answer, for every function as Vercel's own builder (\`@vercel/node\`) compiles it,
with the store and the tenant on the same machine. *Trivial* answers a constant: it is what Node.js costs every function.
Vercel's own time to start a machine is not included. Files and bytes are what is deployed for the function.

![Cold starts](benchmarks/cold-starts.svg)

${table(
  [
    'function and request',
    'files',
    'bytes',
    'processor time, ms',
    'in multiples of',
    'by processor time',
    'by the clock',
  ],
  cold.map(({ name, files, bytes, cpuMs, of, cpu, wall }) => [
    name,
    String(files),
    `${(bytes / 1e6).toFixed(2)} MB`,
    spread(cpuMs, 0),
    of,
    ratio(cpu),
    ratio(wall),
  ]),
)}

## Round trips

What each operation asks of the store and of the tenant. Some of it happens after the answer, so nobody waits for it, but
Upstash counts the commands.

${table(
  ['operation', 'round trips', 'of these before the answer', 'commands', 'calls to the tenant'],
  operations.map(({ name, roundTrips, awaited, commands, tenantCalls }) => [
    name,
    ...[roundTrips, awaited, commands, tenantCalls].map(String),
  ]),
)}

## Added latency

What a person waits for, in milliseconds, with the store further away and the tenant ${tenantMs} ms away. A sign-in is every request
from the authorization URL to the tokens, with the consent page and the tenant's login, filled in at once.

![Added latency](benchmarks/latency.svg)

${table(
  ['operation', ...latency.map(({ storeMs }) => `store ${storeMs} ms away`)],
  (latency[0]?.operations ?? []).map(({ name }, index) => [
    name,
    ...latency.map(({ operations: each }) => {
      const measured = each[index];
      return measured ? spread(measured.ms, 0) : '';
    }),
  ]),
)}

## Many sessions

A legacy call with its session, while the store holds more and more sessions of other users.

${table(
  ['sessions', 'time, ms', 'processor time of the server, ms', '… of store and its REST server, ms'],
  scale.map(({ sessions, ms, cpuMs, storeCpuMs }) => [
    sessions.toLocaleString('en'),
    spread(ms),
    spread(cpuMs),
    spread(storeCpuMs),
  ]),
)}

## Many people and streams

${crowd.people.toLocaleString('en')} people signed in at the same moment, each from an address of their own, on one instance that shares ${cpus().length} cores with
the local tenant, the store and all the browsers: ${crowd.failed} failed. All were done after ${crowd.seconds.toFixed(1)} s, half of them after
${(crowd.medianMs / 1000).toFixed(1)} s, 95% after ${(crowd.p95Ms / 1000).toFixed(1)} s. On Vercel, each of them would get an instance as needed.

${streams.streams} open streams (\`subscriptions/listen\`) of one user on one instance: each holds about ${Math.round(streams.kibPerStream)} KiB. While nothing happens, all of them
together take ${streams.idleCpuMsPerSecond.toFixed(0)} ms of processor time per second. A change reached half of the listeners after ${streams.medianMs.toFixed(0)} ms and the last one
after ${streams.lastMs.toFixed(0)} ms.
`;
}
