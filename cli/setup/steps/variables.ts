import { isLoopback } from '../../doctor/loopback-host.ts';
import { parseEnvText, readEnvText } from '../../env-file.ts';
import { printable } from '../../printable.ts';
import type { Change, Finding, Step } from '../plan.ts';
import { stepOf } from '../plan.ts';
import {
  addVariable,
  changeVariable,
  listVariables,
  type ProjectVariable,
  type Wanted,
} from '../platform/environment.ts';
import { compare, signsOut, type Task } from '../platform/variable-changes.ts';
import { carryOut, type Run, type SetupStep, skipped } from '../step.ts';
import { noToken, requireProject } from './project.ts';

/** What setup copies from the file to the project, and which of it is secret. */
const copied: Record<string, 'secret' | 'plain'> = {
  SERVER_URL: 'plain',
  AUTH0_DOMAIN: 'plain',
  AUTH0_CLIENT_ID: 'plain',
  AUTH0_CLIENT_SECRET: 'secret',
  AUTH0_API_CLIENT_ID: 'plain',
  AUTH0_API_CLIENT_SECRET: 'secret',
  AUTH0_CONNECTED_ACCOUNTS: 'plain',
  AUTH0_MANAGEMENT_AUDIENCE: 'plain',
  AUTH0_CONNECTIONS: 'plain',
  OAUTH_AUDIENCE: 'plain',
  SEALING_SECRET: 'secret',
  SEALING_SECRET_PREVIOUS: 'secret',
  CRON_SECRET: 'secret',
  UPSTASH_REDIS_REST_URL: 'plain',
  UPSTASH_REDIS_REST_TOKEN: 'secret',
};
const required = ['SERVER_URL', 'AUTH0_DOMAIN', 'AUTH0_CLIENT_ID', 'AUTH0_CLIENT_SECRET', 'SEALING_SECRET'];

/** Sets the server's variables for the project's environments. */
export const variables: SetupStep = {
  name: 'variables',
  title: 'Variables at Vercel',
  async run(run) {
    const { flags } = run;
    if (!run.vercel) return skipped(run, noToken);
    const target = await requireProject(run);
    const present = parseEnvText(await readEnvText(flags.file));
    const missing = required.filter((name) => !present[name]);
    if (!target || missing.length) return unprepared(run, missing);
    const { vercel, project } = target;
    const key = present.SEALING_SECRET ?? '';
    const existing = await listVariables(vercel, project.id);
    const wanted = wantedFrom(present);
    const { tasks, findings } = compare(wanted, existing, flags.environments, key);
    const previous = present.SEALING_SECRET_PREVIOUS;
    const replaced = flags['replace-secrets'] ? [] : tasks.filter((task) => signsOut(task, previous));
    return carryOut(run, {
      steps: [stepFor(tasks)],
      findings: [
        ...findings,
        ...(replaced.length ? [anotherSealingSecret(flags.file)] : []),
        ...checkUrl(run, present.SERVER_URL ?? ''),
      ],
      apply: async () => {
        for (const task of tasks)
          await ('add' in task
            ? addVariable(vercel, project.id, task.wanted, task.add, key)
            : changeVariable(vercel, project.id, task.change, task.wanted, key));
      },
    });
  },
};

function wantedFrom(present: Record<string, string | undefined>): Wanted[] {
  return Object.entries(copied).flatMap(([name, kind]) => {
    const value = present[name];
    return value ? [{ name, value, secret: kind === 'secret' }] : [];
  });
}

function shownValue({ type, value = '' }: ProjectVariable): string {
  return type === 'plain' ? printable(value) : '(hidden)';
}

function anotherSealingSecret(file: string): Finding {
  return {
    level: 'problem',
    message: `The project’s SEALING_SECRET is another one than in ${file}, or was not set by setup. Replacing it signs everybody out.`,
    fix: `Put the project’s own into ${file}. If you do not have it, add --replace-secrets.`,
  };
}

function stepFor(tasks: Task[]): Step {
  const changes = tasks.map((task): Change => {
    const { name, value, secret } = task.wanted;
    const targets = 'add' in task ? task.add : task.change.target;
    return {
      property: name,
      ...('change' in task ? { from: secret ? '(another secret)' : shownValue(task.change) } : {}),
      to: secret ? '(secret)' : value,
      why: `For ${targets.join(', ')}.`,
    };
  });
  return stepOf(
    'Environment variables',
    tasks.every((task) => 'change' in task),
    changes,
  );
}

function checkUrl({ env }: Run, serverUrl: string): Finding[] {
  // A stand-in for Vercel on this machine serves what it deploys on this machine too.
  const url = URL.parse(serverUrl);
  if (url && (env.VERCEL_API_URL || !isLoopback(url.hostname))) return [];
  return [
    {
      level: 'problem',
      message: `SERVER_URL is ${printable(serverUrl)}, which is ${url ? 'this machine' : 'not a URL'}.`,
      fix: 'Run setup with --url and the public URL.',
    },
  ];
}

async function unprepared(run: Run, missing: string[]) {
  if (!run.flags['dry-run'])
    return skipped(
      run,
      `The earlier steps are not done${missing.length ? `: ${missing.join(', ')} missing` : ''}.`,
    );
  const changes = Object.entries(copied)
    .filter(([name]) => required.includes(name) || name.startsWith('UPSTASH') || name === 'CRON_SECRET')
    .map(([property, kind]) => ({
      property,
      to: kind === 'secret' ? '(secret)' : '(from the steps before)',
      why: `For ${run.flags.environments.join(', ')}.`,
    }));
  return carryOut(run, { steps: [stepOf('Environment variables', false, changes)], apply: async () => {} });
}
