import type { CallToolResult, ToolAnnotations } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Scope } from '../../scopes.ts';
import type { Call } from './call.ts';
import { type DefinitionSite, definitionSite } from './definition-site.ts';
import type { AskResult } from './question.ts';
import type { View } from './view.ts';

/** What a tool may return: text, a full MCP result, or questions to ask first. */
export type ToolAnswer = string | CallToolResult | AskResult;

/**
 * What a client's confirmation dialogs are told about a tool: that it only reads, or whether it changes or deletes what
 * exists. `openWorldHint: false` says that it reaches nothing outside this server, `idempotentHint: true` that calling it
 * twice has the effect of calling it once.
 */
export type ToolHints = Omit<ToolAnnotations, 'readOnlyHint' | 'destructiveHint'> &
  (
    | { readOnlyHint: true; destructiveHint?: false }
    | { readOnlyHint?: false | undefined; destructiveHint: boolean }
  );

/** What extensions add to a tool's definition. Each declares its own, so that without its folder nothing uses it. */
// biome-ignore lint/suspicious/noEmptyInterface: extensions fill it.
export interface ToolExtras {}

type Definition<Input extends z.ZodObject, Output extends z.ZodObject, Name extends string = string> = {
  /** Unique among the server's tools. At most 64 letters, digits, `_` and `-`. */
  name: Name;
  /** For people, in the client's list of tools. */
  title: string;
  /** For the model: when to use the tool, and what it returns. */
  description: string;
  /** Every scope that a call needs. A client that lacks one is told to ask its user for it. */
  scopes: Scope[];
  /** Clients use these hints to decide when to ask for confirmation. They protect nothing. */
  annotations: ToolHints;
  /** The arguments. Bound every string, number and list. The handler runs only with arguments that fit. */
  input?: Input;
  /** The shape of `structuredContent`. With it, every result must have a `structuredContent` that fits. */
  output?: Output;
  /** Shows the results in clients that can show HTML. */
  view?: View;
  handler(args: z.output<Input>, call: Call): ToolAnswer | Promise<ToolAnswer>;
} & ToolExtras;

export type Tool = {
  kind: 'tool';
  input: z.ZodObject;
  definedAt?: DefinitionSite | undefined;
} & Definition<z.ZodObject, z.ZodObject>;

/** A tool as it was defined, for those who call it: its name, its arguments and its structured content. */
export type DefinedTool<Input extends z.ZodObject, Output extends z.ZodObject, Name extends string> = Tool & {
  name: Name;
  input: Input;
  output?: Output;
};

/**
 * Defines a tool. Add it to the list in `lib/tools/index.ts`, and it is served.
 *
 * @example
 * export const greet = defineTool({
 *   name: 'greet',
 *   title: 'Greet',
 *   description: 'Greets somebody by name. Returns the greeting.',
 *   scopes: ['mcp:read'],
 *   annotations: { readOnlyHint: true, openWorldHint: false },
 *   input: z.object({ name: z.string().max(100) }),
 *   handler: ({ name }) => `Hello, ${name}!`,
 * });
 */
export function defineTool<
  Input extends z.ZodObject = z.ZodObject<Record<never, never>>,
  Output extends z.ZodObject = z.ZodObject,
  const Name extends string = string,
>(definition: Definition<Input, Output, Name>): DefinedTool<Input, Output, Name>;
export function defineTool(definition: Definition<z.ZodObject, z.ZodObject>): Tool {
  const input = definition.input ?? z.object({});
  return { kind: 'tool', ...definition, input, definedAt: definitionSite() };
}

/**
 * An error result that the model can act on. Say what is wrong and how to fix it.
 *
 * @example
 * return failure(`There is no note ${id}. Use list_notes to find its id.`);
 */
export function failure(text: string): CallToolResult {
  return { content: [{ type: 'text', text }], isError: true };
}

/**
 * Thrown by a handler, or by something that it calls, becomes an error result that the model can act on, like `failure`.
 * Any other error becomes "failed unexpectedly", and its message goes to the log alone.
 */
export class ToolError extends Error {
  override readonly name = 'ToolError';
}
