import type { Bytes } from './backend.ts';

/** A flag that only Upstash has. `@upstash/ratelimit` sets it, and Redis refuses a script with it. */
export const KEY_LOCKING = 'allow-key-locking';

/** The parts of a script's `#!` line, and the rest of the script from its newline on. */
export type Shebang = { engine: string; options: string[]; flags: string[]; body: Bytes };

export function shebang(script: Bytes): Shebang | undefined {
  if (!script.startsWith('#!')) return undefined;
  const end = script.indexOf('\n') < 0 ? script.length : script.indexOf('\n');
  const [engine = '', ...words] = script.slice(2, end).trim().split(/ +/);
  const flags = words.flatMap((word) =>
    word.startsWith('flags=') ? word.slice('flags='.length).split(',') : [],
  );
  const options = words.filter((word) => !word.startsWith('flags='));
  return { engine, options, flags: flags.filter((flag) => flag !== ''), body: script.slice(end) };
}

/** The script as Redis accepts it, with the same line numbers. */
export function withoutKeyLocking(script: Bytes): Bytes {
  const line = shebang(script);
  if (!line?.flags.includes(KEY_LOCKING)) return script;
  const flags = line.flags.filter((flag) => flag !== KEY_LOCKING);
  const words = [line.engine, ...line.options, ...(flags.length > 0 ? [`flags=${flags.join(',')}`] : [])];
  return `#!${words.join(' ')}${line.body}`;
}
