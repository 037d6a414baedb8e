/**
 * Zod, through the version 3 API that the same package contains. Every function loads it, so it must load fast: it takes a
 * fifth of the time and of the bytes of version 4, whose every entry point loads all translations. Tools and the MCP
 * endpoint use version 4, which the SDK loads anyway.
 */
export { z } from 'zod/v3';

/** A schema of either version, as far as reading a value with it goes. */
export type Schema = {
  safeParse(value: unknown): { success: true; data: unknown } | { success: false; data?: undefined };
};

/** What a schema reads. */
export type Output<S extends Schema> = Extract<ReturnType<S['safeParse']>, { success: true }>['data'];
