/** `npm run bench`: measures everything and writes docs/benchmarks.md. `--quick` measures less, and prints only. */
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measureCold } from './parts/cold.ts';
import { measureCrowd } from './parts/crowd.ts';
import { measureLatency } from './parts/latency.ts';
import { countOperations } from './parts/operations.ts';
import { measureScale } from './parts/scale.ts';
import { measureStreams } from './parts/streams.ts';
import { measureWarm } from './parts/warm.ts';
import { plots } from './report/plots.ts';
import { report } from './report/report.ts';

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const { quick } = values;

/** Says on standard error what is measured, because that takes minutes. */
async function step<T>(name: string, measure: () => Promise<T>): Promise<T> {
  const started = performance.now();
  process.stderr.write(`${name} … `);
  const result = await measure();
  process.stderr.write(`${Math.round((performance.now() - started) / 1000)} s\n`);
  return result;
}

const results = {
  warm: await step('warm calls', () =>
    measureWarm(quick ? { rounds: 3, calls: 100, tools: 1 } : { rounds: 25, calls: 200, tools: 1 }),
  ),
  cold: await step('cold starts', () => measureCold({ rounds: quick ? 2 : 15 })),
  operations: await step('round trips', countOperations),
  latency: await step('added latency', () =>
    measureLatency({ rounds: quick ? 1 : 7, distances: [1, 5, 20] }),
  ),
  scale: await step('sessions', () =>
    measureScale(
      quick
        ? { sizes: [1, 1_000], rounds: 2, calls: 50 }
        : { sizes: [1, 100, 1_000, 10_000, 100_000], rounds: 9, calls: 150 },
    ),
  ),
  crowd: await step('concurrent sign-ins', () => measureCrowd({ people: quick ? 20 : 1_000 })),
  streams: await step('open streams', () => measureStreams({ streams: quick ? 20 : 200 })),
};
export type Results = typeof results;

const text = report(results);
if (quick) process.stdout.write(text);
else {
  const docs = new URL('../docs/', import.meta.url);
  await mkdir(new URL('benchmarks/', docs), { recursive: true });
  await writeFile(new URL('benchmarks.md', docs), text);
  for (const [name, svg] of Object.entries(plots(results)))
    await writeFile(new URL(`benchmarks/${name}.svg`, docs), svg);
  process.stdout.write(`Written to ${fileURLToPath(new URL('benchmarks.md', docs))}\n`);
}
