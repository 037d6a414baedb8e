import { randomBytes } from 'node:crypto';
import { defaultConnections } from './connections.ts';
import { organizationVariables } from './organizations.ts';
import { type Change, type Step, stepOf } from './plan.ts';
import type { Settings } from './settings.ts';
import type { Variable } from './variable.ts';

/** The server's variables, in the order in which setup writes them. Existing secrets are kept. */
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
    {
      name: 'OAUTH_AUDIENCE',
      value: identifier,
      why: 'The API’s identifier, which cannot be changed later.',
    },
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
  variables.push(...organizationVariables(settings.organizations));
  const sealing = present.SEALING_SECRET || newSecret();
  const cron = present.CRON_SECRET || newSecret();
  variables.push(
    {
      name: 'SEALING_SECRET',
      value: sealing,
      secret: true,
      why: 'Encrypts what a sign-in carries through the browser.',
    },
    {
      name: 'CRON_SECRET',
      value: cron,
      secret: true,
      why: 'Lets Vercel run the prune job, and shows you the details of /health.',
    },
  );
  return variables;
}

/** Plans the changes to the file. Never shows secrets. */
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
