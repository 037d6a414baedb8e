import type { SignInConfig } from '../../lib/config.ts';
import { readAudit } from '../../lib/store/audit.ts';
import { blockedClientsPattern, endedGrantKey, signedOutKey } from '../../lib/store/keys.ts';
import { readText, signedText } from '../../lib/store/record.ts';
import { withStore } from '../../lib/store/redis.ts';
import { scanKeys } from '../../lib/store/scan.ts';
import { requireWritable, withoutVariable, writeEnvText } from '../env-file.ts';
import { CommandFailure } from '../failure.ts';
import type { Admin, Plan } from './command.ts';

const previousName = 'SEALING_SECRET_PREVIOUS';
/** Audit entries by which the deployment's secret is recognized. */
const examinedEntries = 100;

/** `rotate-secrets --finish`: what must outlast the previous secret is signed again, then the secret goes. */
export async function finishRotation({ deployment }: Admin): Promise<Plan> {
  const { file, text, variables } = deployment;
  if (!variables[previousName])
    throw new CommandFailure(`${previousName} is not set.`, 'There is no rotation to finish.');
  const current = currentFirst(deployment.config);
  const warning = await deploymentWarning(current);
  return {
    lines: [
      `Sign blocks, sign-outs and ended grants again with SEALING_SECRET, and remove ${previousName} from ${file}.`,
      'Tokens from before the rotation that were not refreshed since end: none is left after 60 days.',
      ...(warning ? [warning] : []),
    ],
    json: warning ? { warning } : {},
    question: 'Finish the rotation?',
    async perform() {
      await requireWritable(file);
      const signed = await signAgain(current);
      await writeEnvText(file, withoutVariable(text, previousName));
      return {
        lines: [
          `${signed} records signed again. ${previousName} is no longer in ${file}.`,
          `On Vercel, remove ${previousName}, then deploy.`,
        ],
        json: { file, records: signed, remove: [previousName] },
      };
    },
  };
}

/** Commands sign with the previous secret during a rotation; from here on the current one must suffice. */
function currentFirst(config: SignInConfig): SignInConfig {
  const [previous, ...others] = config.sealingSecrets;
  const [current = previous] = others;
  return { ...config, sealingSecrets: [current, previous] };
}

/** Whether the deployment seems not to have the current secret: nothing that it noted lately is signed with it. */
async function deploymentWarning(config: SignInConfig): Promise<string | undefined> {
  const [current] = config.sealingSecrets;
  const isOfDeployment = ({ actor }: { actor: string }) => actor !== 'operator';
  const all = (await readAudit(config, examinedEntries)).entries.filter(isOfDeployment);
  const withCurrent = (
    await readAudit({ ...config, sealingSecrets: [current] }, examinedEntries)
  ).entries.filter(isOfDeployment);
  return all.length && withCurrent.length === 0
    ? 'Warning: the deployment has signed nothing with the new SEALING_SECRET so far. Is it deployed?'
    : undefined;
}

/** Signs what refuses tokens again, keeping how long it lives. Returns how many records there were. Throws StoreUnavailable. */
async function signAgain(config: SignInConfig): Promise<number> {
  let signed = 0;
  for (const pattern of [blockedClientsPattern(config), signedOutKey('*'), endedGrantKey('*')])
    for await (const keys of scanKeys(config, pattern)) {
      const stored = await withStore(config, (redis) => redis.mget(...keys), {
        retry: true,
      });
      const records = keys.flatMap((key, index): [string, string][] => {
        const text = readText(config, key, stored[index]);
        return text === undefined ? [] : [[key, signedText(config, key, text)]];
      });
      if (records.length === 0) continue;
      await withStore(
        config,
        (redis) => {
          const pipeline = redis.pipeline();
          // Only if it still exists: a block may have been lifted in between.
          for (const [key, record] of records) pipeline.set(key, record, { xx: true, keepTtl: true });
          return pipeline.exec();
        },
        { retry: true },
      );
      signed += records.length;
    }
  return signed;
}
