import { existsSync, watch } from 'node:fs';

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
  const changed = () => {
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
    watch(root, (_, name) => name === 'vercel.json' && changed()),
  ];
  return {
    close: () => {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
}
