import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { watchAnswers } from '../support/answer-watch.ts';
import { useStack } from '../support/stack.ts';
import type { NamedFault } from './fault-list.ts';
import { instanceCount, type Operation, type Outcome, prepareOperations } from './operations.ts';

/** The longest that any answer may take, in milliseconds, whatever is down: clients give up after that. */
const longestAnswerMs = 10_000;

/** How long the server waits for the store, in milliseconds, and a little more. */
const storeTimeoutMs = 1_700;

/** One operation under one fault, as `docs/reliability.md` shows it. */
type Cell = { fault: string; operation: string; seen: string; longestMs: number };

/**
 * Every operation under each of these faults: what its client sees and how long that takes, and afterwards whether all
 * that was acknowledged is still so. Operations run at the same time, or one after the other with `SEQUENTIAL=1`, which
 * takes minutes but shows how long each takes alone. `REPORT=1` prints the table.
 */
export function testFaults(faults: readonly NamedFault[]): void {
  const stack = useStack({ instances: instanceCount });
  const watch = watchAnswers((url) => url.startsWith(stack().serverUrl));
  const cells: Cell[] = [];
  let rows: string[] = [];
  afterAll(() => {
    if (process.env.REPORT) process.stdout.write(tableOf(cells, rows));
  });

  async function attempt(
    { name, needs, answersInTurn = 1, run }: Operation,
    { name: fault, out, exceptions = {} }: NamedFault,
  ) {
    const { outcome, answers } = await watch.during(run);
    const longestMs = Math.max(...answers.map(({ ms }) => ms));
    cells.push({ fault, operation: name, seen: outcome.seen, longestMs });
    for (const { request, status, ms } of answers) {
      expect(ms, `${name}: ${request}`).toBeLessThan(longestAnswerMs * answersInTurn);
      expect(status, `${name}: ${request}`).not.toBe(500);
    }
    const expected =
      exceptions[name] ?? (needs.some((system) => out.includes(system)) ? 'refused' : 'served');
    if (expected !== 'either') expect([name, outcome.seen]).toEqual([name, expected]);
    return outcome;
  }

  describe.each(faults)('while the $name', (fault) => {
    test('every operation is served or told to try again, within ten seconds; nothing acknowledged is lost', async () => {
      const seen = stack().lines.length;
      const { operations, recovered } = await prepareOperations(stack());
      rows = operations.map(({ name }) => name);
      await fault.start(stack());
      const outcomes: Outcome[] = [];
      const failures: unknown[] = [];
      const runOne = (operation: Operation) =>
        attempt(operation, fault).then(
          (outcome) => outcomes.push(outcome),
          (cause) => failures.push(new Error(operation.name, { cause })),
        );
      if (process.env.SEQUENTIAL)
        for (const operation of operations) {
          // After a timeout, an instance leaves the store alone for two seconds, which would make the next one quick.
          await delay(2_100);
          await runOne(operation);
        }
      else await Promise.all(operations.map(runOne));
      await fault.end(stack());
      if (fault.lingers) await delay(storeTimeoutMs);
      await recovered();
      if (failures.length) throw new AggregateError(failures, fault.name);
      for (const { acknowledged } of outcomes) await acknowledged?.();
      const printed = JSON.stringify(stack().lines.slice(seen));
      expect(printed).not.toMatch(/unexpected error|waitUntil:|Node\.js v\d/);
    }, 300_000);
  });
}

/** The table in Markdown, in seconds: a row for each operation, a column for each fault. `R` means refused. */
function tableOf(cells: Cell[], operations: string[]): string {
  const faults = [...new Set(cells.map(({ fault }) => fault))];
  const cellOf = (operation: string, fault: string) => {
    const cell = cells.find((each) => each.fault === fault && each.operation === operation);
    return cell && `${cell.seen === 'refused' ? 'R ' : ''}${(cell.longestMs / 1000).toFixed(1)}`;
  };
  const rows = operations.map((operation) => [operation, ...faults.map((fault) => cellOf(operation, fault))]);
  const lines = [['', ...faults], ['---', ...faults.map(() => '---')], ...rows];
  return `\n${lines.map((line) => `| ${line.join(' | ')} |`).join('\n')}\n`;
}
