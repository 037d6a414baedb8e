import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

/** The suffix of a built function's folder, as in Vercel's Build Output API. */
const folderEnd = '.func/';

/**
 * Restricts each built function to the files that the builder traced for it. A deployment contains nothing else, but
 * locally Node would find an untraced package in the project's `node_modules`.
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
