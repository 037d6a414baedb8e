import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { useStack } from '../support/stack.ts';
import { runSuite } from './suite.ts';

const stack = useStack({ root: fileURLToPath(new URL('../mcp-server', import.meta.url)), instances: 2 });

test.each([
  'tasks-lifecycle',
  'tasks-capability-negotiation',
  'tasks-wire-fields',
  'tasks-request-state-removal',
  'tasks-mrtr-input',
  'tasks-request-headers',
  'tasks-dispatch-and-envelope',
  'tasks-required-task-error',
  'tasks-mrtr-composition',
])(
  'the official conformance suite passes, against two instances: %s',
  async (scenario) => {
    const { code, output } = await runSuite(stack(), '--scenario', scenario);
    expect(code, output).toBe(0);
  },
  180_000,
);
