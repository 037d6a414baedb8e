import { type Backend, type Bytes, isFailure } from '../backend.ts';
import { createChannels } from './channels.ts';
import type { Database } from './command.ts';
import { answer, resolve, run, runFromScript, usesScripts } from './commands.ts';
import { createKeyspace } from './keyspace.ts';
import { createScripting } from './scripting.ts';

/** Commands after which expired keys that nobody asks for are swept out. */
const SWEEP_AFTER = 1000;

/**
 * A Redis in this process's memory, with the commands and the error texts of Redis 7.0 that this project uses;
 * anything else is an unknown command.
 */
export function memoryBackend(): Backend {
  const db: Database = {
    keys: createKeyspace(),
    channels: createChannels(),
    scripting: createScripting((words, readOnly) => runFromScript(db, words, readOnly)),
  };
  let commands = 0;

  /** All that happens between two of these is one step to every other client. */
  async function begin(words: Bytes[][]): Promise<void> {
    if (words.some(usesScripts)) await db.scripting.load();
    db.keys.tick();
    commands += words.length;
    if (commands < SWEEP_AFTER) return;
    commands = 0;
    db.keys.all();
  }

  return {
    async execute(words) {
      await begin([words]);
      return run(db, words);
    },
    async transaction(queued) {
      const refused = queued.some((words) => isFailure(answer(() => resolve(words) && null)));
      if (refused) return { error: 'EXECABORT Transaction discarded because of previous errors.' };
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
