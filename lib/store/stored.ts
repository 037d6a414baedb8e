import type { z } from 'zod';

/** Reads back a JSON value that the store kept; undefined when there is none or its shape is not (or no longer) ours. */
export function parseStored<T>(schema: z.ZodType<T>, text: string | null | undefined): T | undefined {
  if (!text) return undefined;
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
