import { fileURLToPath } from 'node:url';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { offersExample } from './test/support/example.ts';
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
  'test/faults/questions.test.ts',
  'test/lib/store/feed.test.ts',
];

/**
 * These look at the whole from outside: in browsers, with every kind of client for thirty days, from one deployment to the
 * next, while something is out of order, on changed copies of this repository. They take longer than all others together,
 * and only `npm run test:all` runs them.
 */
const system = [
  'test/browser/**/*.test.ts',
  'test/cli/admin/rotate-secrets.test.ts',
  'test/cli/check-deployment.test.ts',
  'test/cli/verify/local-deployment.test.ts',
  'test/conformance/**/*.test.ts',
  'test/dev/start.test.ts',
  'test/docs-code.test.ts',
  'test/e2e/**/*.test.ts',
  'test/faults/**/*.test.ts',
  'test/identity.test.ts',
  'test/own-server.test.ts',
  'test/upgrading.test.ts',
  'test/without-extensions.test.ts',
];

/** Both. They wait more than they compute, and so can run at the same time. */
const timedSystem = [
  'test/faults/slow-store.test.ts',
  'test/faults/slow-store-silent-tenant.test.ts',
  'test/soak/soak.test.ts',
];

/** These need the Vercel CLI and have a configuration of their own: `npm run test:platform`. */
const platform = 'test/platform/**';

/** Tests wait for streams and outages more than they compute: more of them than processors keep those busy. */
const maxWorkers = 6;

/** A worker loads the server and the local tenant once, not again for each file. */
const isolate = false;

const setupFiles = ['test/support/silent-log.ts'];

/** A part of the tests, with what it has otherwise than most. */
function project(
  name: string,
  options: TestProjectInlineConfiguration['test'],
): TestProjectInlineConfiguration {
  return { extends: true, test: { maxWorkers, isolate, setupFiles, ...options, name } };
}

/** The template's own tests. Most use its example, so that most fail where that is gone. */
const template = offersExample() ? '' : 'template: ';

/** The tests of a server without the example: of its tools and scopes, and of the engine with tools from the test. */
const own = ['test/lib/scopes.test.ts', 'test/lib/tools/**/*.test.ts', 'test/own-server.test.ts'];

export default defineConfig({
  test: {
    // Some wait ten seconds for a tenant that never answers, while others keep the processors busy.
    testTimeout: 120_000,
    // Vercel's builder may have to compile every function first, and a machine to install chromium.
    hookTimeout: 180_000,
    reporters: ['default', './test/support/closing-line.ts'],
    // Every worker, and every instance of the server that tests start, loads the same modules.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/compile', import.meta.url)) },
    sequence: { sequencer: SlowestFirst },
    projects: [
      project(`${template}parts`, {
        include: ['test/**/*.test.ts'],
        exclude: [...ownProcess, ...timed, ...system, ...timedSystem, platform],
      }),
      project(`${template}parts, own process`, { include: ownProcess, isolate: true, setupFiles: [] }),
      project(`${template}parts, timed`, { include: timed, maxWorkers: 1, sequence: { groupOrder: 1 } }),
      project(`${template}system`, { include: system, exclude: [...timed, ...timedSystem] }),
      project(`${template}system, timed`, {
        include: timedSystem,
        maxWorkers: 3,
        sequence: { groupOrder: 2 },
      }),
      ...(template ? [project('parts', { include: own })] : []),
    ],
  },
});
