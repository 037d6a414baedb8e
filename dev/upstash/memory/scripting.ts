import { createHash } from 'node:crypto';
import { type Bytes, isFailure, type Reply } from '../backend.ts';
import { KEY_LOCKING, shebang } from '../shebang.ts';
import { CommandError } from './command-error.ts';
import { type Lua, type LuaFailure, loadLua } from './lua.ts';

const FLAGS = ['no-writes', 'allow-oom', 'allow-stale', 'no-cluster', 'allow-cross-slot-keys', KEY_LOCKING];

const sha1 = (script: Bytes) => createHash('sha1').update(script, 'latin1').digest('hex');

/** Whether the script's flags include `no-writes`. Throws if Redis would refuse its first line. */
function isReadOnly(script: Bytes): boolean {
  const line = shebang(script);
  if (!line) return false;
  if (line.body === '') throw new CommandError('ERR Invalid script shebang');
  if (line.engine !== 'lua')
    throw new CommandError(`ERR Unexpected engine in script shebang: #!${line.engine}`);
  const [unknownOption] = line.options;
  if (unknownOption !== undefined) throw new CommandError(`ERR Unknown lua shebang option: ${unknownOption}`);
  const unknownFlag = line.flags.find((flag) => !FLAGS.includes(flag));
  if (unknownFlag !== undefined)
    throw new CommandError(`ERR Unexpected flag in script shebang: ${unknownFlag}`);
  return line.flags.includes('no-writes');
}

/** A first line with `#!` is not Lua. Turning it into a comment keeps the line numbers. */
const asLua = (script: Bytes) => (script.startsWith('#!') ? `--${script}` : script);

/** Scripts by their SHA-1, and the engine that runs them. The engine loads on first use. */
export type Scripting = ReturnType<typeof createScripting>;

/** `call` executes a command for a script. */
export function createScripting(call: (words: Bytes[], readOnly: boolean) => Reply) {
  const scripts = new Map<string, Bytes>();
  let readOnly = false;
  let loading: Promise<Lua> | undefined;
  let lua: Lua | undefined;

  const engine = (): Lua => {
    if (!lua) throw new Error('The Lua engine is not loaded');
    return lua;
  };

  return {
    /** Loads the engine. Await it before you call anything else. */
    async load(): Promise<void> {
      loading ??= loadLua((words) => call(words, readOnly));
      lua = await loading;
    },
    /** Compiles and stores a script. Returns its SHA-1. */
    add(script: Bytes): string {
      const sha = sha1(script);
      if (scripts.has(sha)) return sha;
      isReadOnly(script);
      const compileError = engine().compileError(asLua(script));
      if (compileError) {
        throw new CommandError(`ERR Error compiling script (new function): ${compileError}`);
      }
      scripts.set(sha, script);
      return sha;
    },
    has: (sha: string): boolean => scripts.has(sha.toLowerCase()),
    clear: (): void => scripts.clear(),
    run(sha: string, keys: Bytes[], args: Bytes[]): Reply {
      const script = scripts.get(sha.toLowerCase());
      if (script === undefined) throw new CommandError('NOSCRIPT No matching script. Please use EVAL.');
      readOnly = isReadOnly(script);
      const reply = engine().run(asLua(script), keys, args);
      return failed(reply) ? { error: wording(reply, sha.toLowerCase()) } : reply;
    },
  };
}

const failed = (reply: Reply | LuaFailure): reply is LuaFailure => isFailure(reply as Reply);

/** The error text of Redis 7.0 for an aborted script. An error that the script returned is left unchanged. */
function wording({ error, line, kind, name }: LuaFailure, sha: string): string {
  if (line === undefined) return error.includes(' ') ? error : `ERR ${error}`;
  const text =
    kind === 'global-read'
      ? `ERR user_script:${line}: Script attempted to access nonexistent global variable '${name}'`
      : kind === 'command-arg-type'
        ? 'ERR Lua redis lib command arguments must be strings or integers'
        : error;
  return `${text} script: ${sha}, on @user_script:${line}.`;
}
