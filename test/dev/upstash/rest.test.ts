import { Redis } from '@upstash/redis';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { memoryBackend } from '../../../dev/upstash/memory/backend.ts';
import { type Store, startStore } from '../../../dev/upstash/server.ts';
import { BACKENDS, command, openStore, request, TOKEN } from './stores.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe.each(BACKENDS)('the REST protocol over the %s backend', (name) => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore(name);
  });
  afterAll(() => store?.close());
  beforeEach(() => command(store, ['FLUSHALL']));

  async function ask(path: string, body?: unknown, headers: Record<string, string> = {}) {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const response = await request(store, path, { ...init, headers });
    return [response.status, await response.json()];
  }

  test('a command that Redis refuses is a 400 with its error', async () => {
    const error = "ERR wrong number of arguments for 'get' command";
    expect(await ask('/', ['GET'])).toEqual([400, { error }]);
  });

  test('numbers and booleans in a command become text', async () => {
    expect(await ask('/', ['MSET', 'n', 1.5, 'b', true])).toEqual([200, { result: 'OK' }]);
    expect(await ask('/', ['MGET', 'n', 'b'])).toEqual([200, { result: ['1.5', 'true'] }]);
  });

  test.each([
    ['{}'],
    ['[]'],
    ['"PING"'],
    ['[["PING"]]'],
    ['[null]'],
    ['not JSON'],
    [''],
    ['['.repeat(100_000)],
  ])('the body %j is not a command: 400', async (body) => {
    const response = await request(store, '/', { method: 'POST', body });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      error: 'ERR failed to parse request: expected a JSON array of strings',
    });
  });

  test.each(['/pipeline', '/multi-exec'])(
    '%s refuses a body that is not a list of commands',
    async (path) => {
      for (const body of [[], ['PING'], [[]], {}]) {
        const error = 'ERR failed to parse request: expected a JSON array of arrays of strings';
        expect(await ask(path, body)).toEqual([400, { error }]);
      }
    },
  );

  test('a pipeline continues after an error', async () => {
    const commands = [
      ['SET', 'k', 'v'],
      ['INCR', 'k'],
      ['BLPOP', 'k', 0],
      ['GET', 'k'],
    ];
    expect(await ask('/pipeline', commands)).toEqual([
      200,
      [
        { result: 'OK' },
        { error: 'ERR value is not an integer or out of range' },
        { error: "ERR Command is not available: 'BLPOP'" },
        { result: 'v' },
      ],
    ]);
  });

  test('a transaction continues after an error of one command', async () => {
    const commands = [
      ['SET', 'k', 'v'],
      ['INCR', 'k'],
      ['GET', 'k'],
    ];
    expect(await ask('/multi-exec', commands)).toEqual([
      200,
      [{ result: 'OK' }, { error: 'ERR value is not an integer or out of range' }, { result: 'v' }],
    ]);
  });

  test.each([
    [[['SET', 'k', 'v'], ['GET']], 'EXECABORT Transaction discarded because of previous errors.'],
    [
      [
        ['SET', 'k', 'v'],
        ['WATCH', 'k'],
      ],
      "ERR Command is not available: 'WATCH'",
    ],
  ])('the transaction %j is discarded as a whole', async (commands, error) => {
    expect(await ask('/multi-exec', commands)).toEqual([400, { error }]);
    expect(await ask('/', ['EXISTS', 'k'])).toEqual([200, { result: 0 }]);
  });

  test('concurrent transactions do not mix', async () => {
    const transfer = [
      ['INCR', 'a'],
      ['DECR', 'b'],
      ['MGET', 'a', 'b'],
    ];
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask('/multi-exec', transfer)));
    for (const [, [, , { result }]] of answers) expect(Number(result[0]) + Number(result[1])).toBe(0);
  });

  test('with Upstash-Encoding: base64 every string is base64, except a result of OK', async () => {
    const headers = { 'upstash-encoding': 'base64' };
    const commands = [
      ['SET', 'k', 'é'],
      ['GET', 'k'],
      ['PING'],
      ['MGET', 'k', 'x'],
      ['INCR', 'n'],
      ['INCR', 'k'],
    ];
    expect(await ask('/pipeline', commands, headers)).toEqual([
      200,
      [
        { result: 'OK' },
        { result: base64('é') },
        { result: base64('PONG') },
        { result: [base64('é'), null] },
        { result: 1 },
        { error: 'ERR value is not an integer or out of range' },
      ],
    ]);
  });

  test('bytes that are not UTF-8 survive in base64', async () => {
    const value = new Uint8Array([0xff, 0x00, 0xfe]);
    await request(store, '/set/k', { method: 'POST', body: value });
    const headers = { 'upstash-encoding': 'base64' };
    expect(await ask('/', ['GET', 'k'], headers)).toEqual([
      200,
      { result: Buffer.from(value).toString('base64') },
    ]);
  });

  test('a command can be in the path, its last word in the body, its options in the query', async () => {
    expect(await ask('/set/a%2Fb/v%20w')).toEqual([200, { result: 'OK' }]);
    expect(await ask('/get/a%2Fb')).toEqual([200, { result: 'v w' }]);
    const set = await request(store, `/set/k?EX=100&_token=${TOKEN}`, { method: 'POST', body: 'value' });
    expect(await set.json()).toEqual({ result: 'OK' });
    expect(await ask('/ttl/k')).toEqual([200, { result: 100 }]);
  });

  test('the token is required, in the header or the query', async () => {
    const refusal = { error: 'WRONGPASS invalid or missing auth token' };
    for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: `Basic ${TOKEN}` }]) {
      const response = await fetch(`${store.url}/ping`, { headers: headers as Record<string, string> });
      expect([response.status, await response.json()]).toEqual([401, refusal]);
    }
    expect((await fetch(`${store.url}/ping?_token=${TOKEN}`)).status).toBe(200);
  });

  test('other methods are 405', async () => {
    expect((await request(store, '/del/k', { method: 'DELETE' })).status).toBe(405);
  });

  test('a body over the limit is 413', async () => {
    const body = 'x'.repeat(10 * 1024 * 1024 + 1);
    expect((await request(store, '/set/k', { method: 'POST', body })).status).toBe(413);
  });

  test.each([
    'CONFIGURE',
    'OBJECT',
    'DEBUG',
    'SORT',
    'SLOWLOG',
    'SELECT',
    'CLIENT',
    'CLUSTER',
    'WAIT',
    'MONITOR',
    'SHUTDOWN',
    'constructor',
  ])('%s is not served over REST, whatever the backend could do', async (name) => {
    const error = `ERR Command is not available: '${name.toUpperCase()}'`;
    expect(await ask('/', [name, 'x'])).toEqual([400, { error }]);
  });

  test.each([
    ['GET', 'KEY'],
    ['SET', 'KEY', 'v'],
    ['DEL', 'k', 'KEY'],
    ['MSET', 'k', 'v', 'KEY', 'v'],
  ])('%s %s %s with a key over 32 KB is refused', async (...words) => {
    const key = 'k'.repeat(32 * 1024 + 1);
    const sent = words.map((word) => (word === 'KEY' ? key : word));
    const error = 'ERR max key size exceeded. Limit: 32768 bytes, Actual: 32769 bytes';
    expect(await ask('/', sent)).toEqual([400, { error }]);
    expect((await ask('/', ['SET', key.slice(1), 'v']))[0]).toBe(200);
  });

  test('an answer over 10 MB is refused', async () => {
    for (const key of ['a', 'b', 'c']) await ask('/', ['SET', key, 'x'.repeat(4 * 1024 * 1024)]);
    const error = 'ERR max request size exceeded. Limit: 10485760 bytes';
    expect(await ask('/', ['MGET', 'a', 'b', 'c'])).toEqual([400, { error }]);
    expect((await ask('/pipeline', [['MGET', 'a', 'b', 'c'], ['PING']]))[1]).toEqual([
      { error },
      { result: 'PONG' },
    ]);
  });

  test.each([
    ['an unknown format', { 'upstash-response-format': 'xml' }],
    ['resp2, which this store does not have', { 'upstash-response-format': 'resp2' }],
    ['resp2 in base64', { 'upstash-response-format': 'resp2', 'upstash-encoding': 'base64' }],
  ])('%s is a 400', async (_, headers) => {
    const [status, body] = await ask('/', ['PING'], headers);
    expect([status, body]).toEqual([400, { error: expect.stringMatching(/^ERR /) }]);
  });

  test('commands and requests are counted', async () => {
    store.resetCounts();
    await ask('/', ['PING']);
    await ask('/pipeline', [['PING'], ['PING']]);
    await ask('/multi-exec', [['PING'], ['PING']]);
    await fetch(`${store.url}/ping`);
    expect([store.commands, store.requests]).toEqual([5, 3]);
    expect(await ask('/_local/counts')).toEqual([200, { commands: 5, requests: 3 }]);
  });
});

