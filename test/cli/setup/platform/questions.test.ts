import { expect, it } from 'vitest';
import type { Prompt } from '../../../../cli/prompt.ts';
import { readArguments } from '../../../../cli/setup/arguments.ts';
import type { StepProgress } from '../../../../cli/setup/step.ts';
import { goThroughSteps, stateOf } from '../../../../cli/setup/steps.ts';
import { changes, newPlatforms, type Platforms, projectOf } from './fixture.ts';

/** Goes through the steps with a person who answers questions, the next confirmation with each of `confirmations`. */
async function ask(platforms: Platforms, confirmations: boolean[], flags: string[] = []) {
  const asked: string[] = [];
  const progress: StepProgress = {
    onWait: () => {},
    onLimit: () => {},
    onPlan: () => {},
    onStep: (title) => asked.push(title),
    onChanges: () => {},
    onSkipped: () => {},
    onChecked: () => {},
  };
  const prompt: Prompt = {
    ask: async (question, byDefault) => {
      asked.push(question);
      return byDefault ?? '';
    },
    askSecret: async () => '',
    confirm: async (question) => {
      asked.push(question);
      return confirmations.shift() ?? false;
    },
  };
  const { folder, envFile, env } = platforms;
  const args = readArguments(['--file', envFile, '--url', platforms.serverUrl, ...flags]);
  const done = await goThroughSteps(args, env, prompt, progress, folder);
  const states = Object.fromEntries([...done.results].map(([name, { state }]) => [name, state]));
  return { asked, states, state: stateOf(done) };
}

it('asks before each step, and changes nothing if the answer is no', async () => {
  const platforms = await newPlatforms();
  const { asked, state } = await ask(platforms, []);
  expect(state).toBe('declined');
  expect(asked.filter((each) => each === 'Make these changes?')).toHaveLength(3);
  expect(changes(platforms)).toEqual([]);
});

it('makes the changes of the confirmed steps only, and skips what builds on a declined one', async () => {
  const platforms = await newPlatforms();
  const { states } = await ask(platforms, [true, false, false]);
  expect(states).toEqual({
    project: 'complete',
    auth0: 'declined',
    store: 'declined',
    variables: 'skipped',
    previews: 'complete',
    deploy: 'declined',
    check: 'skipped',
  });
  expect(platforms.vercel.account.projects).toHaveLength(1);
  expect(platforms.upstash.databases).toEqual([]);
  expect(projectOf(platforms).env).toEqual([]);
});

it('leaves previews protected unless told otherwise, and opens them only with a confirmation', async () => {
  const platforms = await newPlatforms();
  await ask(platforms, [true], ['--only', 'project']);
  const protection = { deploymentType: 'all_except_custom_domains' };
  expect((await ask(platforms, [], ['--only', 'previews'])).asked).toContainEqual(
    expect.stringContaining('which Claude cannot pass'),
  );
  expect(projectOf(platforms).ssoProtection).toEqual(protection);
  await ask(platforms, [false], ['--only', 'previews', '--previews', 'open']);
  expect(projectOf(platforms).ssoProtection).toEqual(protection);
  await ask(platforms, [true], ['--only', 'previews', '--previews', 'open']);
  expect(projectOf(platforms).ssoProtection).toBeNull();
});
