import { beforeAll, describe, expect, test } from 'vitest';
import { deliver, openMailbox, receive } from '../../../lib/mcp/legacy/streams/mailbox.ts';
import { createRecording } from '../../../lib/mcp/legacy/streams/recording.ts';
import { resumeCall } from '../../../lib/mcp/legacy/streams/resume.ts';
import { announceCall, findCallToCancel } from '../../../lib/mcp/legacy/streams/running-call.ts';
import { openState, sealState } from '../../../lib/mcp/server/request-state.ts';
import { seal } from '../../../lib/sealing.ts';
import { callsKey, eventsKey, mailboxKey } from '../../../lib/store/keys.ts';
import { signedText } from '../../../lib/store/record.ts';
import { StoreUnavailable, withStore } from '../../../lib/store/redis.ts';
import { type TestStore, useStore } from '../../support/store.ts';

const running = useStore();
let config: TestStore['config'];
beforeAll(() => {
  ({ config } = running());
});

const redis = (...command: [string, ...(string | number)[]]) =>
  withStore(config, (client) => client.exec(command));
const junk = ['', 'not json', 'null', '7', '"text"', '[]'];

describe('what the store returns is parsed', () => {
  test('mailbox entries that are not objects are ignored', async () => {
    await openMailbox(config, 'principal', 'call');
    const key = mailboxKey('principal', 'call');
    for (const text of junk) await redis('XADD', key, '*', 't', signedText(config, key, text));
    // As somebody would write it who can write to the store, but has no key.
    await redis('XADD', key, '*', 't', '{"id":2}');
    await redis('XADD', key, '*', 't', signedText(config, mailboxKey('principal', 'another'), '{"id":3}'));
    await deliver(config, 'principal', 'call', { id: 1 });
    const ended = new AbortController();
    const received: unknown[] = [];
    const onMessage = (message: unknown) => {
      received.push(message);
      ended.abort();
    };
    await receive(config, 'principal', 'call', onMessage, ended.signal);
    expect(received).toEqual([{ id: 1 }]);
  });

  test('recorded events of another shape are left out of a resumed stream', async () => {
    const invocation = 'A'.repeat(22);
    const bad = [...junk, '{"message":"text"}', '{"end":"yes"}'];
    const key = eventsKey('principal', invocation);
    for (const [index, text] of bad.entries())
      await redis('XADD', key, `${index + 1}-0`, 't', signedText(config, key, text));
    const forged = { message: { jsonrpc: '2.0', id: 1, result: { forged: true } }, end: true };
    await redis('XADD', key, '98-0', 't', JSON.stringify(forged));
    const last = { message: { jsonrpc: '2.0', id: 1, result: {} }, end: true };
    await redis('XADD', key, '99-0', 't', signedText(config, key, JSON.stringify(last)));
    const from = { invocation, number: 0, requestId: 1 };
    const text = await resumeCall(config, 'principal', from, Date.now() + 5_000).text();
    expect(text.match(/^data: .*$/gm)).toEqual(['data: {"jsonrpc":"2.0","id":1,"result":{}}']);
  });

  test('a list of calls of another type is a failure of the store', async () => {
    await redis('SET', callsKey('principal', 'session'), 'junk');
    const call = {
      principalHash: 'principal',
      sessionId: 'session',
      requestId: 1,
      invocation: 'call',
      startedAtMs: 0,
    };
    await expect(announceCall(config, call)).rejects.toThrow(StoreUnavailable);
    await expect(findCallToCancel(config, 'principal', 'session', 1)).rejects.toThrow(StoreUnavailable);
  });

  test('recorded events are resumed unchanged', async () => {
    const recording = createRecording(config, 'principal', 'B'.repeat(22));
    const message = { jsonrpc: '2.0', method: 'notifications/message', params: { data: 'x' } };
    recording.add({ message });
    recording.add({ end: true });
    recording.startStoring();
    await recording.stored();
    const from = { invocation: 'B'.repeat(22), number: 0, requestId: 1 };
    const text = await resumeCall(config, 'principal', from, Date.now() + 5_000).text();
    expect(text).toContain(`data: ${JSON.stringify(message)}`);
  });
});

describe('a request state', () => {
  const subject = { method: 'tools/call', params: { name: 'ask' } };

  test.each([[undefined], [null], [{ ids: ['a'] }], ['text']])('gives back the state %j', async (state) => {
    const binding = { config, principalHash: 'principal' };
    const sealed = await sealState(binding, subject, { state });
    expect(await openState(binding, subject, sealed)).toEqual({ state });
  });

  test.each<[unknown]>([[null], ['text'], [[]], [{}], [{ principalHash: 'principal', request: 1, id: 'x' }]])(
    'sealed in another shape does not open: %j',
    async (value) => {
      const sealed = seal(config, 'request-state', value, 60);
      const opening = openState({ config, principalHash: 'principal' }, subject, sealed);
      await expect(opening).rejects.toThrow(/^request state/);
    },
  );
});
