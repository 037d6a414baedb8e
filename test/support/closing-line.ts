import type { Reporter, TestModule, Vitest } from 'vitest/node';

/**
 * Ends a run with `N passed, N failed` alone on a line, the form that CI systems read. Before it, says whether tests were
 * left out.
 */
export default class ClosingLine implements Reporter {
  #withSystemTests = true;

  onInit(vitest: Vitest): void {
    this.#withSystemTests = vitest.projects.some(({ name }) => name === 'system');
  }

  onTestRunEnd(modules: ReadonlyArray<TestModule>, unhandled: ReadonlyArray<unknown>): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    const brokenModules = modules.filter((module) => module.errors().length > 0).length;
    const failed = count('failed') + brokenModules + unhandled.length;
    const leftOut = this.#withSystemTests ? '' : 'Without the system tests. All tests: npm run test:all\n';
    // After the default reporter's own summary, which is written in the same turn.
    process.once('exit', () =>
      process.stdout.write(`${leftOut}${count('passed')} passed, ${failed} failed\n`),
    );
  }
}
