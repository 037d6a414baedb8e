import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import { type Functions, type FunctionsOptions, startFunctions } from '../../../dev/vercel/functions.ts';

/** The small project that these tests serve. */
export const fixtureRoot = fileURLToPath(new URL('./fixture', import.meta.url));

/** Serves the fixture on a free port for one test file. The returned getter gives the running functions. */
export function useFixture(options: Partial<FunctionsOptions> = {}): () => Functions {
  let functions: Functions | undefined;
  beforeAll(async () => {
    functions = await startFunctions({ root: fixtureRoot, port: 0, env: process.env, ...options });
  });
  afterAll(() => functions?.close());
  return () => {
    if (!functions) throw new Error('The fixture did not start');
    return functions;
  };
}
