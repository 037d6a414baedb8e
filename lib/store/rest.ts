import { ask } from '../ask.ts';
import type { StoreConfig } from '../config.ts';
import { type Command, type Commands, commands } from './commands.ts';

type ReplyOf<C> = C extends Command<infer Reply> ? Reply : never;

type Name = keyof Commands;

/** Each command as a method that sends it at once. */
type Direct = {
  [name in Name]: (...args: Parameters<Commands[name]>) => Promise<ReplyOf<ReturnType<Commands[name]>>>;
};

/** Each command as a method that queues it. */
type Queued = { [name in Name]: (...args: Parameters<Commands[name]>) => Pipeline };

/** What became of one command of a pipeline. */
export type Outcome = { result?: unknown; error?: string };

/** Commands that travel together and run in order. */
export type Pipeline = Queued & {
  length(): number;
  /** Sends the commands and returns their results, in order. Throws if one failed; the others ran all the same. */
  exec<Results extends unknown[] = unknown[]>(): Promise<Results>;
  /** The same, with what became of each. */
  settle(): Promise<Outcome[]>;
};

/** The store. Every method but `pipeline` and `multi` is one round trip. */
export type Redis = Direct & {
  /** Sends any command. */
  exec<Reply = unknown>(command: (string | number)[]): Promise<Reply>;
  /** Commands of others may run in between. */
  pipeline(): Pipeline;
  /** A transaction: either all commands run, with none of others in between, or none. */
  multi(): Pipeline;
};

/**
 * A client for Upstash's REST API, with the commands that this server uses. It retries nothing, and its errors contain no
 * commands. Loading the package `@upstash/redis` would take an eighth of a cold start.
 *
 * @param timeoutMs for one answer. Then the request is aborted with a `TimeoutError`.
 */
export function connect({ url, token }: StoreConfig, timeoutMs: number): Redis {
  // With read replicas, an answer names the state that later reads must have seen.
  let syncToken = '';

  async function send(path: string, body: unknown): Promise<unknown> {
    const { status, headers, text } = await ask(`${url}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'upstash-sync-token': syncToken,
      },
      body: JSON.stringify(body),
      timeoutMs,
    });
    syncToken = String(headers['upstash-sync-token'] ?? '');
    if (status !== 200) throw new Error(errorIn(text) ?? `status ${status}`);
    return parse(text);
  }

  async function run(command: Command): Promise<unknown> {
    const { result, error } = outcomeOf(await send('/', command));
    if (error !== undefined) throw new Error(error);
    return result;
  }

  function queue(path: '/pipeline' | '/multi-exec'): Pipeline {
    const queued: Command[] = [];
    const settle = async () => {
      const answers = await send(path, queued);
      if (!Array.isArray(answers) || answers.length !== queued.length)
        throw new Error('an answer is missing in a pipeline');
      return answers.map(outcomeOf);
    };
    const exec = async () => {
      const outcomes = await settle();
      const failed = outcomes.find(({ error }) => error !== undefined);
      if (failed) throw new Error(failed.error);
      return outcomes.map(({ result }) => result);
    };
    const pipeline: Pipeline = withMethods(
      (command) => {
        queued.push(command);
        return pipeline;
      },
      { length: () => queued.length, settle, exec },
    );
    return pipeline;
  }

  const others = { exec: run, pipeline: () => queue('/pipeline'), multi: () => queue('/multi-exec') };
  return withMethods(run, others);
}

type Taker = { take(command: Command): unknown };

/** Every command as a method that hands it to the object's own `take`. Made once: a request makes several pipelines. */
const methods = Object.fromEntries(
  Object.entries(commands).map(([name, build]: [string, (...words: never[]) => Command]) => [
    name,
    function method(this: Taker, ...words: never[]) {
      return this.take(build(...words));
    },
  ]),
);

/** An object with the commands as methods, and others. The types say what `take` makes of a command. */
function withMethods<T>(take: Taker['take'], others: object): T {
  return Object.assign(Object.create(methods), { take, ...others });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which may hold what is stored.
    throw new Error('the answer is not JSON');
  }
}

function errorIn(text: string): string | undefined {
  try {
    return outcomeOf(parse(text)).error;
  } catch {
    return undefined;
  }
}

function outcomeOf(answer: unknown): Outcome {
  if (typeof answer !== 'object' || answer === null) throw new Error('the answer has no result');
  const { result, error } = answer as { result?: unknown; error?: unknown };
  // Redis names a wrong command's first arguments.
  if (error !== undefined) return { error: String(error).split(', with args')[0] ?? '' };
  if (result === undefined) throw new Error('the answer has no result');
  return { result };
}
