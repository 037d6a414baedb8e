import { type FSWatcher, readdirSync, watch } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { isBundle } from './vercel/bundle.ts';
import { documentName } from './views/bundle.ts';

/** Editors write a file in several steps. Changes this close together count as one. */
const debounceMs = 100;
const sources = ['api', 'lib', 'public', 'vercel.json'];

/** Vim's swap files and the backups of Vim and Emacs, which are written while the author types. */
const editorFile = /\.sw[a-p]$|~$|^\.?#/;

/**
 * Calls `onChange` after a source file of the functions has changed. The calls do not overlap; changes during a call lead
 * to one more.
 *
 * @param root the folder of the project.
 * @param onChange never rejects.
 */
export function watchSources(root: string, onChange: () => Promise<void>): { close(): void } {
  let timer: NodeJS.Timeout | undefined;
  let last = Promise.resolve();
  let watchers: FSWatcher[] = [];
  let closed = false;

  const changed = (path: string) => {
    if (editorFile.test(basename(path)) || path.includes(documentName) || isBundle(root, path)) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      last = last.then(async () => {
        if (closed) return;
        // First: `onChange` reads what changed before, the new watchers report what changes later.
        watchFolders();
        await onChange();
      });
    }, debounceMs);
  };

  // Not with `recursive`: on Linux that watches each file, and loses one that an editor replaces. A folder that was
  // replaced is lost as well, so all are watched anew after each change.
  const watchFolders = () => {
    for (const watcher of watchers) watcher.close();
    const folders = ['.', ...sources.flatMap((source) => foldersIn(root, source))];
    watchers = folders.flatMap((folder) => watchFolder(root, folder, changed));
  };

  watchFolders();
  return {
    close: () => {
      closed = true;
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
}

/** A source folder and all folders in it, by their paths from the root. */
function foldersIn(root: string, source: string): string[] {
  try {
    const entries = readdirSync(join(root, source), { recursive: true, withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory());
    return [source, ...folders.map(({ parentPath, name }) => relative(root, join(parentPath, name)))];
  } catch {
    // A file, or not there, or removed meanwhile. The watcher of the folder around it reports when that changes.
    return [];
  }
}

/** No watcher if the folder was removed meanwhile. */
function watchFolder(root: string, folder: string, changed: (path: string) => void): FSWatcher[] {
  try {
    const watcher = watch(join(root, folder), (_event, name) => {
      if (folder !== '.' || sources.includes(String(name))) changed(join(folder, String(name)));
    });
    // Windows reports the removal of a watched folder as an error.
    return [watcher.on('error', () => changed(folder))];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
