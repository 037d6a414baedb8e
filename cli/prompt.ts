import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { CommandFailure } from './failure.ts';

/** Asks the person at the terminal. */
export type Prompt = {
  /** Returns the answer, or the default if the answer is empty. Asks again if there is neither. */
  ask(question: string, byDefault?: string): Promise<string>;
  /** Returns the answer without showing it. It can be empty. */
  askSecret(question: string): Promise<string>;
  /** Whether the answer is yes. An empty answer is no. */
  confirm(question: string): Promise<boolean>;
};

/** A prompt on a terminal. Ctrl-C and Ctrl-D at a question throw `CommandFailure`. Between questions they reach the terminal. */
export function openPrompt(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Prompt {
  let hidden = false;
  const shown = new Writable({
    write(chunk, _encoding, done) {
      if (!hidden) output.write(chunk);
      done();
    },
  });

  const answer = async (question: string): Promise<string> => {
    // Open during one question only: an open readline would swallow a Ctrl-C between two questions.
    const readline = createInterface({ input, output: shown, terminal: true });
    const closed = new AbortController();
    readline.once('close', () => closed.abort());
    try {
      return (await readline.question(question, { signal: closed.signal })).trim();
    } catch (cause) {
      throw new CommandFailure(
        'Stopped. Nothing was changed after your last confirmation.',
        'Run the command again when you are ready: it continues where it stopped.',
        { cause },
      );
    } finally {
      readline.close();
    }
  };
  return {
    async ask(question, byDefault) {
      for (;;) {
        const text = (await answer(`${question}${byDefault ? ` [${byDefault}]` : ''}: `)) || byDefault;
        if (text) return text;
      }
    },
    async askSecret(question) {
      output.write(`${question} (not shown): `);
      hidden = true;
      try {
        return await answer('');
      } finally {
        hidden = false;
        output.write('\n');
      }
    },
    confirm: async (question) => /^y(es)?$/i.test(await answer(`${question} [y/N] `)),
  };
}
