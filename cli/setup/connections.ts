import { z } from 'zod';
import type { Management } from '../management/management.ts';
import type { Finding } from './plan.ts';

const connectionSchema = z.looseObject({
  name: z.string(),
  strategy: z.string(),
  options: z.looseObject({ client_id: z.string().nullish() }).nullish(),
});
const connectionsSchema = z.union([
  z.array(connectionSchema),
  z.looseObject({ connections: z.array(connectionSchema) }).transform(({ connections }) => connections),
]);

/** A connection, as the tenant lists it. */
export type Connection = z.infer<typeof connectionSchema>;

/** The connections that the server enables by default. */
export const defaultConnections = ['Username-Password-Authentication', 'google-oauth2'];

/** The tenant's connections, at most 100. */
export function listConnections(management: Management): Promise<Connection[]> {
  return management.call(
    { method: 'GET', path: '/connections', query: { per_page: '100' } },
    connectionsSchema,
  );
}

/** What is wrong with the configured connections. Setup creates none: you decide how users sign in. */
export function checkConnections(wanted: string[] | undefined, present: Connection[]): Finding[] {
  const names = wanted ?? defaultConnections;
  const usable = present.filter(({ name }) => names.includes(name));
  const missing = names.filter((name) => !present.some((connection) => connection.name === name));
  const available = present.map(({ name }) => name).join(', ') || 'none';
  const findings: Finding[] = [];
  if (usable.length === 0)
    findings.push({
      level: 'problem',
      message: `Nobody can sign in: the tenant has none of the connections ${names.join(', ')}.`,
      fix: `Create one in the dashboard under Authentication, or choose existing ones with --connections (${available}).`,
    });
  else if (missing.length)
    findings.push({
      level: wanted ? 'problem' : 'note',
      message: `The tenant has no connection ${missing.join(', ')}.`,
      fix: wanted
        ? `Check the spelling of --connections. The tenant has ${available}.`
        : 'Clients work without it. Create it in the dashboard if users should sign in that way.',
    });
  for (const { name, strategy, options } of usable)
    if (strategy === 'google-oauth2' && options && !options.client_id)
      findings.push({
        level: 'warning',
        message: `The connection ${name} uses Auth0’s shared development keys.`,
        fix: 'Enter your own Google client id and secret in its settings before people rely on it.',
      });
  return findings;
}
