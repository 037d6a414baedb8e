import { hasSignIn, readConfig, type SignInConfig } from '../../lib/config.ts';
import { readAudit } from '../../lib/store/audit.ts';
import { parseEnvText, readEnvText } from '../env-file.ts';
import { CommandFailure } from '../failure.ts';

type Variables = Record<string, string | undefined>;

/** The deployment that the command works on, by its variables. */
export type Deployment = {
  /** The file's path and text; empty if it does not exist. */
  file: string;
  text: string;
  /** The file's variables, where the environment does not set them. */
  variables: Variables;
  config: SignInConfig;
};

/** Audit entries by which the sealing secret is checked. */
const checkedEntries = 20;

/** Reads the deployment's variables from the environment and the file. Throws `CommandFailure` with everything that is missing or wrong. */
export async function readDeployment(file: string, env: Variables): Promise<Deployment> {
  const text = await readEnvText(file);
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value));
  // `vercel env pull` also writes VERCEL, but this is not a function on Vercel.
  const variables = { ...parseEnvText(text), ...given, VERCEL: undefined };
  const result = readConfig(variables);
  const source = `The variables come from the environment and ${file} (--file). “vercel env pull” writes the file, except for sensitive values.`;
  if ('failure' in result)
    throw new CommandFailure(
      result.failure.map(({ variable, fix }) => `${variable}: ${fix}`).join('\n'),
      source,
    );
  const config = result.value;
  if (!hasSignIn(config)) throw new CommandFailure('Sign-in is off (OAUTH_ENABLED=false).', source);
  if (!config.store)
    throw new CommandFailure('UPSTASH_REDIS_REST_URL: Missing. Records are in the store.', source);
  return { file, text, variables, config: { ...config, sealingSecrets: signingOrder(config) } };
}

/**
 * During a rotation, the previous secret first: records signed with it are believed whether or not the deployment already
 * has the new one.
 */
function signingOrder({ sealingSecrets }: SignInConfig): [string, ...string[]] {
  const [current, ...previous] = sealingSecrets;
  const [first, ...others] = [...previous, current];
  return [first ?? current, ...others];
}

/**
 * Throws `CommandFailure` if the deployment signs its records with another secret than the one given here: it would ignore
 * whatever a command writes. Throws StoreUnavailable.
 */
export async function requireSameSecret({ config, file }: Deployment): Promise<void> {
  const { entries, unbelievable } = await readAudit(config, checkedEntries);
  if (entries.length || !unbelievable) return;
  throw new CommandFailure(
    'The deployment signs its records with another SEALING_SECRET than the one given here, and would ignore changes.',
    `Put the deployment’s SEALING_SECRET (without one: its AUTH0_CLIENT_SECRET) into ${file}. After a rotation without the previous secret, deploy first.`,
  );
}
