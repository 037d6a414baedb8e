import { getDeadline, waitUntil as vercelWaitUntil } from '@vercel/functions';
import { afterEach, expect, test, vi } from 'vitest';
import { deadlineMs, waitUntil } from '../../lib/invocation.ts';

const registry = Symbol.for('@vercel/request-context');

function provide(context: { waitUntil?(promise: Promise<unknown>): void; deadline?: string } | undefined) {
  vi.stubGlobal(registry as unknown as string, { get: () => context });
}

afterEach(() => vi.unstubAllGlobals());

test('work reaches the platform where @vercel/functions hands it over', () => {
  const handed: Promise<unknown>[] = [];
  provide({ waitUntil: (promise) => void handed.push(promise) });
  const [ours, theirs] = [Promise.resolve(1), Promise.resolve(2)];
  waitUntil(ours);
  vercelWaitUntil(theirs);
  expect(handed).toEqual([ours, theirs]);
  expect(handed[0]).toBe(ours);
});

test.each(['2026-07-28T12:00:00.000Z', 'no date', undefined])(
  'the deadline %s is the one that @vercel/functions reads',
  (deadline) => {
    provide({ ...(deadline !== undefined && { deadline }) });
    expect(deadlineMs()).toBe(getDeadline()?.getTime());
  },
);

test('outside an invocation there is no deadline, and work just goes on', () => {
  provide(undefined);
  expect(deadlineMs()).toBeUndefined();
  expect(() => waitUntil(Promise.resolve())).not.toThrow();
});
