import { parseEnvText, readEnvText, withVariables, writeEnvText } from '../../env-file.ts';
import { CommandFailure } from '../../failure.ts';
import { openToGit } from '../env-check.ts';
import { type Change, type Finding, stepOf } from '../plan.ts';
import { bypassOf, createBypass, findProject, type Project, updateProject } from '../platform/project.ts';
import type { Vercel } from '../platform/vercel.ts';
import { carryOut, type Run, type SetupStep, skipped } from '../step.ts';
import { noToken, requireProject } from './project.ts';

const choices = ['open', 'bypass', 'protected'] as const;
type Choice = (typeof choices)[number];

/** Lets clients reach previews, if you want that. Deployment Protection otherwise answers them with a login page. */
export const previews: SetupStep = {
  name: 'previews',
  title: 'Previews',
  async run(run) {
    if (!run.vercel) return skipped(run, noToken);
    const target = await requireProject(run);
    if (!target) return skipped(run, 'The project does not exist yet.');
    const { vercel, project } = target;
    const protection = project.ssoProtection?.deploymentType ?? project.passwordProtection?.deploymentType;
    const subject = 'Deployment Protection';
    if (!protection)
      return carryOut(run, {
        steps: [stepOf(subject, true, [])],
        findings: [everybody],
        apply: async () => {},
      });
    const choice = await choose(run, protection);
    const opens = choice === 'open' && project.ssoProtection;
    const secret = bypassOf(project);
    const present = parseEnvText(await readEnvText(run.flags.file)).VERCEL_AUTOMATION_BYPASS_SECRET;
    const bypass = choice === 'bypass' && (!secret || present !== secret) ? [bypassChange(secret)] : [];
    return carryOut(run, {
      steps: [stepOf(subject, true, opens ? [opened(protection)] : bypass)],
      findings: [
        ...findingsFor(choice, project, protection),
        ...(bypass.length ? await openToGit(run.flags.file) : []),
      ],
      apply: async () => {
        if (opens) run.project = await updateProject(vercel, project, { ssoProtection: null });
        else await keepBypass(run, vercel, project, secret);
      },
    });
  },
};

async function choose({ flags, prompt }: Run, protection: string): Promise<Choice> {
  const typed =
    flags.previews ||
    (await prompt?.ask(
      `Previews ask for a login to Vercel (${protection}), which Claude cannot pass. Choose open, bypass (scripts only) or protected`,
      'protected',
    )) ||
    'protected';
  const choice = choices.find((each) => each === typed);
  if (choice) return choice;
  throw new CommandFailure('--previews takes open, bypass or protected.', 'docs/deploying.md explains them.');
}

function opened(from: string): Change {
  const why = 'Anyone with a preview’s URL reaches its sign-in. Clients such as Claude can connect.';
  return { property: 'ssoProtection', from, to: 'off', why, loosens: true };
}

function bypassChange(secret: string | undefined): Change {
  return {
    property: 'protectionBypass',
    ...(secret ? { from: '(a secret)' } : {}),
    to: secret ? '(the same, in the file)' : '(secret)',
    why: 'The doctor and scripts can send it as a header. Claude and ChatGPT cannot.',
  };
}

async function keepBypass(
  run: Run,
  vercel: Vercel,
  project: Project,
  secret: string | undefined,
): Promise<void> {
  if (!secret) await createBypass(vercel, project);
  const changed = await findProject(vercel, project.id);
  run.project = changed ?? project;
  const value = bypassOf(run.project);
  if (!value)
    throw new CommandFailure(
      'Vercel shows no bypass secret.',
      'Create one under Settings → Deployment Protection.',
    );
  const { file } = run.flags;
  const added = new Map([['VERCEL_AUTOMATION_BYPASS_SECRET', value]]);
  await writeEnvText(file, withVariables(await readEnvText(file), added));
}

function findingsFor(choice: Choice, { passwordProtection }: Project, protection: string): Finding[] {
  const findings: Finding[] = [];
  if (choice === 'open' && passwordProtection)
    findings.push({
      level: 'warning',
      message: 'Previews also ask for a password, which setup does not change.',
      fix: 'Turn Password Protection off under Settings → Deployment Protection.',
    });
  if (choice !== 'open')
    findings.push({
      level: 'note',
      message: 'Hosted clients such as Claude cannot connect to previews: Vercel asks for a login first.',
      fix: 'To open previews, run setup with --only previews --previews open, or add an exception for one domain.',
    });
  if (choice !== 'open' && protection === 'all')
    findings.push({
      level: 'warning',
      message: 'The protection covers production too, so no client can connect at all.',
      fix: 'Choose Standard Protection under Settings → Deployment Protection.',
    });
  return findings;
}

const everybody: Finding = {
  level: 'note',
  message: 'Anyone can reach the previews: Deployment Protection is off.',
};
