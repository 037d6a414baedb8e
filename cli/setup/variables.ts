import { randomBytes } from 'node:crypto';
import { defaultConnections } from './connections.ts';
import { type Change, type Step, stepOf } from './plan.ts';
import type { Settings } from './settings.ts';

/** A variable that the server is to be started with. */
export type Variable = {
  name: string;
  /** Undefined while the application that it comes from is still to be made. */
  value: string | undefined;
  secret?: boolean;
  why: string;
};

/** What the server needs to know, in the order in which it is written; secrets that exist already are kept. */
export function serverVariables(
  settings: Settings,
  credentials: { clientId: string | undefined; clientSecret: string | undefined },
  present: Record<string, string | undefined>,
): Variable[] {
  const { tenant, managementAudience, serverUrl, identifier, connections } = settings;
  const { protocol, host } = new URL(tenant);
  const newSecret = () => randomBytes(32).toString('base64url');
  const variables: Variable[] = [
    { name: 'SERVER_URL', value: serverUrl, why: 'The public URL.' },
    { name: 'AUTH0_DOMAIN', value: protocol === 'https:' ? host : tenant, why: 'The tenant.' },
    { name: 'AUTH0_CLIENT_ID', value: credentials.clientId, why: 'The application for the Management API.' },
    { name: 'AUTH0_CLIENT_SECRET', value: credentials.clientSecret, secret: true, why: 'Its secret.' },
    { name: 'OAUTH_AUDIENCE', value: identifier, why: 'The API; its identifier can never be changed.' },
  ];
  if (managementAudience !== `${tenant}/api/v2/`)
    variables.push({
      name: 'AUTH0_MANAGEMENT_AUDIENCE',
      value: managementAudience,
      why: 'The tenant has a custom domain.',
    });
  const chosen = connections?.join(',');
  if (chosen && chosen !== defaultConnections.join(','))
    variables.push({ name: 'AUTH0_CONNECTIONS', value: chosen, why: 'The connections you chose.' });
  const sealing = present.SEALING_SECRET || newSecret();
  const cron = present.CRON_SECRET || newSecret();
  variables.push(
    {
      name: 'SEALING_SECRET',
      value: sealing,
      secret: true,
      why: 'Seals what a sign-in carries through the browser.',
    },
    {
      name: 'CRON_SECRET',
      value: cron,
      secret: true,
      why: 'Lets Vercel run the prune job, and you see details of /health.',
    },
  );
  return variables;
}

/** What writing the variables changes in the file; secrets are never shown. */
export function planVariables(
  path: string,
  variables: Variable[],
  present: Record<string, string | undefined>,
  exists: boolean,
): Step {
  const changes = variables.flatMap(({ name, value, secret, why }): Change[] => {
    const now = present[name];
    if (now === value && value !== undefined) return [];
    const from = now ? { from: secret ? '(another secret)' : now } : {};
    const to = secret ? '(secret)' : (value ?? '(the new application’s)');
    return [{ property: name, ...from, to, why }];
  });
  return stepOf(path, exists, changes);
}
