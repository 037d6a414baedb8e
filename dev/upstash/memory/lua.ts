import type { LuaEngine, ReplyValue } from 'lua-redis-wasm';
import { type Bytes, isFailure, type Reply } from '../backend.ts';

/** Where a script failed, and how, as far as Redis' wording needs it. */
export type LuaFailure = { error: string; line?: number; kind?: string; name?: string };
export type Lua = {
  run(script: Bytes, keys: Bytes[], args: Bytes[]): Reply | LuaFailure;
  /** The compiler's complaint, or undefined for a script that compiles. */
  complaint(script: Bytes): Bytes | undefined;
};

/** Instructions after which a script is stopped: some seconds, where Redis would answer BUSY. */
const FUEL = 200_000_000;

const buffer = (bytes: Bytes) => Buffer.from(bytes, 'latin1');

/** Loads Redis' own Lua 5.1, compiled to WebAssembly; `call` serves redis.call and redis.pcall. */
export async function loadLua(call: (words: Bytes[]) => Reply): Promise<Lua> {
  const { load } = await import('lua-redis-wasm');
  const wasm = await load({ profile: 'redis-7.0', limits: { maxFuel: FUEL } });
  const serve = (words: Buffer[]) => toLua(call(words.map((word) => word.toString('latin1'))));
  const engine: LuaEngine = wasm.create({ redisCall: serve, redisPcall: serve, log: () => {} });
  const run = (script: Bytes, keys: Bytes[], args: Bytes[]) =>
    fromLua(engine.evalWithArgs(buffer(script), keys.map(buffer), args.map(buffer)));
  return {
    run,
    complaint(script) {
      const compile = 'local f, complaint = loadstring(ARGV[1], "@user_script") return complaint';
      const complaint = run(compile, [], [script]);
      return typeof complaint === 'string' ? complaint : undefined;
    },
  };
}

/** The nearest 64-bit integer; as a JavaScript number the largest ones lie just beyond. */
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
  // The other shapes belong to RESP3, which a script must ask for by redis.setresp(3).
  return { error: 'ERR RESP3 replies cannot be told over REST' };
}
