import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { SetupFailure } from './failure.ts';

/** Questions to the person at the terminal. */
export type Prompt = {
  /** The answer, or the default for an empty one; asks again while there is neither. */
  ask(question: string, byDefault?: string): Promise<string>;
  /** The answer, which is not shown while it is typed; may be empty. */
  askSecret(question: string): Promise<string>;
  /** Whether the answer is yes; an empty one is no. */
  confirm(question: string): Promise<boolean>;
};

/** A prompt on a terminal. Ctrl-C and Ctrl-D while a question stands throw `SetupFailure`; at other times they are the terminal's. */
export function openPrompt(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Prompt {
  let hidden = false;
  const shown = new Writable({
    write(chunk, _encoding, done) {
      if (!hidden) output.write(chunk);
      done();
    },
  });

  const answer = async (question: string): Promise<string> => {
    // Open for one question only: an open readline swallows the Ctrl-C of whoever wants to stop the work between two.
    const readline = createInterface({ input, output: shown, terminal: true });
    const closed = new AbortController();
    readline.once('close', () => closed.abort());
    try {
      return (await readline.question(question, { signal: closed.signal })).trim();
    } catch (cause) {
      throw new SetupFailure('Stopped; nothing was changed.', 'Run setup again when ready.', { cause });
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
