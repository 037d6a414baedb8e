import type { CreateMessageRequestParams } from '@modelcontextprotocol/server';
import type { z } from 'zod';

/** Something that only the client can answer: through its user, its model or its list of roots. */
export type Question =
  /** A form for the user. The schema is a flat object of strings, numbers, booleans and choices. */
  | { kind: 'form'; message: string; schema: z.ZodObject }
  /** A page for the user to visit, for anything that must not pass through the client, such as a password. */
  | { kind: 'url'; message: string; url: string }
  /** A completion by the client's model. */
  | { kind: 'sampling'; params: CreateMessageRequestParams }
  /** The folders that the client works in. */
  | { kind: 'roots' };

export type AskOptions = {
  /**
   * What the next round gets as `call.state()`. It is sealed, so the client can neither read nor change it, and it
   * opens only for the same user, client, tool and arguments, for 15 minutes.
   */
  state?: unknown;
  /** Whether the answers count only once. Costs one round trip to the store. */
  once?: boolean;
};

/** Thrown by something that a handler calls, asks the client first, as if the handler had returned `asked`. */
export class AskFirst extends Error {
  override readonly name = 'AskFirst';
  readonly asked: AskResult;

  constructor(asked: AskResult) {
    super('The client must be asked first');
    this.asked = asked;
  }
}

/** What a handler returns instead of a result to ask first; made by `ask`. */
export type AskResult = { kind: 'ask'; questions: Record<string, Question> } & AskOptions;

/**
 * Asks the client all the questions at once, each under a name. The handler then runs again from its start, possibly on
 * another instance, and finds the answers in `call.answer(name)`. Before asking, do nothing that must not happen twice.
 *
 * @example
 * const confirmation = z.object({ delete: z.boolean() });
 *
 * const answer = call.answer('confirm', confirmation);
 * if (!answer) return ask({ confirm: { kind: 'form', message: 'Delete it?', schema: confirmation } });
 */
export function ask(questions: Record<string, Question>, options: AskOptions = {}): AskResult {
  return { kind: 'ask', questions, ...options };
}
