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

/** How many people failed, and what most of them were told. */
function failures({ failed, reason }: Results['crowd']): string {
  if (failed === 0) return 'Nobody failed.';
  const described = new URLSearchParams(reason.split('no code: ')[1]).get('error_description') ?? reason;
  return `${failed} got an error, most often “${described}”`;
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

\`npm run bench\` measures everything on this page and writes it. It takes about four minutes; \`npm run bench -- --quick\`
takes less than one, and prints a rougher version. No test depends on a time. The number of round trips is tested
([\`test/bench/operations.test.ts\`](../test/bench/operations.test.ts)).

Measured on ${new Date().toISOString().slice(0, 10)} with Node.js ${process.version.slice(1)} on ${cpus().length} cores (${cpus()[0]?.model.trim()}) and ${gigabytes} GB of memory, with
${packages.map((name) => `\`${name}\` ${versionOf(name)}`).join(', ')}.

**How to read the figures.** All contestants run at the same time and take turns, so that load from elsewhere affects all of
them. Ratios compare measurements of the same turn. Figures are medians, with the first and the third quartile in
parentheses. *Processor time* is what the process used (user and system), which depends less
on other load than the clock does. Compare ratios: the milliseconds depend on the machine.

## Targets

${table(['what', 'measured', 'target', ''], targetRows(results))}

## What falls short, and why

- **Cold starts.** The build bundles \`lib/\` into a few files, so what a function takes beyond a trivial one is mostly running the
  modules it needs. The landing page lists the tools. It therefore loads them, and with them zod 4, which takes longer than everything else
  that it does.
- **Warm calls.** Most of a call is spent in the SDK and in Node's HTTP server, as with the bare SDK. In addition to what
  \`mcp-handler\` does, this server checks for revocation, limits time and size, sets security headers and writes a log line, which
  alone is a tenth of a call's processor time. In the
  legacy era it also reads the session from the store, replays its \`initialize\`, and sends a stream that can be resumed.
- **Sign-in.** The caller waits for five round trips. The others run after the response: they record the approval, the sign-in and the
  connection.

## Warm calls

Tool calls over HTTP to a process that has already answered many. There is one tool, which does nothing, and the client sends
one call after the other. \`mcp-handler\` verifies an RS256 token with \`withMcpAuth\`, as its documentation shows. This server opens
its own token and checks whether it was revoked. In the legacy era (2025-11-25), this server also reads the session from the store,
over HTTP with a real Redis behind it; the others have no sessions. The bare SDKs verify nothing.

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

From the start of a new process to its first response, for every function as Vercel's own builder (\`@vercel/node\`) compiles it,
with the store and the tenant on the same machine. *Trivial* returns a constant, so it shows what Node.js itself takes.
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

A legacy call with its session, while the store holds so many sessions, all but one of other users. Each row has a server and a
store of its own. A store that has created many sessions has run longer, so its code is compiled further.

${table(
  [
    'sessions',
    'time, ms',
    'processor time of the server, ms',
    `in multiples of ${scale[0]?.sessions}`,
    '… of store and its REST server, ms',
  ],
  scale.map(({ sessions, ms, cpuMs, storeCpuMs, cpu }) => [
    sessions.toLocaleString('en'),
    spread(ms),
    spread(cpuMs),
    ratio(cpu),
    spread(storeCpuMs),
  ]),
)}

## Many people and streams

${crowd.people.toLocaleString('en')} people sign in at the same moment, each from an address of their own. One instance, the local tenant, the store
and all browsers share ${cpus().length} cores. The last was done after ${crowd.seconds.toFixed(1)} s, half of those who got tokens after ${(crowd.medianMs / 1000).toFixed(1)} s, 95% after
${(crowd.p95Ms / 1000).toFixed(1)} s. ${failures(crowd)} On Vercel, more instances would start.

${streams.streams} open streams (\`subscriptions/listen\`) of one user on one instance: each holds about ${Math.round(streams.kibPerStream)} KiB. While nothing happens, all of them
together take ${streams.idleCpuMsPerSecond.toFixed(0)} ms of processor time per second. A change reached half of the listeners after ${streams.medianMs.toFixed(0)} ms and the last one
after ${streams.lastMs.toFixed(0)} ms.
`;
}
