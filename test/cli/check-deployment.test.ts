import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { demoUser } from '../support/browser-user.ts';
import { useStack } from '../support/stack.ts';
import { healthyRoutes } from './doctor/fake-mcp.ts';
import { startFakeServer } from './doctor/fake-server.ts';
import { startFakeGitHub } from './fake-github.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const [repository, commit, token] = ['owner/repository', 'a'.repeat(40), 'a-token-of-the-workflow'];

const stepSchema = z.strictObject({
  name: z.string().optional(),
  id: z.string().optional(),
  if: z.string().optional(),
  uses: z.string().optional(),
  with: z.record(z.string(), z.unknown()).optional(),
  shell: z.literal('bash').optional(),
  env: z.record(z.string(), z.string()).default({}),
  run: z.string().optional(),
});
const permissions = z.record(z.string(), z.string());
const workflowSchema = z.strictObject({
  name: z.string(),
  on: z.record(z.string(), z.unknown()),
  permissions,
  concurrency: z.strictObject({ group: z.string() }),
  jobs: z.strictObject({
    doctor: z.strictObject({
      if: z.string(),
      'runs-on': z.string(),
      'timeout-minutes': z.number(),
      permissions,
      steps: z.array(stepSchema),
    }),
  }),
});

const path = join(root, '.github/workflows/check-deployment.yml');
const workflow = workflowSchema.parse(parse(await readFile(path, 'utf8')));
const { steps, ...job } = workflow.jobs.doctor;

describe('the workflow that checks a deployment', () => {
  test('runs for successful deployments by Vercel, with minimal permissions', () => {
    expect(Object.keys(workflow.on)).toEqual(['deployment_status']);
    expect(workflow.permissions).toEqual({});
    expect(job.permissions).toEqual({ contents: 'read', 'pull-requests': 'write' });
    expect(job.if).toContain("deployment_status.state == 'success'");
    expect(job.if).toContain("creator.login == 'vercel[bot]'");
  });

  test('interpolates nothing into a shell', () => {
    for (const { run = '' } of steps) expect(run).not.toContain('${{');
  });

  test('runs the default branch’s code and keeps no token in the checkout', () => {
    const [checkout] = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
    expect(checkout?.with).toEqual({
      ref: `\${{ github.event.repository.default_branch }}`,
      'persist-credentials': false,
    });
  });

  test('gives the secrets only to the doctor and the token only to the comment', () => {
    const givenTo = (expression: RegExp) =>
      steps.filter(({ env }) => Object.values(env).some((value) => expression.test(value)));
    expect(givenTo(/secrets\./).map(({ name }) => name)).toEqual(['Run the doctor']);
    expect(givenTo(/github\.token/).map(({ name }) => name)).toEqual(['Comment on the pull request']);
  });
});

/** Runs the steps that follow `npm ci`, as GitHub would with these values for their expressions. */
async function runSteps(values: Record<string, string>, apiUrl: string) {
  const folder = await mkdtemp(join(tmpdir(), 'workflow-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const summary = join(folder, 'summary.md');
  await writeFile(summary, '');
  const given = {
    PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? '',
    HOME: folder,
    RUNNER_TEMP: folder,
    GITHUB_STEP_SUMMARY: summary,
    GITHUB_API_URL: apiUrl,
    GITHUB_REPOSITORY: repository,
  };
  const commands = steps.flatMap(({ run, env }) => (run === undefined ? [] : [{ run, env }]));
  expect(commands.shift()?.run).toBe('npm ci');
  const runs: { code: number; output: string }[] = [];
  for (const { run, env } of commands) {
    const evaluated = Object.entries(env).map(([name, text]) => [name, evaluate(text, values)]);
    runs.push(await bash(run, { ...given, ...Object.fromEntries(evaluated) }));
  }
  return { runs, summary: await readFile(summary, 'utf8') };
}

/** A single expression's value; a secret or variable that is not set is empty, as at GitHub. */
function evaluate(text: string, values: Record<string, string>): string {
  const [, expression = ''] = /^\$\{\{ ([\w.]+) \}\}$/.exec(text) ?? [];
  const value = values[expression] ?? (/^(secrets|vars)\./.test(expression) ? '' : undefined);
  if (value === undefined) throw new Error(`${text} has no value`);
  return value;
}

/** The shell that GitHub starts for `shell: bash`. */
function bash(script: string, env: Record<string, string>): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const args = ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script];
    execFile('bash', args, { cwd: root, env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr }),
    );
  });
}

