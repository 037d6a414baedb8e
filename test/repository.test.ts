import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';

const read = (path: string) => readFile(new URL(`../${path}`, import.meta.url), 'utf8');
const manifest = JSON.parse(await read('package.json'));
const workflow = await read('.github/workflows/ci.yml');

describe('one version of Node', () => {
  it('in .node-version, which CI and version managers read, and in the package that npm scripts run on', async () => {
    expect((await read('.node-version')).trim()).toBe(manifest.devDependencies.node);
    expect(workflow).toContain('node-version-file: .node-version');
  });

  it('of the line that Vercel takes from engines', () => {
    const [major] = manifest.devDependencies.node.split('.');
    expect(manifest.engines.node).toBe(`${major}.x`);
  });
});

it('CI on GitHub runs the same commands as .ci/run', async () => {
  const commands = (await read('.ci/run')).split('\n').filter((line) => line.startsWith('npm '));
  const steps = [...workflow.matchAll(/^ +- run: (npm .+)$/gm)].map(([, command]) => command);
  expect(commands).toEqual(['npm ci', 'npm test -- --project=system*']);
  expect(steps).toEqual(commands);
});
