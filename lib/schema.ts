/**
 * Zod's version 3 API, which is part of the same package. Every function loads it, so it must load fast: it takes a fifth of
 * the time of version 4, because every entry point of version 4 loads all translations. Tools and `lib/mcp/` use version 4,
 * which the SDK loads anyway.
 */
export { z } from 'zod/v3';

/** A schema of either version, as far as reading a value with it goes. */
export type Schema = {
  safeParse(value: unknown): { success: true; data: unknown } | { success: false; data?: undefined };
};

/** What a schema reads. */
export type Output<S extends Schema> = Extract<ReturnType<S['safeParse']>, { success: true }>['data'];
