import { existsSync, watch } from 'node:fs';

/** Editors write a file in several steps; changes this close together count as one. Milliseconds. */
const settleMs = 100;
const root = new URL('../', import.meta.url);

/** Calls `onChange` after anything that the functions are made of has been edited. */
export function watchSources(onChange: () => void): { close(): void } {
  let timer: NodeJS.Timeout | undefined;
  const changed = () => {
    clearTimeout(timer);
    timer = setTimeout(onChange, settleMs);
  };
  const watchers = [
    ...['api', 'lib', 'public']
      .map((folder) => new URL(folder, root))
      .filter((folder) => existsSync(folder))
      .map((folder) => watch(folder, { recursive: true }, changed)),
    // Editors replace files, and with a file its watcher would go; so its folder is watched.
    watch(root, (_, name) => name === 'vercel.json' && changed()),
  ];
  return {
    close: () => {
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
}
