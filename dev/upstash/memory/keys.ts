import type { Bytes, Reply } from '../backend.ts';
import { index } from './arguments.ts';
import type { CommandTable, Database } from './command.ts';
import { CommandError, syntaxError } from './command-error.ts';
import { glob } from './glob.ts';

const remove = (db: Database, ...keys: Bytes[]) => keys.filter((key) => db.keys.remove(key)).length;

/** A position for each key (FNV-1a hash) that does not change when other keys come and go. */
function positionOf(key: Bytes): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

function scanOptions(words: Bytes[]) {
  const options: { match?: (key: Bytes) => boolean; count: number; type?: string } = { count: 10 };
  for (let i = 0; i < words.length; i += 2) {
    const value = words[i + 1];
    if (value === undefined) throw syntaxError();
    const word = (words[i] ?? '').toUpperCase();
    if (word === 'MATCH') options.match = glob(value);
    else if (word === 'TYPE') options.type = value.toLowerCase();
    else if (word === 'COUNT') {
      options.count = index(value);
      if (options.count < 1) throw syntaxError();
    } else throw syntaxError();
  }
  return options;
}

/** The cursor is the position to continue from, so a key that exists during the whole scan is always returned. */
function scan(db: Database, cursor: Bytes, ...words: Bytes[]): Reply {
  if (!/^\d{1,20}$/.test(cursor)) throw new CommandError('ERR invalid cursor');
  const { match, count, type } = scanOptions(words);
  const from = Number(cursor);
  const ahead = db.keys
    .all()
    .map((key) => ({ key, position: positionOf(key) }))
    .filter((candidate) => candidate.position >= from)
    .sort((a, b) => a.position - b.position);
  const next = ahead[count]?.position;
  // Keys with the same position are returned together: the cursor cannot tell them apart.
  const end = ahead[count - 1]?.position === next && next !== undefined ? next + 1 : next;
  const page = end === undefined ? ahead : ahead.filter((candidate) => candidate.position < end);
  const found = page
    .map(({ key }) => key)
    .filter((key) => (match?.(key) ?? true) && (type === undefined || db.keys.typeOf(key) === type));
  return [String(page.length === ahead.length ? 0 : end), found];
}

export const keyCommands: CommandTable = {
  DEL: { arity: -2, write: true, run: remove },
  UNLINK: { arity: -2, write: true, run: remove },
  EXISTS: {
    arity: -2,
    run: (db, ...keys) => keys.filter((key) => db.keys.typeOf(key) !== undefined).length,
  },
  TYPE: { arity: 2, run: (db, key) => ({ status: db.keys.typeOf(key) ?? 'none' }) },
  KEYS: {
    arity: 2,
    run: (db, pattern) => db.keys.all().filter(glob(pattern)),
  },
  SCAN: { arity: -2, run: scan },
};
