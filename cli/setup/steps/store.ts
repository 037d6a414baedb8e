import { storeVariables } from '../../../lib/environment.ts';
import { parseEnvText, readEnvText, withVariables, writeEnvText } from '../../env-file.ts';
import { openToGit } from '../env-check.ts';
import { type Finding, stepOf } from '../plan.ts';
import { listVariables } from '../platform/environment.ts';
import { urlOfHost } from '../platform/host-url.ts';
import { type Database, openUpstash, type Upstash } from '../platform/upstash.ts';
import { carryOut, type Run, type SetupStep, type StepResult, skipped } from '../step.ts';
import { requireProject } from './project.ts';

/** The names that setup writes. */
const [{ url: urlVariable, token: tokenVariable }] = storeVariables;

/** Finds the store, or creates one at Upstash. */
export const store: SetupStep = {
  name: 'store',
  title: 'Upstash store',
  async run(run) {
    const { flags } = run;
    const present = parseEnvText(await readEnvText(flags.file));
    const upstash = await openAccount(run);
    if (!flags.store && storeVariables.some(({ url, token }) => present[url] && present[token]))
      return keep(run, `The store in ${flags.file}`);
    if (!flags.store && (await isConnected(run))) return keep(run, 'The store connected to the project');
    if (!upstash) return askForMarketplace(run);

    const name = flags.store || run.project?.name || 'mcp';
    const found = (await upstash.list()).find((each) => each.database_name === name);
    const region = flags.region || 'us-east-1';
    const where = [{ property: 'region', to: region, why: 'The functions’ region, iad1, is there too.' }];
    const why = 'How the server reaches the store.';
    const credentials = [
      { property: urlVariable, to: found ? urlOfHost(found.endpoint) : '(the new database’s)', why },
      { property: tokenVariable, to: '(secret)', why },
    ];
    return carryOut(run, {
      steps: [
        stepOf(`Upstash database ${name}`, found !== undefined, found ? [] : where),
        stepOf(flags.file, true, found && isCurrent(found, present) ? [] : credentials),
      ],
      findings: await openToGit(flags.file),
      apply: async () => {
        const { database_id } = found ?? (await upstash.create(name, region));
        await writeCredentials(flags.file, await upstash.read(database_id));
      },
    });
  },
};

async function openAccount({ env, prompt, flags, progress }: Run): Promise<Upstash | undefined> {
  const { UPSTASH_EMAIL: email, UPSTASH_API_KEY: apiKey, UPSTASH_API_URL: origin } = env;
  if (email && apiKey) return openUpstash({ email, apiKey }, origin, progress.onLimit);
  if (!prompt || !flags.store) return undefined;
  const typed = await prompt.askSecret('Upstash API key');
  return typed
    ? openUpstash(
        { email: await prompt.ask('E-mail of the Upstash account'), apiKey: typed },
        origin,
        progress.onLimit,
      )
    : undefined;
}

function keep(run: Run, subject: string): Promise<StepResult> {
  return carryOut(run, { steps: [stepOf(subject, true, [])], apply: async () => {} });
}

async function isConnected(run: Run): Promise<boolean> {
  const target = await requireProject(run);
  if (!target) return false;
  const present = await listVariables(target.vercel, target.project.id);
  return storeVariables.some((names) =>
    Object.values(names).every((name) =>
      present.some((each) => each.key === name && each.target.includes('production')),
    ),
  );
}

/** The Marketplace shows terms and plans to accept, so a person has to do this part. */
async function askForMarketplace(run: Run): Promise<StepResult> {
  const finding: Finding = {
    level: 'problem',
    message: 'The server has no store.',
    fix: 'Vercel: open the project’s Storage tab, create Upstash for Redis and connect it to all environments. Or set UPSTASH_EMAIL and UPSTASH_API_KEY, and setup creates a database. Then run setup again.',
  };
  const step = stepOf('Upstash database', false, []);
  if (run.prompt && run.vercel && !run.flags['dry-run']) {
    run.progress.onChanges([step], [finding]);
    while (await run.prompt.confirm('Is a store connected to the project now?'))
      if (await isConnected(run)) return keep(run, 'The store connected to the project');
    return { state: 'problems', steps: [step], findings: [finding] };
  }
  if (!run.vercel) return skipped(run, `${finding.message} ${finding.fix}`);
  // A dry run goes on, to show the whole plan.
  const level = run.flags['dry-run'] ? 'warning' : 'problem';
  return carryOut(run, { steps: [step], findings: [{ ...finding, level }], apply: async () => {} });
}

function isCurrent(database: Database, present: Record<string, string | undefined>): boolean {
  return present[urlVariable] === urlOfHost(database.endpoint) && Boolean(present[tokenVariable]);
}

async function writeCredentials(path: string, database: Database): Promise<void> {
  const added = new Map<string, string>([
    [urlVariable, urlOfHost(database.endpoint)],
    [tokenVariable, database.rest_token ?? ''],
  ]);
  await writeEnvText(path, withVariables(await readEnvText(path), added));
}
