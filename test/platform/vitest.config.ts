import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** `npm run test:platform`: what needs the real Vercel CLI, which takes a download and half a minute of building. */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/platform/**/*.test.ts'],
    setupFiles: ['test/support/silent-log.ts'],
    testTimeout: 20_000,
    // Installs the CLI first if it is not in the cache.
    hookTimeout: 300_000,
  },
});
