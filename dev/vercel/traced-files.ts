import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

/** How a built function's folder ends, here as in Vercel's Build Output API. */
const folderEnd = '.func/';

/**
 * Keeps each built function to the files that the builder traced for it. A deployment ships nothing else, while
 * here Node would find an untraced package in the project's `node_modules` further up.
 */
export function confineToTracedFiles(): void {
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const resolved = nextResolve(specifier, context);
      const end = context.parentURL?.indexOf(folderEnd) ?? -1;
      const own = end === -1 ? undefined : context.parentURL?.slice(0, end + folderEnd.length);
      if (own && resolved.url.startsWith('file:') && !resolved.url.startsWith(own))
        throw new Error(`Cannot find ${specifier}: it was not traced into ${fileURLToPath(own)}`);
      return resolved;
    },
  });
}
