import { type Backend, type Bytes, isFailure } from '../backend.ts';
import { createChannels } from './channels.ts';
import type { Database } from './command.ts';
import { answer, resolve, run, runFromScript, usesScripts } from './commands.ts';
import { createKeyspace } from './keyspace.ts';
import { createScripting } from './scripting.ts';

/** After this many commands, expired keys that nobody reads are deleted. */
const SWEEP_INTERVAL_COMMANDS = 1000;

/**
 * An in-memory Redis for the commands that this project uses, with the replies and error texts of Redis 7.0.
 * Refuses every other command by name.
 */
export function memoryBackend(): Backend {
  const db: Database = {
    keys: createKeyspace(),
    channels: createChannels(),
    scripting: createScripting((words, readOnly) => runFromScript(db, words, readOnly)),
  };
  let commands = 0;

  /** Starts an atomic step: until the next call, no other client sees a change. */
  async function begin(words: Bytes[][]): Promise<void> {
    if (words.some(usesScripts)) await db.scripting.load();
    db.keys.tick();
    commands += words.length;
    if (commands < SWEEP_INTERVAL_COMMANDS) return;
    commands = 0;
    db.keys.all();
  }

  return {
    async execute(words) {
      await begin([words]);
      return run(db, words);
    },
    async transaction(queued) {
      const refusal = queued.map((words) => answer(() => resolve(words) && null)).find(isFailure);
      if (refusal) return { error: discarded(refusal.error) };
      await begin(queued);
      return queued.map((words) => run(db, words));
    },
    subscribe: db.channels.subscribe,
    async close() {
      db.keys.clear();
      db.channels.clear();
    },
  };
}

/** Redis does not say why it discards a transaction. A command that this store lacks is named all the same. */
function discarded(reason: string): string {
  const text = 'EXECABORT Transaction discarded because of previous errors.';
  return reason.startsWith('ERR unknown command') ? `${text} ${reason}` : text;
}