describe('the read-only token', () => {
  let store: Store;
  let reader: Redis;
  beforeAll(async () => {
    store = await startStore({ port: 0, token: TOKEN, readOnlyToken: 'reader', backend: memoryBackend() });
    reader = new Redis({ url: store.url, token: 'reader', enableTelemetry: false, retry: false });
    await command(store, ['SET', 'k', 'v']);
  });
  afterAll(() => store?.close());

  test('reads', async () => {
    expect(await reader.get('k')).toBe('v');
    expect(await reader.pipeline().exists('k').ttl('k').exec()).toEqual([1, -1]);
  });

  test.each<[string, () => Promise<unknown>]>([
    ['set', () => reader.set('k', 'w')],
    ['del', () => reader.del('k')],
    ['eval', () => reader.eval('return 1', [], [])],
    ['scan', () => reader.scan(0)],
    ['keys', () => reader.keys('*')],
    ['publish', () => reader.publish('channel', 'message')],
    ['set', () => reader.multi().set('k', 'w').exec()],
  ])('is refused for %s', async (name, run) => {
    await expect(run()).rejects.toThrow(
      `NOPERM this user has no permissions to run the '${name}' command or its subcommand`,
    );
    expect(await command(store, ['GET', 'k'])).toEqual({ result: 'v' });
  });

  test('changes no faults', async () => {
    const headers = { authorization: 'Bearer reader' };
    const body = JSON.stringify({ outage: 'failing' });
    const response = await fetch(`${store.url}/_local/faults`, { method: 'POST', headers, body });
    expect(response.status).toBe(400);
    expect(store.faults.outage).toBe('none');
  });

  test('opens no stream of messages', async () => {
    const headers = { authorization: 'Bearer reader' };
    const response = await fetch(`${store.url}/subscribe/channel`, { headers });
    expect(response.status).toBe(400);
  });
});

test('a command with very many words is refused and does not crash', async () => {
  const store = await openStore('memory');
  try {
    const words = ['DEL', ...Array.from({ length: 200_000 }, () => 'k')];
    expect(await command(store, words)).toEqual({ error: 'ERR too many arguments' });
    expect(await command(store, words.slice(0, 50_000))).toEqual({ result: 0 });
  } finally {
    await store.close();
  }
});
