import type { Output, Schema } from '../schema.ts';

/** Reads back a JSON value that the store kept; undefined if there is none or its shape is not (or no longer) ours. */
export function parseStored<S extends Schema>(
  schema: S,
  text: string | null | undefined,
): Output<S> | undefined {
  if (!text) return undefined;
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
