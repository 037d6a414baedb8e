import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { useStack } from '../support/stack.ts';
import { runSuite } from './suite.ts';

const stack = useStack({
  root: fileURLToPath(new URL('../mcp-server', import.meta.url)),
  instances: 2,
  env: { MCP_STANDING_STREAM: 'on' },
});

// No expected failures: everything that a revision requires must pass. The other scenarios are optional parts that this
// server has. Those of extensions have tests of their own.
test.each([
  ...['2025-11-25', '2026-07-28'].map((revision) => ['--requirements', revision]),
  ...[
    'server-session-lifecycle',
    'server-sse-polling',
    'json-schema-2020-12',
    'http-header-validation',
    'http-custom-header-server-validation',
  ].map((scenario) => ['--scenario', scenario]),
])(
  'the official conformance suite passes, against two instances: %s %s',
  async (...what) => {
    const { code, output } = await runSuite(stack(), ...what);
    expect(code, output).toBe(0);
  },
  180_000,
);
