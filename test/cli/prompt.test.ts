import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { CommandFailure } from '../../cli/failure.ts';
import { openPrompt } from '../../cli/prompt.ts';

function terminal() {
  const [input, output] = [new PassThrough(), new PassThrough()];
  let shown = '';
  output.on('data', (chunk) => {
    shown += chunk;
  });
  return { input, prompt: openPrompt(input, output), shown: () => shown };
}

describe('questions at the terminal', () => {
  it('does not show a secret while it is typed', async () => {
    const { input, prompt, shown } = terminal();
    const secret = prompt.askSecret('Token');
    input.write('hush-hush\r');
    expect(await secret).toBe('hush-hush');
    const open = prompt.ask('Domain');
    input.write('acme.auth0.com\r');
    expect(await open).toBe('acme.auth0.com');
    expect(shown()).toContain('Token (not shown): ');
    expect(shown()).toContain('acme.auth0.com');
    expect(shown()).not.toContain('hush');
  });

  it.each([
    ['y', true],
    ['YES', true],
    ['', false],
    ['n', false],
    ['yellow', false],
  ])('takes %j for %s', async (typed, agreed) => {
    const { input, prompt } = terminal();
    const answer = prompt.confirm('Make these changes?');
    input.write(`${typed}\r`);
    expect(await answer).toBe(agreed);
  });

  it('asks again until there is an answer', async () => {
    const { input, prompt } = terminal();
    const answer = prompt.ask('Domain');
    input.write('\r');
    await new Promise(setImmediate);
    input.write('acme.auth0.com\r');
    expect(await answer).toBe('acme.auth0.com');
  });

  it.each([
    ['Ctrl-C', '\x03'],
    ['Ctrl-D', '\x04'],
  ])('stops on %s', async (_, key) => {
    const { input, prompt } = terminal();
    const answer = prompt.ask('Domain');
    input.write(key);
    await expect(answer).rejects.toBeInstanceOf(CommandFailure);
  });

  it('does not listen to the keyboard between questions, so that Ctrl-C ends setup', async () => {
    const { input, prompt } = terminal();
    const answer = prompt.confirm('Make these changes?');
    expect(input.listenerCount('keypress')).toBeGreaterThan(0);
    input.write('y\r');
    await answer;
    expect(input.listenerCount('keypress')).toBe(0);
    expect(input.isPaused()).toBe(true);
  });
});
