import { z } from 'zod';
import { isScope } from '../lib/scope-rules.ts';
import { features as ours } from '../lib/tools/index.ts';

// Parsed, because a server without the permissions extension has no such property.
const permitted = z.object({ kind: z.literal('tool'), title: z.string(), permissions: z.array(z.string()) });

/**
 * The permissions that tools name, each with the titles of its tools. Without those that are also scopes, which the API has
 * anyway.
 */
export function toolPermissions(features: readonly unknown[] = ours): Map<string, string[]> {
  const titles = new Map<string, string[]>();
  for (const feature of features) {
    const { data } = permitted.safeParse(feature);
    for (const name of data?.permissions ?? [])
      if (data && !isScope(name)) titles.set(name, [...(titles.get(name) ?? []), data.title]);
  }
  return titles;
}
