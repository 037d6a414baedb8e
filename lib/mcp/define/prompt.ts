import type { GetPromptResult } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Scope } from '../../scopes.ts';
import type { Call } from './call.ts';
import type { Asking } from './question.ts';

type Definition<Input extends z.ZodObject> = {
  name: string;
  title: string;
  description: string;
  scopes: Scope[];
  /** Prompt arguments are strings on the wire. */
  input?: Input;
  handler(args: z.output<Input>, call: Call): GetPromptResult | Asking | Promise<GetPromptResult | Asking>;
};

export type Prompt = { kind: 'prompt'; input: z.ZodObject } & Definition<z.ZodObject>;

/** Defines a prompt that people can pick in their client; list it in `lib/tools/index.ts`. */
export function definePrompt<Input extends z.ZodObject = z.ZodObject<Record<never, never>>>(
  definition: Definition<Input>,
): Prompt {
  return { kind: 'prompt', ...definition, input: definition.input ?? z.object({}) };
}
