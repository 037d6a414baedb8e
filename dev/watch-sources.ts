import { existsSync, watch } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isBundle } from './vercel/bundle.ts';
import { documentName } from './views/bundle.ts';

/** Editors write a file in several steps. Changes this close together count as one. */
const debounceMs = 100;
const root = new URL('../', import.meta.url);

/**
 * Calls `onChange` after a source file of the functions has changed. The calls do not overlap; changes during a call lead
 * to one more.
 *
 * @param onChange never rejects.
 */
export function watchSources(onChange: () => Promise<void>): { close(): void } {
  let timer: NodeJS.Timeout | undefined;
  let last = Promise.resolve();
  const changed = (_event: string, name: string | null) => {
    // Written by a bundler, because something else has changed.
    if (name?.includes(documentName) || isBundle(fileURLToPath(root), `lib/${name}`)) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      last = last.then(onChange);
    }, debounceMs);
  };
  const watchers = [
    ...['api', 'lib', 'public']
      .map((folder) => new URL(folder, root))
      .filter((folder) => existsSync(folder))
      .map((folder) => watch(folder, { recursive: true }, changed)),
    // Editors replace files, which ends a watcher on the file. The folder is watched instead.
    watch(root, (event, name) => name === 'vercel.json' && changed(event, name)),
  ];
  return {
    close: () => {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
}
