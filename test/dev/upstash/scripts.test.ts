import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Store } from '../../../dev/upstash/server.ts';
import { BACKENDS, command, openStore } from './stores.ts';

const sha1 = (script: string) => createHash('sha1').update(script).digest('hex');
const aborted = (text: string, script: string, line = 1) => ({
  error: `${text} script: ${sha1(script)}, on @user_script:${line}.`,
});

describe.each(BACKENDS)('scripts on the %s backend', (name) => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore(name);
  });
  afterAll(() => store?.close());
  beforeEach(async () => {
    await command(store, ['FLUSHALL']);
    await command(store, ['SCRIPT', 'FLUSH']);
  });

  const replies: [script: string, result: unknown][] = [
    ['return 3.99', 3],
    ['return "text"', 'text'],
    ['return nil', null],
    ['return false', null],
    ['return true', 1],
    ['return {1, "a", {2}, false}', [1, 'a', [2], null]],
    ['return {1, nil, 3}', [1]],
    ['return redis.status_reply("FINE")', 'FINE'],
    ['return {KEYS[1], ARGV[1], ARGV[2]}', ['k', 'é', '2']],
    ['return redis.call("SET", KEYS[1], ARGV[1])', 'OK'],
    ['return redis.call("GET", KEYS[1]) == false', 1],
    ['redis.call("INCRBY", KEYS[1], 41) return redis.call("INCR", KEYS[1])', 42],
    [
      'redis.call("SET", KEYS[1], "x") return redis.pcall("INCR", KEYS[1]).err',
      'ERR value is not an integer or out of range',
    ],
    ['return cjson.encode({1, 2})', '[1,2]'],
    ['return redis.sha1hex("")', 'da39a3ee5e6b4b0d3255bfef95601890afd80709'],
  ];
  test.each(replies)('%j → %j', async (script, result) => {
    expect(await command(store, ['EVAL', script, 1, 'k', 'é', 2])).toEqual({ result });
  });

  const refusals: [script: string, reply: (script: string) => { error: string }][] = [
    [
      'this is no Lua',
      () => ({ error: "ERR Error compiling script (new function): user_script:1: '=' expected near 'is'" }),
    ],
    ['\nerror("boom")', (script) => aborted('ERR user_script:2: boom', script, 2)],
    [
      'return redis.call("HGET", "k")',
      (script) => aborted('ERR Wrong number of args calling Redis command from script', script),
    ],
    [
      'return redis.call("EVAL", "", 0)',
      (script) => aborted('ERR This Redis command is not allowed from script', script),
    ],
    [
      'return nowhere',
      (script) =>
        aborted(
          "ERR user_script:1: Script attempted to access nonexistent global variable 'nowhere'",
          script,
        ),
    ],
    [
      'return redis.call({})',
      (script) => aborted('ERR Lua redis lib command arguments must be strings or integers', script),
    ],
    ['return redis.error_reply("MINE own words")', () => ({ error: 'MINE own words' })],
    ['#!perl\nreturn 1', () => ({ error: 'ERR Unexpected engine in script shebang: #!perl' })],
    [
      '#!lua flags=sometimes\nreturn 1',
      () => ({ error: 'ERR Unexpected flag in script shebang: sometimes' }),
    ],
  ];
  test.each(refusals)('%j is refused with the error of Redis', async (script, reply) => {
    expect(await command(store, ['EVAL', script, 0])).toEqual(reply(script));
  });

  test('a WRONGTYPE inside a script keeps its code', async () => {
    await command(store, ['HSET', 'k', 'f', 'v']);
    const script = 'return redis.call("GET", "k")';
    const expected = aborted('WRONGTYPE Operation against a key holding the wrong kind of value', script);
    expect(await command(store, ['EVAL', script, 0])).toEqual(expected);
  });

  test('EVALSHA runs only scripts that EVAL or SCRIPT LOAD has stored', async () => {
    const unknown = { error: 'NOSCRIPT No matching script. Please use EVAL.' };
    expect(await command(store, ['EVALSHA', sha1('return 1'), 0])).toEqual(unknown);
    expect(await command(store, ['SCRIPT', 'LOAD', 'return 1'])).toEqual({ result: sha1('return 1') });
    expect(await command(store, ['EVALSHA', sha1('return 1').toUpperCase(), 0])).toEqual({ result: 1 });
    await command(store, ['EVAL', 'return 2', 0]);
    const asked = ['SCRIPT', 'EXISTS', sha1('return 1'), sha1('return 2'), sha1('return 3')];
    expect(await command(store, asked)).toEqual({ result: [1, 1, 0] });
    await command(store, ['SCRIPT', 'FLUSH']);
    expect(await command(store, asked)).toEqual({ result: [0, 0, 0] });
  });

  test("Upstash's flag allow-key-locking is accepted, and the script keeps its name", async () => {
    const script = '#!lua flags=allow-key-locking\nreturn redis.call("INCR", KEYS[1])';
    expect(await command(store, ['EVAL', script, 1, 'n'])).toEqual({ result: 1 });
    expect(await command(store, ['EVALSHA', sha1(script), 1, 'n'])).toEqual({ result: 2 });
    expect(await command(store, ['SCRIPT', 'LOAD', script])).toEqual({ result: sha1(script) });
    expect(await command(store, ['SCRIPT', 'EXISTS', sha1(script)])).toEqual({ result: [1] });
  });

  test('a script with the flag no-writes cannot write', async () => {
    const script = 'return redis.call("SET", "k", "v")';
    const refusal = 'ERR Write commands are not allowed from read-only scripts.';
    const flagged = `#!lua flags=no-writes\n${script}`;
    expect(await command(store, ['EVAL', flagged, 0])).toEqual(aborted(refusal, flagged, 2));
    expect(await command(store, ['EVAL', script, 0])).toEqual({ result: 'OK' });
  });

  test.each([
    [['EVAL', 'return 1', 'x'], 'ERR value is not an integer or out of range'],
    [['EVAL', 'return 1', 2, 'k'], "ERR Number of keys can't be greater than number of args"],
    [['EVAL', 'return 1', -1], "ERR Number of keys can't be negative"],
  ])('%j → %s', async (words, error) => {
    expect(await command(store, words)).toEqual({ error });
  });
});

test('a script that never ends is stopped, and the next one runs', async () => {
  const store = await openStore('memory');
  try {
    const { error } = await command(store, ['EVAL', 'while true do end', 0]);
    expect(error).toMatch(/^ERR Script killed/);
    expect(await command(store, ['EVAL', 'return 1', 0])).toEqual({ result: 1 });
  } finally {
    await store.close();
  }
});
