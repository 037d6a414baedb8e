import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatEventId,
  fromWire,
  parseEventId,
  toWire,
} from '../../../../../lib/mcp/legacy/streams/wire-ids.ts';

const invocation = fc.stringMatching(/^[\w-]{22}$/);
const number = fc.nat(999_999_999);
const requestId = fc.oneof(fc.integer(), fc.string({ maxLength: 100 }));

describe('ids of what the server asks', () => {
  test('an answer comes back with the number that its question had', () => {
    fc.assert(
      fc.property(invocation, number, (id, n) => {
        const asked = toWire(id, { jsonrpc: '2.0', id: n, method: 'elicitation/create' });
        const answer = { jsonrpc: '2.0', id: asked.id, result: {} };
        expect(fromWire(answer)).toEqual({ invocation: id, number: n, message: { ...answer, id: n } });
      }),
    );
  });

  test('progress comes back with the token that the question had', () => {
    fc.assert(
      fc.property(invocation, number, (id, n) => {
        const params = { _meta: { progressToken: n } };
        const asked = toWire(id, { jsonrpc: '2.0', id: n, method: 'sampling/createMessage', params });
        const { progressToken } = (asked.params as typeof params)._meta;
        const progress = { method: 'notifications/progress', params: { progressToken, progress: 1 } };
        expect(fromWire(progress)).toMatchObject({
          invocation: id,
          message: { params: { progressToken: n, progress: 1 } },
        });
      }),
    );
  });

  test('a withdrawal names the question by the id that it left with', () => {
    const id = 'A'.repeat(22);
    const withdrawal = {
      jsonrpc: '2.0' as const,
      method: 'notifications/cancelled',
      params: { requestId: 3 },
    };
    expect(toWire(id, withdrawal).params).toEqual({ requestId: `${id}.3` });
  });

  test.each([
    ['an answer to a client', { jsonrpc: '2.0' as const, id: 1, result: {} }],
    [
      'a notification',
      { jsonrpc: '2.0' as const, method: 'notifications/message', params: { level: 'info' } },
    ],
  ])('%s leaves as it is', (_title, message) => {
    expect(toWire('A'.repeat(22), message)).toEqual(message);
  });

  test.each([
    ['a number', { id: 7, result: {} }],
    ['no id', { result: {} }],
    ['too short an invocation', { id: 'abc.1', result: {} }],
    ['no number', { id: `${'A'.repeat(22)}.x`, result: {} }],
    ['a number beyond all calls', { id: `${'A'.repeat(22)}.9999999999`, result: {} }],
    ['a request', { id: `${'A'.repeat(22)}.1`, method: 'ping' }],
    ['nothing', null],
    ['a list', [1]],
  ])('%s is no answer to us', (_title, message) => {
    expect(fromWire(message)).toBeUndefined();
  });
});

describe('event ids', () => {
  test('what is formatted is parsed, and fits into a header', () => {
    fc.assert(
      fc.property(invocation, number, requestId, fc.boolean(), (id, n, request, end) => {
        const eventId = { invocation: id, number: n, requestId: request, end };
        const text = formatEventId(eventId);
        expect(text).toMatch(/^[\w.-]+$/);
        expect(parseEventId(text)).toEqual(eventId);
      }),
    );
  });

  test('anything else is nothing', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (text) => {
        const parsed = parseEventId(text);
        if (parsed) expect(formatEventId(parsed)).toBe(text);
      }),
    );
    expect(
      parseEventId(`${'A'.repeat(22)}.1.${Buffer.from('{"a":1}').toString('base64url')}`),
    ).toBeUndefined();
  });
});
