import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isNestedBeyond } from '../../../lib/mcp/message.ts';
import { isAllowedOrigin } from '../../../lib/mcp/origin-check.ts';
import { limitOutput } from '../../../lib/mcp/server/output-limit.ts';
import { testConfig } from '../../support/config.ts';

describe('nesting', () => {
  const depthOf = (value: unknown): number =>
    typeof value === 'object' && value !== null
      ? 1 + Math.max(0, ...Object.values(value).map((inner) => depthOf(inner)))
      : 0;

  test('counts what JSON.parse would nest, whatever stands in strings', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
        const text = JSON.stringify(value);
        const depth = depthOf(value);
        expect(isNestedBeyond(text, depth)).toBe(false);
        if (depth > 0) expect(isNestedBeyond(text, depth - 1)).toBe(true);
      }),
    );
  });

  test.each([
    ['"[[[["', false],
    ['"\\"[[[["', false],
    ['["\\\\", [[]]]', true],
    ['[[[[', true],
    [']]]][[', false],
  ])('%s is beyond two levels: %s', (text, beyond) => {
    expect(isNestedBeyond(text, 2)).toBe(beyond);
  });
});

describe('origins without sign-in', () => {
  const open = { ...testConfig(), oauth: undefined };
  test.each([
    [null, true],
    ['http://localhost:6274', true],
    ['https://127.0.0.1', true],
    ['http://[::1]:3000', true],
    [open.serverUrl, true],
    ['https://inspector.example.com', false],
    ['http://localhost.evil.example.com', false],
    ['http://127.0.0.1.evil.example.com', false],
    ['file://', false],
    ['null', false],
    ['', false],
  ])('%s → %s', (origin, allowed) => {
    expect(isAllowedOrigin(origin, open)).toBe(allowed);
  });
});

describe('output', () => {
  const limit = 140_000;

  test('is never over the limit and never broken, whatever characters it has', () => {
    const filling = fc.constantFrom('x', '"', '\n', '\u0000', '\u20ac', '\u{1f600}');
    fc.assert(
      fc.property(filling, fc.integer({ min: 1, max: 200_000 }), fc.nat(3), (character, count, more) => {
        const text = character.repeat(count);
        const content = Array.from({ length: more + 1 }, () => ({ type: 'text' as const, text }));
        const limited = limitOutput({ content });
        expect(JSON.stringify(limited).length).toBeLessThanOrEqual(limit);
        for (const block of limited.content ?? [])
          if (block.type === 'text') expect(block.text.isWellFormed()).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test('an image that is too large becomes an error that says so', () => {
    const image = { type: 'image' as const, data: 'A'.repeat(limit), mimeType: 'image/png' };
    expect(limitOutput({ content: [image] })).toMatchObject({ isError: true });
  });
});
