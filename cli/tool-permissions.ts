import { z } from 'zod';
import { isScope } from '../lib/scope-rules.ts';
import { CommandFailure } from './failure.ts';

// Parsed, because a server without the permissions extension has no such property.
const permitted = z.object({ kind: z.literal('tool'), title: z.string(), permissions: z.array(z.string()) });

/** Auth0 takes descriptions of up to 500 characters. */
const maxDescriptionLength = 500;

/**
 * The permissions that tools name, with descriptions for the tenant. Without those that are also scopes, which the API has
 * anyway.
 */
export function toolPermissions(features: readonly unknown[]): Map<string, string> {
  const titles = new Map<string, string[]>();
  for (const feature of features) {
    const { data } = permitted.safeParse(feature);
    for (const name of data?.permissions ?? [])
      if (data && !isScope(name)) titles.set(name, [...(titles.get(name) ?? []), data.title]);
  }
  return new Map(
    [...titles].map(([name, tools]) => [
      name,
      `Use these tools: ${tools.join(', ')}`.slice(0, maxDescriptionLength),
    ]),
  );
}

/** The permissions that this project's tools name. Throws `CommandFailure` if the tools cannot be loaded. */
export async function ownToolPermissions(): Promise<Map<string, string>> {
  // Loaded here, because the file is yours: a mistake in a tool must not stop the commands that don't need it.
  const { features } = await import('../lib/tools/index.ts').catch((cause) => {
    throw new CommandFailure(
      'The tools cannot be loaded, so it is not known which permissions they need.',
      'npm start shows what is wrong with lib/tools/.',
      { cause },
    );
  });
  return toolPermissions(features);
}
