import { describe, expect, test } from 'vitest';
import { formatLine, parseLine } from '../../dev/request-line.ts';

const noon = new Date(2026, 0, 1, 12, 0, 0);
const request = { level: 'info', msg: 'request', method: 'GET', path: '/mcp', status: 200, ms: 34 };

describe('what a function printed → what is shown', () => {
  test.each([
    ['a request', request, '12:00:00 GET /mcp 200 34 ms'],
    [
      'its client by name',
      { ...request, client: 'Claude', userAgent: 'x' },
      '12:00:00 GET /mcp 200 34 ms Claude',
    ],
    ['its client by user agent', { ...request, userAgent: 'curl/8' }, '12:00:00 GET /mcp 200 34 ms curl/8'],
    ['its refusal', { ...request, status: 400, outcome: 'bad' }, '12:00:00 GET /mcp 400 34 ms bad'],
    [
      'an MCP call, by its method and tool',
      { ...request, method: 'POST', rpc: 'tools/call', name: 'add_note' },
      '12:00:00 POST /mcp tools/call add_note 200 34 ms',
    ],
    [
      'an MCP message that names nothing',
      { ...request, rpc: 'tools/list' },
      '12:00:00 GET /mcp tools/list 200 34 ms',
    ],
    ['another log line', { level: 'warn', msg: 'redis down', after: 3 }, 'warn redis down after=3'],
    [
      'a stack',
      { level: 'error', msg: 'failed', stack: 'Error: x\n  at y' },
      'error failed\nError: x\n at y',
    ],
    [
      'an expected refusal, without its stack',
      { level: 'warn', msg: 'refused', reason: 'expired', stack: 'Error: x\n  at y' },
      'warn refused reason=expired',
    ],
    ['text', 'listening', 'listening'],
    ['other JSON', { a: 1 }, '{"a":1}'],
  ])('%s', (_, printed, line) => {
    const text = typeof printed === 'string' ? printed : JSON.stringify(printed);
    expect(formatLine(parseLine(text), false, noon).replace(/ +/g, ' ')).toBe(line);
  });
});

test('a request to the tenant is marked', () => {
  const line = { from: 'auth0', method: 'GET', path: '/userinfo', status: 401, durationMs: 1.6 } as const;
  expect(formatLine(line, false, noon)).toMatch(/^12:00:00 {2}auth0 GET \/userinfo +401 +2 ms$/);
});

test('control characters that a client chose do not reach the terminal', () => {
  const printed = {
    ...request,
    path: '/a\u001b[2J',
    client: 'x\u001b]0;y\u0007\nready',
    rpc: 'tools/\u001b[2J',
    name: '\u001b]0;y\u0007',
    outcome: '\u009b1m',
  };
  expect(formatLine(parseLine(JSON.stringify(printed)), false, noon)).not.toMatch(/\p{Cc}/u);
});

test('colors are used only if requested', () => {
  const line = parseLine(JSON.stringify({ ...request, status: 500 }));
  expect(formatLine(line, true, noon)).toContain('\u001b[31m500');
  expect(formatLine(line, false, noon)).not.toContain('\u001b');
});
