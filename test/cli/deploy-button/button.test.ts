import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { buttonUrl, repositoryUrl } from '../../../cli/deploy-button/button.ts';
import { readConfig } from '../../../lib/config.ts';

const project = fileURLToPath(new URL('../../../', import.meta.url));
const fork = 'https://github.com/acme/notes';

it.each([
  fork,
  `${fork}.git`,
  'https://user:token@github.com/acme/notes.git',
  'git@github.com:acme/notes.git',
  'ssh://git@github.com/acme/notes.git',
])('%s is the repository that git calls so', (remote) => {
  expect(repositoryUrl(remote)).toBe(fork);
});

it('a group on GitLab has a longer path', () => {
  expect(repositoryUrl('git@gitlab.com:acme/team/notes.git')).toBe('https://gitlab.com/acme/team/notes');
});

it.each(['', '/srv/git/notes.git', 'https://example.com/acme/notes', 'https://github.com/acme', 'file:///x'])(
  '%j is no repository that Vercel clones',
  (remote) => {
    expect(() => repositoryUrl(remote)).toThrow('not that of a repository');
  },
);

it('the button clones the repository, asks for what a person has, and brings the store', () => {
  const { origin, pathname, searchParams } = new URL(buttonUrl(fork));
  expect(origin + pathname).toBe('https://vercel.com/new/clone');
  expect(searchParams.get('repository-url')).toBe(fork);
  expect(searchParams.get('env')).toBe('AUTH0_DOMAIN,AUTH0_CLIENT_ID,AUTH0_CLIENT_SECRET');
  expect(searchParams.get('envLink')).toBe(`${fork}#deploy`);
  expect(JSON.parse(searchParams.get('stores') ?? '')).toMatchObject([{ productSlug: 'upstash-kv' }]);
});

it('what it asks for is, with what Vercel and the store set, a complete configuration', () => {
  const asked = new URL(buttonUrl(fork)).searchParams.get('env')?.split(',') ?? [];
  const given = Object.fromEntries(asked.map((name) => [name, 'acme.eu.auth0.com']));
  const result = readConfig({
    ...given,
    VERCEL: '1',
    VERCEL_ENV: 'production',
    VERCEL_PROJECT_PRODUCTION_URL: 'notes.vercel.app',
    KV_REST_API_URL: 'https://notes.upstash.io',
    KV_REST_API_TOKEN: 'token',
  });
  expect(result).toMatchObject({ value: { serverUrl: 'https://notes.vercel.app' } });
});

it('in a fork, one command makes the README’s button its own, and the second time there is nothing to do', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fork-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const path of ['cli', 'README.md'])
    cpSync(join(project, path), join(folder, path), { recursive: true });
  const git = (...args: string[]) => execFileSync('git', args, { cwd: folder });
  git('init', '-q');
  const run = () =>
    execFileSync(process.execPath, ['cli/deploy-button.ts'], {
      cwd: folder,
      encoding: 'utf8',
      stdio: 'pipe',
    });
  expect(run).toThrow('no remote repository');
  git('remote', 'add', 'origin', 'git@github.com:acme/notes.git');
  expect(run()).toContain(`now deploys ${fork}`);
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  expect(readme).toContain(`](${buttonUrl(fork)})`);
  expect(readme).not.toContain('OWNER');
  expect(run()).toContain('already');
});
