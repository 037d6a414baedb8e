import type { CallToolResult, ToolAnnotations } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Scope } from '../../scopes.ts';
import type { Call } from './call.ts';
import type { Asking } from './question.ts';

/** What a tool may answer: text, a full MCP result, or questions that must be answered first. */
export type ToolAnswer = string | CallToolResult | Asking;

type Definition<Input extends z.ZodObject, Output extends z.ZodObject> = {
  /** Unique on this server; letters, digits, `_`, `-`, `.`. */
  name: string;
  /** For people, in a list. */
  title: string;
  /** For the model: when to use the tool, and what comes back. */
  description: string;
  /** Every scope that a call needs; without them the client is told to ask the user for more. */
  scopes: Scope[];
  /** Hints such as `readOnlyHint` that clients use to decide how carefully to ask. */
  annotations?: ToolAnnotations;
  input?: Input;
  /** Shape of `structuredContent`, which is then obligatory. */
  output?: Output;
  handler(args: z.output<Input>, call: Call): ToolAnswer | Promise<ToolAnswer>;
};

export type Tool = { kind: 'tool'; input: z.ZodObject } & Definition<z.ZodObject, z.ZodObject>;

/**
 * Defines a tool; list it in `lib/tools/index.ts` and it is served.
 *
 * @example
 * export const greet = defineTool({
 *   name: 'greet',
 *   title: 'Greet',
 *   description: 'Greets somebody by name.',
 *   scopes: ['mcp:read'],
 *   input: z.object({ name: z.string().max(100) }),
 *   handler: ({ name }) => `Hello, ${name}!`,
 * });
 */
export function defineTool<
  Input extends z.ZodObject = z.ZodObject<Record<never, never>>,
  Output extends z.ZodObject = z.ZodObject,
>(definition: Definition<Input, Output>): Tool {
  return { kind: 'tool', ...definition, input: definition.input ?? z.object({}) };
}

/** A result that tells the model what went wrong and what to do about it. */
export function failure(text: string): CallToolResult {
  return { content: [{ type: 'text', text }], isError: true };
}
