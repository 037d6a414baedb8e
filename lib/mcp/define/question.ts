import type { CreateMessageRequestParams } from '@modelcontextprotocol/server';
import type { z } from 'zod';

/** Something only the client's side can answer: its user, its model, or its list of roots. */
export type Question =
  /** A form for the user; the schema is a flat object of strings, numbers, booleans and choices. */
  | { kind: 'form'; message: string; schema: z.ZodObject }
  /** A page for the user to visit, for what must not pass through the client, such as a password. */
  | { kind: 'url'; message: string; url: string }
  | { kind: 'sampling'; params: CreateMessageRequestParams }
  | { kind: 'roots' };

/** What a tool returns instead of a result when it needs answers first; see `ask`. */
export type Asking = {
  asks: Record<string, Question>;
  /** Carried to the next round, sealed: the client can neither read nor change it. */
  state?: unknown;
  /** The answers count one time only; costs a call to the store. */
  once?: boolean;
};

/**
 * Asks the client, all questions at once, each under a name. The tool then runs again from its start with the
 * answers in `call.answer(name)`, possibly on another instance: do nothing before asking that must not happen twice.
 */
export function ask(
  questions: Record<string, Question>,
  options: { state?: unknown; once?: boolean } = {},
): Asking {
  return { asks: questions, ...options };
}
