import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import SlowestFirst from './test/support/slowest-first.ts';

/** These prepare or watch the process itself: its environment, its standard output, its tracer, its timers. */
const ownProcess = [
  'test/attacks/fuzz/fuzz.test.ts',
  'test/lib/http/endpoint.test.ts',
  'test/lib/http/misconfigured.test.ts',
  'test/lib/mcp/extensions/telemetry-on-vercel.test.ts',
  'test/lib/mcp/extensions/telemetry.test.ts',
  'test/lib/mcp/left-behind.test.ts',
  'test/lib/trace.test.ts',
];

/** These measure durations that a busy processor would stretch past their limits, and run when all others are done. */
const timed = [
  'test/attacks/exhaustion.test.ts',
  'test/dev/upstash/commands.test.ts',
  'test/dev/upstash/rate-limit.test.ts',
  'test/dev/vercel/built.test.ts',
  'test/faults/slow-store.test.ts',
  'test/faults/slow-store-silent-tenant.test.ts',
  'test/lib/store/feed.test.ts',
  'test/soak/soak.test.ts',
];
/** The soak and two slow stores wait more than they compute, and so can run at the same time. */
const maxTimedWorkers = 3;

/** These need the Vercel CLI and have a configuration of their own: `npm run test:platform`. */
const platform = 'test/platform/**';

/** Tests wait for streams and outages more than they compute: more of them than processors keep those busy. */
const maxWorkers = 6;

/** A worker loads the server and the local tenant once, not again for each file. */
const isolate = false;

const setupFiles = ['test/support/silent-log.ts'];

export default defineConfig({
  test: {
    // Some wait ten seconds for a tenant that never answers, while others keep the processors busy.
    testTimeout: 30_000,
    // Vercel's builder may have to compile every function first, and a machine to install chromium.
    hookTimeout: 180_000,
    // How long to wait for what must come; what must come soon is measured instead.
    expect: { poll: { timeout: 5_000 } },
    reporters: ['default', './test/support/closing-line.ts'],
    // Every worker, and every instance of the server that tests start, loads the same modules.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/compile', import.meta.url)) },
    sequence: { sequencer: SlowestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'parallel',
          include: ['test/**/*.test.ts'],
          exclude: [...ownProcess, ...timed, platform],
          maxWorkers,
          isolate,
          setupFiles,
        },
      },
      { extends: true, test: { name: 'own process', include: ownProcess, maxWorkers } },
      {
        extends: true,
        test: {
          name: 'timed',
          include: timed,
          maxWorkers: maxTimedWorkers,
          isolate,
          setupFiles,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
