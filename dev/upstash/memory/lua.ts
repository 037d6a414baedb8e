import type { LuaEngine, ReplyValue } from 'lua-redis-wasm';
import { type Bytes, isFailure, type Reply } from '../backend.ts';

/** Where and how a script failed, as far as the error text of Redis needs it. */
export type LuaFailure = { error: string; line?: number; kind?: string; name?: string };
export type Lua = {
  run(script: Bytes, keys: Bytes[], args: Bytes[]): Reply | LuaFailure;
  /** The compiler's error, or undefined if the script compiles. */
  compileError(script: Bytes): Bytes | undefined;
};

/** A script is stopped after this many instructions, which take a few seconds. Redis would answer BUSY then. */
const MAX_INSTRUCTIONS = 200_000_000;

const buffer = (bytes: Bytes) => Buffer.from(bytes, 'latin1');

/** Loads the Lua 5.1 of Redis, compiled to WebAssembly. `call` runs redis.call and redis.pcall. */
export async function loadLua(call: (words: Bytes[]) => Reply): Promise<Lua> {
  const { load } = await import('lua-redis-wasm');
  const wasm = await load({ profile: 'redis-7.0', limits: { maxFuel: MAX_INSTRUCTIONS } });
  const serve = (words: Buffer[]) => toLua(call(words.map((word) => word.toString('latin1'))));
  const engine: LuaEngine = wasm.create({ redisCall: serve, redisPcall: serve, log: () => {} });
  const run = (script: Bytes, keys: Bytes[], args: Bytes[]) =>
    fromLua(engine.evalWithArgs(buffer(script), keys.map(buffer), args.map(buffer)));
  return {
    run,
    compileError(script) {
      const compile = 'local f, message = loadstring(ARGV[1], "@user_script") return message';
      const message = run(compile, [], [script]);
      return typeof message === 'string' ? message : undefined;
    },
  };
}

/** The nearest 64-bit integer. As JavaScript numbers, the largest ones are rounded up to 2^63. */
const int64 = (value: number) => (value < 2 ** 63 ? value : 2n ** 63n - 1n);

function toLua(reply: Reply): ReplyValue {
  if (reply === null) return null;
  if (typeof reply === 'number') return int64(reply);
  if (typeof reply === 'string') return buffer(reply);
  if (Array.isArray(reply)) return reply.map(toLua);
  return isFailure(reply) ? { err: buffer(reply.error) } : { ok: buffer(reply.status) };
}

function fromLua(value: ReplyValue): Reply | LuaFailure {
  if (value === null || typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (Buffer.isBuffer(value)) return value.toString('latin1');
  if (Array.isArray(value)) return value.map(fromLua);
  if (typeof value === 'object' && 'ok' in value) return { status: value.ok.toString('latin1') };
  if (typeof value === 'object' && 'err' in value) {
    const text = value.err.toString('latin1');
    const error = value.code ? `${value.code.toString('latin1')} ${text}` : text;
    return value.meta ? { error, ...value.meta } : { error };
  }
  // The other types belong to RESP3, which a script must enable with redis.setresp(3).
  return { error: 'ERR RESP3 replies are not supported over REST' };
}