/** A repository with one open and one closed pull request for the commit. */
async function gitHub() {
  const pulls = [
    { number: 7, state: 'open' },
    { number: 8, state: 'closed' },
  ];
  const started = await startFakeGitHub({ repository, commit, token, pulls });
  onTestFinished(started.close);
  return started;
}

const event = (url: string) => ({
  'github.event.deployment_status.environment_url': url,
  'github.event.deployment.sha': commit,
  'github.token': token,
});

describe('the steps of the workflow', () => {
  const stack = useStack();

  test('sign the test user in to a deployment, and comment that there are no problems', async () => {
    const { apiUrl, comments } = await gitHub();
    const { serverUrl, tenant } = stack();
    const values = {
      ...event(serverUrl),
      'secrets.DOCTOR_USER': demoUser.email,
      'secrets.DOCTOR_PASSWORD': demoUser.password,
      'vars.DOCTOR_LOGIN_HOST': tenant.origin,
    };
    const { runs, summary } = await runSteps(values, apiUrl);
    expect(runs).toEqual([
      { code: 0, output: '' },
      { code: 0, output: 'Added the comment on pull request 7.\n' },
    ]);
    expect(summary).toContain(`\`${serverUrl}/mcp\`: No problems found.`);
    expect(comments.get(7)?.map(({ body }) => body)).toEqual([`<!-- mcp-doctor -->\n${summary.trim()}`]);
    expect(comments.get(8)).toEqual([]);
  });

  test('update their comment on the next deployment, but never another user’s', async () => {
    const { apiUrl, comments } = await gitHub();
    const others = Array.from({ length: 120 }, (_, id) => ({
      id,
      body: '<!-- mcp-doctor --> forged',
      user: { login: 'somebody' },
    }));
    comments.get(7)?.push(...others);
    const values = event(stack().serverUrl);
    await runSteps(values, apiUrl);
    const [first] = comments.get(7)?.slice(120) ?? [];
    expect(first?.body).toContain('No problems found without signing in');
    const body = `${first?.body}`;
    Object.assign(first ?? {}, { body: '<!-- mcp-doctor -->\nstale' });
    const { runs } = await runSteps(values, apiUrl);
    expect(runs[1]?.output).toBe('Updated the comment on pull request 7.\n');
    expect(comments.get(7)).toHaveLength(121);
    // Each run registers, and deletes, its own clients.
    const constant = (text = '') => text.replace(/As \w+/, 'As a client').replace(/\d+ ms/g, 'ms');
    expect(constant(first?.body)).toBe(constant(body));
    expect(comments.get(7)?.slice(0, 120)).toEqual(others);
  });

  test('fail when the deployment is broken, after they commented the reason', async () => {
    const server = await startFakeServer((origin) =>
      healthyRoutes(origin).set('POST /register', { status: 500 }),
    );
    onTestFinished(server.close);
    const { apiUrl, comments } = await gitHub();
    const { runs } = await runSteps(event(`${server.origin}/`), apiUrl);
    expect(runs.map(({ code }) => code)).toEqual([1, 0]);
    expect(comments.get(7)?.[0]?.body).toContain('**registration-refused**');
  });

  test('do not comment if the doctor did not run, and do not show the token', async () => {
    const { apiUrl, comments } = await gitHub();
    const { runs } = await runSteps(
      { ...event(stack().serverUrl), 'secrets.DOCTOR_USER': 'half-of-a-user' },
      apiUrl,
    );
    expect(runs.map(({ code }) => code)).toEqual([2, 1]);
    expect(runs[0]?.output).toContain('Give both DOCTOR_USER and DOCTOR_PASSWORD');
    expect(runs[1]?.output).toContain('is empty');
    expect(JSON.stringify(runs)).not.toContain(token);
    expect(comments.get(7)).toEqual([]);
  });
});
