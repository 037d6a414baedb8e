/** `npm run soak`: see `options.ts`. */
import { setTimeout as delay } from 'node:timers/promises';
import { startStack } from '../../dev/stack.ts';
import { type Behaviour, clientBehaviours, type Random } from './behaviours.ts';
import { type Measurements, percentile, startMeasuring } from './measurements.ts';
import { type Options, readOptions, usage } from './options.ts';

/** The last instance is killed now and then. The others show how memory and handles develop. */
const instances = 3;

/** Think time of a client between two operations, in milliseconds. Keeps within the rate limits of one address. */
const pauseMs = 250;

const print = (text: string) => process.stdout.write(`${text}\n`);

/** Mulberry32: small, and good enough to choose what comes next. */
function randomFrom(seed: number): Random {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

function pick(behaviours: Behaviour[], random: Random): Behaviour | undefined {
  let left = random(behaviours.reduce((sum, { weight }) => sum + weight, 0));
  return behaviours.find(({ weight }) => {
    left -= weight;
    return left < 0;
  });
}

/** Runs an operation, once more if it failed: a client does so too, and an instance may have been killed. */
async function runOnce({ name, run }: Behaviour, measurements: Measurements): Promise<void> {
  const started = performance.now();
  const note = (outcome: 'ok' | 'ok after a retry' | 'failed') =>
    measurements.note({ name, ms: performance.now() - started, outcome });
  try {
    await run();
    note('ok');
  } catch (first) {
    measurements.noteReason(`tried again: ${name}: ${(first as Error).message.slice(0, 100)}`);
    await run().then(
      () => note('ok after a retry'),
      (error: Error) => {
        note('failed');
        measurements.noteReason(`failed: ${name}: ${error.message.slice(0, 200)}`);
      },
    );
  }
}

/** What broke a threshold, in words. */
function problemsOf({ ended, samples }: Measurements, options: Options): string[] {
  const problems: string[] = [];
  const failed = ended.filter(({ outcome }) => outcome === 'failed').length;
  const errorRate = failed / Math.max(1, ended.length);
  if (ended.length === 0) problems.push('nothing was done');
  if (errorRate > options.maxErrorRate) problems.push(`error rate ${errorRate.toFixed(4)}`);
  const p99Ms = percentile(
    ended.map(({ ms }) => ms),
    0.99,
  );
  if (p99Ms > options.maxP99Ms) problems.push(`99th percentile ${p99Ms.toFixed(0)} ms`);
  const settled = samples.slice(Math.floor(samples.length / 3));
  for (const [index, lastMb] of settled.at(-1)?.memoryMb.entries() ?? []) {
    const growthMb = lastMb - (settled[0]?.memoryMb[index] ?? lastMb);
    if (growthMb > options.maxGrowthMb) problems.push(`memory of instance ${index} grew by ${growthMb} MB`);
  }
  for (const [index, last] of settled.at(-1)?.handles.entries() ?? []) {
    const growth = last - (settled[0]?.handles[index] ?? last);
    if (growth > 100) problems.push(`instance ${index} has ${growth} more handles`);
  }
  return problems;
}

function summary({ ended, reasons }: Measurements): string {
  const names = [...new Set(ended.map(({ name }) => name))].sort();
  const rows = names.map((name) => {
    const own = ended.filter((each) => each.name === name);
    const times = own.map(({ ms }) => ms);
    const count = (outcome: string) => own.filter((each) => each.outcome === outcome).length;
    const at = (share: number) => percentile(times, share).toFixed(0);
    return `| ${[name, own.length, count('ok after a retry'), count('failed'), at(0.5), at(0.95), at(0.99)].join(' | ')} |`;
  });
  const head = [
    '| operation | count | retried | failed | p50 ms | p95 ms | p99 ms |',
    '|---|---|---|---|---|---|---|',
  ];
  const failures = [...reasons].map(([reason, count]) => `${count}× ${reason}`);
  return ['', ...head, ...rows, ...failures].join('\n');
}

async function soak(options: Options): Promise<number> {
  const lines: string[] = [];
  const stack = await startStack({
    port: 0,
    instances,
    store: options.store,
    env: { LOG_LEVEL: 'error' },
    onPrint: (line) => {
      if (/unexpected error|waitUntil:|Node\.js v\d/.test(line)) lines.push(line);
    },
  });
  print(`seed ${options.seed}, ${options.clients} clients, ${instances} instances, ${options.minutes} min`);
  const clients = await Promise.all(
    Array.from({ length: options.clients }, async (_, index) => {
      const random = randomFrom(options.seed + index);
      return { random, behaviours: await clientBehaviours(stack, index, instances, random) };
    }),
  );

  const endsAtMs = performance.now() + options.minutes * 60_000;
  const remainingMs = () => Math.max(0, endsAtMs - performance.now());
  const measurements = startMeasuring(stack, instances - 1);
  const act = async ({ random, behaviours }: (typeof clients)[number]) => {
    while (remainingMs() > 0) {
      const behaviour = pick(behaviours, random);
      if (behaviour) await runOnce(behaviour, measurements);
      await delay(random(2 * pauseMs));
    }
  };
  const kill = async () => {
    while (options.killSeconds > 0 && remainingMs() > options.killSeconds * 1000) {
      await delay(options.killSeconds * 1000);
      await stack.functions.kill(instances - 1);
    }
  };
  const report = async () => {
    const everyMs = Math.max(2_000, (options.minutes * 60_000) / 12);
    while (remainingMs() > 0) {
      await delay(Math.min(everyMs, remainingMs()));
      print(await measurements.sample());
    }
  };
  try {
    await Promise.all([...clients.map(act), kill(), report()]);
  } finally {
    await stack.close();
  }
  print(summary(measurements));
  const problems = [...problemsOf(measurements, options), ...lines.map((line) => line.slice(0, 300))];
  print(problems.length ? `\nBroken: ${problems.join('; ')}` : '\nAll thresholds hold.');
  return problems.length ? 1 : 0;
}

const options = readOptions(process.argv.slice(2));
if ('help' in options) print(usage);
else if ('refusal' in options) {
  process.stderr.write(`${options.refusal}\n`);
  process.exitCode = 2;
} else {
  // Ends even if an operation never does.
  setTimeout(() => process.exit(3), options.minutes * 60_000 + 90_000).unref();
  process.exit(await soak(options));
}
