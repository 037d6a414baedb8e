import { createHash } from 'node:crypto';
import type { Bytes, Reply } from '../backend.ts';
import { withoutKeyLocking } from '../shebang.ts';

const sha1 = (script: Bytes) => createHash('sha1').update(script, 'latin1').digest('hex');

/**
 * A script that must be changed for Redis has two SHA-1 names: the client uses that of the original, Redis that of the
 * changed script. Translates between them.
 */
export function createScriptNames() {
  const sent = new Map<string, string>();

  function change(script: Bytes): Bytes {
    const changed = withoutKeyLocking(script);
    if (changed !== script) sent.set(sha1(script), sha1(changed));
    return changed;
  }

  const name = (sha: Bytes) => sent.get(sha.toLowerCase()) ?? sha;

  return {
    /** Translates a command for Redis. */
    toRedis(words: Bytes[]): Bytes[] {
      const [command = '', first, ...rest] = words;
      if (first === undefined) return words;
      switch (command.toUpperCase()) {
        case 'EVAL':
        case 'EVAL_RO':
          return [command, change(first), ...rest];
        case 'EVALSHA':
        case 'EVALSHA_RO':
          return [command, name(first), ...rest];
        case 'SCRIPT': {
          const how = { LOAD: change, EXISTS: name }[first.toUpperCase()];
          return how ? [command, first, ...rest.map(how)] : words;
        }
        default:
          return words;
      }
    },
    /** Translates a reply for the client: SCRIPT LOAD returns the SHA-1 of the original script. */
    fromRedis(words: Bytes[], reply: Reply): Reply {
      const [command, subcommand, script] = words;
      const isLoad = command?.toUpperCase() === 'SCRIPT' && subcommand?.toUpperCase() === 'LOAD';
      return isLoad && script !== undefined && typeof reply === 'string' ? sha1(script) : reply;
    },
  };
}
