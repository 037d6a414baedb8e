import { afterAll, beforeAll } from 'vitest';
import type { RequestLine } from '../../dev/request-line.ts';
import { type Stack, type StackOptions, startStack } from '../../dev/stack.ts';
import { ensureCommand } from './debian-package.ts';

/** A running stack and every line it has printed so far; a function's line may come after its response. */
export type TestStack = Stack & { lines: (RequestLine | string)[] };

/** Runs the whole local stack on free ports for one test file or `describe`; the getter gives it. */
export function useStack(options: StackOptions = {}): () => TestStack {
  let stack: TestStack | undefined;
  beforeAll(async () => {
    if (options.store === 'redis') ensureCommand('redis-server', 'redis-server');
    const lines: TestStack['lines'] = [];
    const started = await startStack({ port: 0, onLine: (line) => lines.push(line), ...options });
    stack = Object.assign(started, { lines });
  });
  afterAll(() => stack?.close());
  return () => {
    if (!stack) throw new Error('The stack did not start');
    return stack;
  };
}
