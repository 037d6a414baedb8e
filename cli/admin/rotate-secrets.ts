import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { readConfig } from '../../lib/config.ts';
import { type AuditEntry, storeAuditEntry } from '../../lib/store/audit.ts';
import { envLine, requireWritable, withoutVariable, withVariables, writeEnvText } from '../env-file.ts';
import { CommandFailure } from '../failure.ts';
import type { Admin, Command, Plan, Report } from './command.ts';
import { finishRotation } from './finish-rotation.ts';
import { requireIgnored } from './require-ignored.ts';
import { lacking, type Tenant } from './tenant.ts';

const previousName = 'SEALING_SECRET_PREVIOUS';
const rotated = z.object({ client_secret: z.string().min(1) });

const audited: AuditEntry = { action: 'secrets-rotated', actor: 'operator' };

/** `rotate-secrets`: new secrets, in the file and at Auth0; you set them on Vercel. */
export const rotateSecrets: Command = async (admin) => {
  const { deployment, flags } = admin;
  await requireIgnored(deployment.file);
  if (flags.finish) return finishRotation(admin);
  if (deployment.variables[previousName] && !flags['without-previous'])
    throw new CommandFailure(
      `The last rotation is not finished: ${previousName} is set.`,
      'Finish it with --finish, which ends what is still sealed with that secret. If a secret has leaked, use --without-previous.',
    );
  return plan(admin, await mayRotate(admin));
};

/** The tenant if its application's secret can be rotated, else why not. */
async function mayRotate(admin: Admin): Promise<Tenant | string> {
  const tenant = await admin.tenant();
  const lacks = lacking(tenant, ['update:client_keys']);
  return tenant instanceof CommandFailure || lacks !== undefined ? (lacks ?? 'unknown') : tenant;
}

function plan(admin: Admin, tenant: Tenant | string): Plan {
  const { deployment, flags } = admin;
  const { clientId } = deployment.config.oauth;
  const keeps = !flags['without-previous'];
  return {
    lines: [
      `Write a new SEALING_SECRET and CRON_SECRET to ${deployment.file}.`,
      keeps
        ? `${previousName} keeps accepting what was sealed until now: nobody is signed out.`
        : 'Nothing that was sealed until now is accepted: every user must sign in again, and clients with a secret must connect again.',
      typeof tenant === 'string'
        ? `The secret of the application ${clientId} stays. ${tenant}`
        : `Rotate the secret of the application ${clientId} at Auth0. The old one stops working within 30 seconds; the deployment keeps its Management API token for up to a day.`,
    ],
    json: { keepsPrevious: keeps, clientSecret: typeof tenant !== 'string' },
    question: keeps ? 'Rotate the secrets?' : 'Rotate the secrets and sign everybody out?',
    perform: () => rotate(admin, tenant, keeps),
  };
}

async function rotate(admin: Admin, tenant: Tenant | string, keeps: boolean): Promise<Report> {
  const { deployment, flags } = admin;
  const { file, text, variables, config } = deployment;
  // Without a sealing secret, the keys are derived from the application's secret.
  const previous = variables.SEALING_SECRET || config.oauth.clientSecret;
  // In the order in which to set them: a deployment between two of them must not lose what was sealed.
  const secrets = new Map<string, string>();
  if (keeps) secrets.set(previousName, previous);
  secrets.set('SEALING_SECRET', newSecret());
  secrets.set('CRON_SECRET', newSecret());
  const next = {
    ...variables,
    ...Object.fromEntries(secrets),
    ...(keeps ? {} : { [previousName]: undefined }),
  };
  const accepted = readConfig(next);
  if ('failure' in accepted)
    throw new CommandFailure(
      accepted.failure.map(({ variable, fix }) => `${variable}: ${fix}`).join('\n'),
      'Nothing was changed.',
    );
  await requireWritable(file);
  if (typeof tenant !== 'string') secrets.set('AUTH0_CLIENT_SECRET', await newClientSecret(admin, tenant));
  const kept = keeps ? text : withoutVariable(text, previousName);
  await writeEnvText(file, withVariables(kept, secrets));
  await storeAuditEntry(keeps ? config : accepted.value, audited);
  return {
    lines: [
      `${file} has the new secrets.`,
      '',
      ...vercelLines(secrets, file, { keeps, show: flags.print }),
      ...(typeof tenant === 'string' ? ['', manualRotation(config.oauth.clientId, tenant)] : []),
    ],
    json: {
      file,
      keepsPrevious: keeps,
      clientSecret: typeof tenant !== 'string',
      variables: [...secrets].map(([name, value]) => ({ name, ...(flags.print && { value }) })),
    },
  };
}

const newSecret = () => randomBytes(32).toString('base64url');

async function newClientSecret({ config }: Admin, { management }: Tenant): Promise<string> {
  const path = `/clients/${encodeURIComponent(config.oauth.clientId)}/rotate-secret`;
  return (await management.call({ method: 'POST', path }, rotated)).client_secret;
}

function vercelLines(
  secrets: ReadonlyMap<string, string>,
  file: string,
  { keeps, show }: { keeps: boolean; show: boolean },
): string[] {
  return [
    'On Vercel (Settings > Environment Variables, for Production and Preview), set in this order:',
    ...[...secrets].map(([name, value], index) =>
      show ? `  ${index + 1}. ${envLine(name, value)}` : `  ${index + 1}. ${name}  (copy from ${file})`,
    ),
    ...(keeps ? [] : [`  Remove ${previousName}, if it is there.`]),
    'Then deploy once. Do not roll back to a deployment from before: it cannot read what is sealed from now on.',
    ...(keeps
      ? ['After 60 days, when no token from before is left: npm run admin -- rotate-secrets --finish']
      : []),
    'The store’s token is rotated at Upstash: reset it there, set it on Vercel, deploy.',
  ];
}

function manualRotation(clientId: string, reason: string): string {
  return `The secret of the application ${clientId} was not rotated. ${reason} Use a token with update:client_keys (--token), or rotate it in the dashboard and set AUTH0_CLIENT_SECRET.`;
}
