import type { Reporter, TestModule, Vitest } from 'vitest/node';
import { offersExample } from './example.ts';

/**
 * Ends a run with `N passed, N failed` alone on a line, the form that CI systems read. Before it, says whether tests were
 * left out.
 */
export default class ClosingLine implements Reporter {
  #leftOut = '';

  onInit({ projects }: Vitest): void {
    if (!offersExample())
      this.#leftOut = "Without the template's own tests, which use its example: see docs/upgrading.md\n";
    else if (!projects.some(({ name }) => name === 'system'))
      this.#leftOut = 'Without the system tests. All tests: npm run test:all\n';
  }

  onTestRunEnd(modules: ReadonlyArray<TestModule>, unhandled: ReadonlyArray<unknown>): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    const brokenModules = modules.filter((module) => module.errors().length > 0).length;
    const failed = count('failed') + brokenModules + unhandled.length;
    // After the default reporter's own summary, which is written in the same turn.
    process.once('exit', () =>
      process.stdout.write(`${this.#leftOut}${count('passed')} passed, ${failed} failed\n`),
    );
  }
}
