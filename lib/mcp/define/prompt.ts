import type { GetPromptResult } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Scope } from '../../scopes.ts';
import type { Call } from './call.ts';
import { type DefinitionSite, definitionSite } from './definition-site.ts';
import type { AskResult } from './question.ts';

type Definition<Input extends z.ZodObject> = {
  /** Unique among the server's prompts. */
  name: string;
  /** For people, in the client's list of prompts. */
  title: string;
  /** For people: what the prompt does. */
  description: string;
  /** Every scope that the prompt needs. A client that lacks one is told to ask its user for it. */
  scopes: Scope[];
  /** The arguments. All of them are strings, because MCP sends prompt arguments as strings. */
  input?: Input;
  handler(
    args: z.output<Input>,
    call: Call,
  ): GetPromptResult | AskResult | Promise<GetPromptResult | AskResult>;
};

export type Prompt = {
  kind: 'prompt';
  input: z.ZodObject;
  definedAt?: DefinitionSite | undefined;
} & Definition<z.ZodObject>;

/**
 * Defines a prompt that people pick in their client. Add it to the list in `lib/tools/index.ts`.
 *
 * @example
 * export const review = definePrompt({
 *   name: 'review',
 *   title: 'Review a text',
 *   description: 'Asks the model for a review.',
 *   scopes: ['mcp:read'],
 *   input: z.object({ text: z.string().max(10_000) }),
 *   handler: ({ text }) => ({
 *     messages: [{ role: 'user', content: { type: 'text', text: `Review this text:\n\n${text}` } }],
 *   }),
 * });
 */
export function definePrompt<Input extends z.ZodObject = z.ZodObject<Record<never, never>>>(
  definition: Definition<Input>,
): Prompt {
  const input = definition.input ?? z.object({});
  return { kind: 'prompt', ...definition, input, definedAt: definitionSite() };
}
